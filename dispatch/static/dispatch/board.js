// The dispatch board: one selection shown in list, map and timeline, live, worked by key, click or drag.
import { refreshPicture, root, select, state } from "./board-core.js";
import { startDrag } from "./board-drag.js";
import { startList } from "./board-list.js";
import { startLive } from "./board-live.js";
import { startMap } from "./board-map.js";
import { startTimeline } from "./board-timeline.js";

const SPLIT = "board.split";
const MAP = "board.map";

function startSplit() {
  const bar = root.querySelector("[data-split]");
  const put = (percent) => {
    const size = Math.round(Math.min(70, Math.max(15, percent)));
    root.style.setProperty("--board-map", `${size}%`);
    bar.setAttribute("aria-valuenow", String(size));
    localStorage.setItem(SPLIT, String(size));
  };
  const kept = Number(localStorage.getItem(SPLIT));
  if (kept) put(kept);
  bar.addEventListener("keydown", (event) => {
    const by = { ArrowUp: -4, ArrowDown: 4 }[event.key];
    if (!by) return;
    event.preventDefault();
    put(Number(bar.getAttribute("aria-valuenow")) + by);
  });
  bar.addEventListener("pointerdown", (event) => {
    bar.setPointerCapture(event.pointerId);
    const whole = root.querySelector(".board__right").getBoundingClientRect();
    const move = (at) => put((100 * (at.clientY - whole.top)) / whole.height);
    bar.addEventListener("pointermove", move);
    bar.addEventListener("pointerup", () => bar.removeEventListener("pointermove", move), { once: true });
  });
}

function startMapToggle() {
  const button = root.querySelector("[data-map-toggle]");
  const put = (shown) => {
    root.dataset.map = shown ? "on" : "off";
    button.setAttribute("aria-pressed", String(shown));
    localStorage.setItem(MAP, shown ? "on" : "off");
  };
  button.hidden = false;
  put(localStorage.getItem(MAP) !== "off");
  button.addEventListener("click", () => put(root.dataset.map === "off"));
}

function startTabs() {
  const tabs = root.querySelector("[data-tabs]");
  tabs.hidden = false;
  tabs.addEventListener("click", (event) => {
    const button = event.target.closest("[data-show]");
    if (!button) return;
    root.dataset.tab = button.dataset.show;
    for (const one of tabs.children) one.setAttribute("aria-pressed", String(one === button));
  });
}

function startFilter() {
  const form = root.querySelector("[data-board-filter]");
  form.querySelector("[data-filter-go]").hidden = true;
  form.addEventListener("change", () => form.requestSubmit());
}

/** The dialog opens when something has come for it and closes when its act is done. */
function startDialog() {
  const dialog = document.querySelector("[data-board-dialog]");
  const body = document.getElementById("board-dialog-body");
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target === body) {
      const title = body.querySelector("[data-dialog-title]");
      if (title) document.getElementById("board-dialog-title").textContent = title.dataset.dialogTitle;
      if (!dialog.open) dialog.showModal();
      startChoice(body);
    } else if (event.detail.target?.id === "board-notice" && dialog.open) dialog.close();
  });
  dialog.addEventListener("close", () => body.replaceChildren());
}

/** Typing letters of a name or its pinyin initials leaves those engineers; Enter sends the first. */
function startChoice(body) {
  const list = body.querySelector("[data-choose-list]");
  const box = body.querySelector("[data-choose-filter]");
  if (!list || !box || box.dataset.ready) return;
  box.dataset.ready = "1";
  box.hidden = false;
  const all = [...list.options];
  const filter = () => {
    const typed = box.value.trim().toLowerCase();
    const left = all.filter((option) => option.dataset.search.includes(typed));
    list.replaceChildren(...left);
    if (left.length && !left.some((option) => option.selected)) left[0].selected = true;
  };
  box.addEventListener("input", filter);
  box.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter") {
      event.preventDefault();
      if (list.options.length) list.form.requestSubmit();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      list.selectedIndex = Math.min(list.options.length - 1, Math.max(0, list.selectedIndex + (event.key === "ArrowDown" ? 1 : -1)));
    }
  });
  box.focus();
  tellCandidates(list, all, filter);
}

/** Beside each name why he cannot go, or how far he is; the best stand first. */
async function tellCandidates(list, all, filter) {
  try {
    const answer = await fetch(list.dataset.candidates, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const { rows } = await answer.json();
    const order = new Map(rows.map((row, index) => [row.id, { ...row, index }]));
    for (const option of all) {
      const told = order.get(option.value);
      if (!told) continue;
      option.text += told.why ? ` · ${told.why}` : ` · ${told.start.slice(5, 16).replace("T", " ")}`;
    }
    const chosen = list.value;
    const touched = list.form.querySelector("[data-choose-filter]").value;
    all.sort((a, b) => (order.get(a.value)?.index ?? 999) - (order.get(b.value)?.index ?? 999));
    filter();
    if (touched && chosen) list.value = chosen;
  } catch {
    // The list of names is enough to assign by hand.
  }
}

root.dataset.script = "on";
startSplit();
startMapToggle();
startTabs();
startFilter();
startDialog();
startMap();
startTimeline();
startDrag();
startList();
startLive();
refreshPicture()
  .then(() => state.selected && select(state.selected))
  .catch(() => {});
