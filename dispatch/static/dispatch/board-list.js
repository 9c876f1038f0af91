// The list of visits that need somebody: selection by key and click, suggestions, and updates that wait for the hand.
import { address, on, root, say, select, state } from "./board-core.js";

const PICKS_GOOD_FOR_MS = 60000;
const DONE_STAYS_MS = 4000;
const GATHER_MS = 80;
let pending = null;
let askedPicks = 0;

const list = () => root.querySelector("[data-todos]");
const cards = () => [...root.querySelectorAll("[data-todo]")];
const cardOf = (ref) => cards().find((card) => card.dataset.ref === ref);

/** Only the selected card's buttons answer to keys, so a key never does two things. */
function showSelected() {
  for (const card of cards()) {
    const chosen = card.dataset.ref === state.selected;
    card.toggleAttribute("data-selected", chosen);
    for (const act of card.querySelectorAll("[data-todo-key]")) {
      if (chosen) act.dataset.key = act.dataset.todoKey;
      else delete act.dataset.key;
    }
  }
}

async function onSelect({ ref, focus }) {
  if (ref && !cardOf(ref)) await refreshList({ force: true, selected: ref });
  showSelected();
  const card = cardOf(ref);
  if (!card) return;
  card.scrollIntoView({ block: "nearest" });
  if (focus) card.querySelector("[data-todo-open]").focus({ preventScroll: true });
  askPicks([card]);
}

function step(by) {
  const all = cards();
  if (!all.length) return;
  const at = all.findIndex((card) => card.dataset.ref === state.selected);
  const next = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))];
  select(next.dataset.ref, { focus: true });
}

function wanting(some) {
  return some.filter((card) => {
    const place = card.querySelector("[data-picks]");
    if (!place || !card.hasAttribute("data-wants-picks") || place.dataset.asking) return false;
    return Date.now() - Number(place.dataset.at ?? 0) > PICKS_GOOD_FOR_MS;
  });
}

// Only what is in sight is asked for: sixty cards would keep the first suggestion waiting for the last.
const inSight = new Set();
let gathering = 0;
const sight = new IntersectionObserver((seen) => {
  for (const { target, isIntersecting } of seen) isIntersecting ? inSight.add(target) : inSight.delete(target);
  clearTimeout(gathering);
  gathering = setTimeout(() => askPicks([...inSight].filter((card) => card.isConnected)), GATHER_MS);
});

function watch() {
  sight.disconnect();
  inSight.clear();
  for (const card of cards()) sight.observe(card);
}

/** Ask for the suggestions of these cards; a hand on the list never waits for the answer. */
async function askPicks(some) {
  const waiting = wanting(some);
  if (!waiting.length) return;
  const since = Date.now();
  const places = waiting.map((card) => card.querySelector("[data-picks]"));
  for (const place of places) place.dataset.asking = "1";
  const tick = () => {
    const words = say("thinking", Math.round((Date.now() - since) / 1000));
    for (const place of places) if (!place.querySelector("[data-pick]")) place.textContent = words;
  };
  const timer = setInterval(tick, 1000);
  const mine = ++askedPicks;
  try {
    const answer = await fetch(address("picksUrl", { refs: waiting.map((card) => card.dataset.ref).join(",") }), {
      headers: { "HX-Request": "true" },
    });
    if (!answer.ok) throw new Error(String(answer.status));
    const piece = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const fresh of piece.querySelectorAll("[data-picks-done]")) {
      const old = document.getElementById(fresh.id);
      if (!old) continue;
      fresh.dataset.at = String(Date.now());
      const ready = document.adoptNode(fresh);
      old.replaceWith(ready);
      window.htmx.process(ready);
    }
    for (const place of places) if (place.isConnected && place.dataset.asking) place.textContent = say("noPicks");
  } catch {
    for (const place of places) if (place.isConnected && !place.querySelector("[data-pick]")) place.textContent = say("noPicks");
  } finally {
    clearInterval(timer);
    for (const place of places) delete place.dataset.asking;
    if (mine === askedPicks) showSelected();
  }
}

const underHand = () => root.querySelector("#todos").matches(":hover, :focus-within");

/** How many cards would come, go or change. */
function differences(fresh) {
  const old = new Map(cards().filter((card) => !card.hasAttribute("data-done")).map((card) => [card.dataset.ref, card.dataset.mark]));
  let count = 0;
  for (const card of fresh.querySelectorAll("[data-todo]")) {
    if (old.get(card.dataset.ref) !== card.dataset.mark) count += 1;
    old.delete(card.dataset.ref);
  }
  return count + old.size;
}

function showUpdates(count) {
  const button = root.querySelector("[data-updates]");
  button.hidden = count === 0;
  button.textContent = say("updates", count);
  const key = document.createElement("kbd");
  key.textContent = "R";
  key.setAttribute("aria-hidden", "true");
  button.append(" ", key);
}

