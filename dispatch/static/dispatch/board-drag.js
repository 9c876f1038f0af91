// Dragging a card or a bar onto a row: the ghost says what it would break before it is dropped (R5). Never the only way.
import { fetchJson, root, select, state, visitUrl } from "./board-core.js";
import { calendar } from "./board-timeline.js";
import { say } from "./board-core.js";

const FAR_PX = 6;
const ASK_AFTER_MS = 120;
const ghost = document.querySelector("[data-ghost]");
const box = root.querySelector("[data-timeline]");
let drag = null;

function begin(event) {
  if (event.button !== 0 || event.pointerType === "touch") return;
  const bar = event.target.closest(".ec-event[data-movable]");
  const card = event.target.closest("[data-todo][data-movable]");
  if (card && event.target.closest("a, button, form, input")) return;
  const held = bar ?? card;
  if (!held) return;
  drag = { ref: held.dataset.ref, version: held.dataset.version, label: held.dataset.label ?? held.dataset.ref, x: event.clientX, y: event.clientY, bar: Boolean(bar), held, on: false, target: null, verdict: null, offset: 0 };
  if (bar) {
    const at = under(event);
    if (at) drag.offset = Date.parse(`${at.start}Z`) - Date.parse(`${bar.dataset.start}Z`);
  }
}

/** The row and the quarter of an hour under the pointer, or nothing. */
function under(event) {
  const found = calendar()?.dateFromPoint(event.clientX, event.clientY);
  if (!found?.resource) return null;
  const d = found.date;
  const two = (n) => String(n).padStart(2, "0");
  const start = `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}T${two(d.getHours())}:${two(d.getMinutes())}:00`;
  return { row: String(found.resource.id), start };
}

function target(event) {
  const at = under(event);
  if (!at) return null;
  const quarter = 15 * 60000;
  const ms = Math.round((Date.parse(`${at.start}Z`) - drag.offset) / quarter) * quarter;
  return { row: at.row, start: new Date(ms).toISOString().slice(0, 16).replace("T", " ") };
}

function move(event) {
  if (!drag) return;
  if (!drag.on) {
    if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < FAR_PX) return;
    drag.on = true;
    state.dragging = true;
    document.body.classList.add("is-dragging");
    ghost.hidden = false;
    ghost.textContent = drag.label;
    if (state.selected !== drag.ref) select(drag.ref);
  }
  event.preventDefault();
  ghost.style.left = `${Math.min(event.clientX + 14, window.innerWidth - 340)}px`;
  ghost.style.top = `${Math.min(event.clientY + 16, window.innerHeight - 70)}px`;
  const next = target(event);
  if (next?.row === drag.target?.row && next?.start === drag.target?.start) return;
  drag.target = next;
  drag.verdict = null;
  clearTimeout(drag.timer);
  ghost.textContent = next ? `${drag.label} · ${say("asking")}` : drag.label;
  if (next) drag.timer = setTimeout(ask, ASK_AFTER_MS);
}

/** What the server says of dropping here; an answer for another place is thrown away. */
async function ask() {
  const mine = drag;
  const asked = mine?.target;
  if (!asked) return null;
  try {
    const verdict = await fetchJson(visitUrl(mine.ref, "preview", { engineer: asked.row, start: asked.start }));
    if (mine.target === asked) {
      mine.verdict = verdict;
      if (drag === mine) ghost.textContent = `${mine.label} · ${verdict.words}`;
    }
    return verdict;
  } catch {
    return null;
  }
}

function end() {
  const mine = drag;
  drag = null;
  clearTimeout(mine?.timer);
  state.dragging = false;
  ghost.hidden = true;
  document.body.classList.remove("is-dragging");
  return mine;
}

async function drop(event) {
  if (!drag) return;
  const at = drag.on ? target(event) : null;
  const mine = end();
  if (!mine.on) return;
  // The click that follows the drop is no click on the bar.
  box.dataset.dragged = "1";
  setTimeout(() => delete box.dataset.dragged, 50);
  if (!at) return;
  const verdict = mine.verdict ?? (await fetchJson(visitUrl(mine.ref, "preview", { engineer: at.row, start: at.start })).catch(() => null));
  if (!verdict || verdict.asks) {
    window.htmx.ajax("GET", visitUrl(mine.ref, "assign", { engineer: at.row, start: at.start }), { target: "#board-dialog-body", swap: "innerHTML" });
    return;
  }
  window.htmx.ajax("POST", visitUrl(mine.ref, "assign"), {
    target: "#board-notice",
    swap: "innerHTML",
    values: { version: mine.version, engineer_id: at.row, start_at: at.start },
  });
}

export function startDrag() {
  root.addEventListener("pointerdown", begin);
  document.addEventListener("pointermove", move, { passive: false });
  document.addEventListener("pointerup", drop);
  document.addEventListener("pointercancel", end);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && drag?.on) {
      event.preventDefault();
      end();
    }
  });
  root.addEventListener("dragstart", (event) => event.preventDefault());
}
