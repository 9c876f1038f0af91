// The issue station: codes are scanned, never typed into a field, so that no input method and no lost focus can eat them.
const form = document.querySelector("[data-issue]");
if (form) start(form);

function start(form) {
  const area = form.querySelector("[data-scan-area]");
  const field = form.querySelector("textarea[name=scans]");
  const undo = form.querySelector("[data-scan-undo]");
  const log = form.querySelector("[data-scan-log]");
  const lines = [...form.querySelectorAll("[data-line]")].map((row) => ({
    row, part: row.dataset.part, wanted: Number(row.dataset.wanted), got: [],
    serials: row.dataset.serials ? row.dataset.serials.split("\n") : [],
  }));
  let codes = field.value.split("\n").map((code) => code.trim()).filter(Boolean);
  let buffer = "";
  area.hidden = undo.hidden = false;

  function say(words) {
    form.querySelector("[data-scan-said]").textContent = words;
  }

  function lineOf(code) {
    const free = (line) => line.got.length < line.wanted;
    const fits = lines.filter((line) => line.part === code || line.serials.includes(code));
    return fits.find(free) || fits[0];
  }

  function draw() {
    for (const line of lines) line.got = [];
    let stray = 0;
    for (const code of codes) {
      const line = lineOf(code);
      if (!line || line.got.length >= line.wanted) stray += 1;
      else line.got.push(code);
    }
    for (const { row, wanted, got, part } of lines) {
      row.querySelector("[data-scanned]").textContent = got.length;
      row.querySelector("[data-mark]").textContent = got.length >= wanted ? "√" : got.length ? ">" : "";
      const pieces = got.filter((code) => code !== part);
      if (pieces.length) row.querySelector("[data-got]").textContent = pieces.join(" · ");
    }
    field.value = codes.join("\n");
    return { left: lines.reduce((sum, line) => sum + line.wanted - line.got.length, 0), stray };
  }

  function tone(ok) {
    try {
      const sound = new AudioContext();
      const wave = sound.createOscillator();
      wave.frequency.value = ok ? 880 : 220;
      wave.connect(sound.destination);
      wave.start();
      wave.stop(sound.currentTime + (ok ? 0.08 : 0.3));
    } catch { /* A room without a loudspeaker still sees the row. */ }
  }

  function note(sign, code, words) {
    const entry = document.createElement("li");
    entry.textContent = `${sign} ${code} ${words}`;
    log.prepend(entry);
    while (log.children.length > 8) log.lastChild.remove();
  }

  function left(state) {
    return state.left ? form.dataset.wordLeft.replace("{n}", state.left) : form.dataset.wordDone;
  }

  function scanned(code) {
    const line = lineOf(code);
    const ok = Boolean(line) && line.got.length < line.wanted && !(line.part !== code && codes.includes(code));
    const words = ok ? form.dataset.wordOk : line ? form.dataset.wordFull : form.dataset.wordOther;
    codes.push(code);
    const state = draw();
    tone(ok);
    note(ok ? "√" : "×", code, words);
    say(`${code} ${words}。${left(state)}`);
  }

  function again(times) {
    const last = codes[codes.length - 1];
    for (let n = 1; last && n < times; n += 1) scanned(last);
  }

  function void_last() {
    const code = codes.pop();
    const state = draw();
    if (code) {
      note("–", code, form.dataset.wordVoid);
      say(`${code} ${form.dataset.wordVoid}。${left(state)}`);
    }
  }

  function show(typed) {
    buffer = typed;
    area.querySelector("[data-scan-typed]").textContent = typed;
  }

  // An input method hides the character in event.key, but never the key that was struck: then event.code speaks.
  function character(event) {
    if (event.ctrlKey || event.metaKey) return "";
    if (/^[!-~]$/.test(event.key)) return event.key;
    const found = /^(?:Key([A-Z])|(?:Digit|Numpad)([0-9]))$/.exec(event.code);
    if (event.code === "Digit8" && event.shiftKey) return "*";
    if (found) return found[2] || (event.shiftKey || event.getModifierState("CapsLock") ? found[1] : found[1].toLowerCase());
    return { Minus: event.shiftKey ? "_" : "-", Slash: "/", Period: ".", NumpadMultiply: "*", NumpadSubtract: "-" }[event.code] || "";
  }

  area.addEventListener("keydown", (event) => {
    if (event.isComposing) say(form.dataset.wordIme);
    if (event.key === "Enter" || event.code === "NumpadEnter") {
      event.preventDefault();
      event.stopPropagation();
      const code = buffer;
      show("");
      const many = /^\*([0-9]{1,3})$/.exec(code);
      if (many) again(Number(many[1]));
      else if (code) scanned(code);
      else {
        // The Enter that ends a scan never confirms; a lone one does, when nothing is missing.
        const state = draw();
        if (state.left === 0 && state.stray === 0) form.requestSubmit();
        else say(left(state));
      }
      return;
    }
    if (event.key === "Escape") {
      event.preventDefault();
      if (buffer) show("");
      else void_last();
      return;
    }
    const typed = character(event);
    if (!typed) return;
    event.preventDefault();
    event.stopPropagation();
    show(buffer + typed);
  });

  field.addEventListener("change", () => {
    codes = [];
    for (const line of field.value.split("\n").map((text) => text.trim()).filter(Boolean)) {
      const many = /^\*([0-9]{1,3})$/.exec(line);
      if (many && codes.length) codes.push(...Array(Math.max(0, Number(many[1]) - 1)).fill(codes[codes.length - 1]));
      else codes.push(line);
    }
    draw();
  });
  undo.addEventListener("click", () => { void_last(); area.focus(); });
  document.addEventListener("keydown", (event) => {
    if (event.key === "F2") { event.preventDefault(); area.focus(); }
  });
  draw();
  if (!form.querySelector("[data-takes-focus]")) area.focus();
}