function apply(fresh) {
  pending = null;
  const focused = document.activeElement?.closest?.("[data-todo]")?.dataset.ref;
  const top = list().scrollTop;
  const old = new Map(cards().map((card) => [card.dataset.ref, card]));
  const wanted = [...fresh.querySelectorAll("[data-todo]")].map((card) => {
    const known = old.get(card.dataset.ref);
    if (known && known.dataset.mark === card.dataset.mark) return known;
    const come = document.adoptNode(card);
    come.removeAttribute("data-selected");
    return come;
  });
  list().replaceChildren(...wanted);
  for (const card of wanted) if (old.get(card.dataset.ref) !== card) window.htmx.process(card);
  const head = document.adoptNode(fresh.querySelector(".todos__head"));
  root.querySelector(".todos__head").replaceWith(head);
  root.querySelector("#todos > .empty")?.remove();
  const empty = fresh.querySelector("#todos > .empty, .empty");
  if (empty) list().after(document.adoptNode(empty));
  list().scrollTop = top;
  showButtons();
  showUpdates(0);
  showSelected();
  if (focused) cardOf(focused)?.querySelector("[data-todo-open]").focus({ preventScroll: true });
  watch();
}

/** Fetch the list; put it in place unless the hand is on it (screens §1: live data never moves under the hand). */
export async function refreshList({ force = false, selected = state.selected } = {}) {
  const answer = await fetch(address("listUrl", selected ? { selected } : {}), { headers: { "HX-Request": "true" } });
  if (!answer.ok) throw new Error(String(answer.status));
  const piece = new DOMParser().parseFromString(await answer.text(), "text/html");
  const counters = piece.querySelector("#board-counters");
  if (counters) {
    counters.removeAttribute("data-hx-swap-oob");
    document.getElementById("board-counters").replaceWith(document.adoptNode(counters));
  }
  const fresh = piece.querySelector("#todos");
  // Figures are no rows: they may change under the hand.
  const figures = fresh.querySelectorAll(".todos__head a.chip");
  root.querySelectorAll(".todos__head a.chip").forEach((chip, index) => (chip.textContent = figures[index].textContent));
  const count = differences(fresh);
  if (force || !underHand()) apply(fresh);
  else {
    pending = fresh;
    showUpdates(count);
  }
}

function showButtons() {
  for (const button of root.querySelectorAll("[data-step]")) button.hidden = false;
}

/** An act of one's own is shown at once: the row turns √ where it stands and leaves a little later. */
function onChanged(notice) {
  const model = notice.querySelector("template[data-changed]");
  if (!model) return;
  const fresh = document.adoptNode(model.content.firstElementChild);
  notice.replaceChildren();
  const old = cardOf(fresh.dataset.ref);
  if (!old) return;
  const hadFocus = old.contains(document.activeElement) || document.activeElement === document.body;
  const place = cards().indexOf(old);
  fresh.setAttribute("data-done", "");
  old.replaceWith(fresh);
  sight.observe(fresh);
  window.htmx.process(fresh);
  refreshList().catch(() => {});
  const next = cards()[place + 1] ?? cards()[place - 1];
  if (state.selected === fresh.dataset.ref && !fresh.hasAttribute("data-wants-picks")) select(next?.dataset.ref ?? "", { focus: hadFocus });
  else showSelected();
  setTimeout(() => {
    if (!fresh.isConnected) return;
    fresh.removeAttribute("data-done");
    refreshList({ force: !underHand() }).catch(() => {});
  }, DONE_STAYS_MS);
}

function onArrow(event) {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  if (event.target.matches("input, select, textarea")) return;
  event.preventDefault();
  step(event.key === "ArrowDown" ? 1 : -1);
}

export function startList() {
  showButtons();
  on("select", onSelect);
  root.addEventListener("click", (event) => {
    const steps = event.target.closest("[data-step]");
    if (steps) step(Number(steps.dataset.step));
    if (event.target.closest("[data-updates]") && pending) apply(pending);
    const card = event.target.closest("[data-todo]");
    if (card && !event.target.closest("a, button, form") && card.dataset.ref !== state.selected) select(card.dataset.ref);
  });
  root.addEventListener("focusin", (event) => {
    const card = event.target.closest?.("[data-todo]");
    if (card && card.dataset.ref !== state.selected && event.target.matches("[data-todo-open]")) select(card.dataset.ref);
  });
  root.querySelector("#todos").addEventListener("keydown", onArrow);
  root.querySelector("#todos").addEventListener("pointerleave", () => {
    if (pending && !underHand()) apply(pending);
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target?.id === "board-notice") onChanged(event.detail.target);
  });
  watch();
}
