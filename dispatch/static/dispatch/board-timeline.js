// The engineers' day: EventCalendar's resource timeline, fed with walls' times, patched where it would mislead a reader.
import { on, root, say, select, state, visitUrl, wall } from "./board-core.js";
import { isEnglish } from "../app/words.js";

const ZOOMS = [30, 44, 64, 22];
const ZOOM = "board.zoom";
const box = root.querySelector("[data-timeline]");
let ec = null;
let zoom = Number(localStorage.getItem(ZOOM) ?? 0);
let drawn = "";

export const calendar = () => ec;

const plus = (text, minutes) => {
  const at = new Date(`${text}Z`);
  at.setUTCMinutes(at.getUTCMinutes() + minutes);
  return at.toISOString().slice(0, 19);
};

function element(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

/** Rows in the order of the suggestion for the selected visit; who cannot go stands last, with the reason. */
function resources() {
  const order = new Map((state.candidates ?? []).map((one, index) => [one.id, { ...one, index }]));
  const rows = state.picture.rows.map((row) => ({ id: row.id, title: row.name, extendedProps: { row, pick: order.get(row.id) } }));
  if (order.size) rows.sort((a, b) => (a.extendedProps.pick?.index ?? 999) - (b.extendedProps.pick?.index ?? 999));
  return rows;
}

function label({ resource }) {
  const { row, pick } = resource.extendedProps;
  const line = element("span", `row-label${pick?.why ? " row-label--no" : ""}`);
  const word = element("span", "row-label__word", pick?.why || row.word);
  line.append(element("span", "row-label__name", row.name), " ");
  if (pick?.why) line.append(element("span", "visually-hidden", `${say("cannot")}: `));
  line.append(word);
  line.title = `${row.name} ${pick?.why ? `${say("cannot")}: ` : ""}${word.textContent} ${row.mobile}`;
  return { domNodes: [line] };
}

function bars() {
  const chosen = state.selected;
  return state.picture.bars.map((bar) => ({
    id: bar.ref,
    resourceIds: [bar.row],
    start: bar.start,
    end: bar.end > bar.start ? bar.end : plus(bar.start, 15),
    title: bar.label,
    extendedProps: { bar },
    classNames: [`bar--${bar.clock || "none"}`, bar.under_way ? "bar--under-way" : "bar--planned", bar.ref === chosen ? "bar--chosen" : "bar--other"],
  }));
}

function background(id, rows, start, end, className) {
  return { id, resourceIds: rows, start, end, display: "background", classNames: [className] };
}

function shades() {
  const { picture } = state;
  const all = picture.rows.map((row) => row.id);
  const now = wall();
  const made = picture.off.map((piece, index) => background(`off${index}`, [piece.row], piece.start, piece.end, "bg-off"));
  if (all.length) {
    made.push(background("freeze", all, now, plus(now, 30), "bg-freeze"));
    made.push(background("now", all, now, plus(now, 1), "bg-now"));
  }
  const point = picture.points.find((one) => one.ref === state.selected);
  if (!point) return made;
  for (const one of state.candidates ?? []) {
    if (one.why || !one.start) continue;
    made.push(background(`can${one.id}`, [one.id], one.start, one.end, "bg-can"));
  }
  if (point.due && all.length) made.push(background("due", all, point.due, plus(point.due, 1), "bg-due"));
  return made;
}

function content({ event }) {
  const { bar } = event.extendedProps;
  if (event.display === "background" || !bar) return "";
  const line = element("span", "bar-words");
  line.append(`${bar.icon}${bar.pinned ? ` [${say("pinned")}]` : ""} ${bar.label} `, element("span", "visually-hidden", bar.said));
  return { domNodes: [line] };
}

function mounted({ event, el }) {
  const { bar } = event.extendedProps;
  if (!bar) return;
  el.title = `${bar.label} · ${bar.said} · ${bar.tip}`;
  el.dataset.ref = bar.ref;
  el.dataset.version = bar.version;
  el.dataset.start = bar.start;
  el.dataset.label = bar.label;
  el.toggleAttribute("data-movable", bar.movable);
}

/** The library draws a table with roles that do not hold together; as pure presentation it misleads nobody (screens §8). */
function patch() {
  for (const cell of box.querySelectorAll("[role]")) {
    if (["table", "row", "rowgroup", "rowheader", "columnheader", "cell"].includes(cell.getAttribute("role"))) {
      cell.setAttribute("role", "presentation");
    }
    for (const name of cell.getAttributeNames()) if (/^aria-(col|row)/.test(name)) cell.removeAttribute(name);
  }
}

function openDialog(bar) {
  const url = visitUrl(bar.ref, "assign", { engineer: bar.row, start: bar.start.slice(0, 16).replace("T", " ") });
  window.htmx.ajax("GET", url, { target: "#board-dialog-body", swap: "innerHTML" });
}

function onClick({ event, jsEvent }) {
  const { bar } = event.extendedProps;
  if (!bar || box.dataset.dragged) return;
  const again = state.selected === bar.ref;
  select(bar.ref);
  if (bar.movable && (jsEvent.type === "keydown" || again)) openDialog(bar);
}

function draw() {
  if (!state.picture) return;
  if (!ec) create();
  const rows = resources();
  const rowsKey = JSON.stringify(rows);
  if (rowsKey !== drawn) ec.setOption("resources", rows);
  drawn = rowsKey;
  ec.setOption("events", [...shades(), ...bars()]);
  requestAnimationFrame(patch);
  foot();
}

function foot() {
  const point = state.picture.points.find((one) => one.ref === state.selected);
  root.querySelector("[data-foot-selected]").textContent = point ? `${point.ref} ${point.site}` : "";
  root.querySelector("[data-foot-due]").textContent = point ? point.dueText : state.picture.hidden ? say("rowsHidden", state.picture.hidden) : "";
}

function create() {
  const { day, days } = state.picture;
  const now = wall();
  const hour = now.slice(0, 10) === day ? Math.max(0, Number(now.slice(11, 13)) - 2) : 7;
  ec = window.EventCalendar.create(box, {
    view: "resourceTimelineDay",
    date: day,
    duration: { days },
    headerToolbar: { start: "", center: "", end: "" },
    buttonText: { resourceTimelineDay: "" },
    slotDuration: "00:30:00",
    slotLabelInterval: "01:00:00",
    snapDuration: "00:15:00",
    slotWidth: ZOOMS[zoom % ZOOMS.length],
    scrollTime: `${String(hour).padStart(2, "0")}:00:00`,
    slotLabelFormat: { hour: "numeric", minute: "2-digit", hour12: false },
    dayHeaderFormat: { month: "numeric", day: "numeric", weekday: "short" },
    locale: isEnglish ? "en-GB" : "zh-CN",
    height: "100%",
    nowIndicator: false,
    editable: false,
    resources: resources(),
    events: [],
    resourceLabelContent: label,
    eventContent: content,
    eventDidMount: mounted,
    eventClick: onClick,
    eventAllUpdated: patch,
  });
}

export function startTimeline() {
  on("picture", draw);
  on("select", draw);
  on("candidates", draw);
  setInterval(() => {
    if (state.picture && !state.dragging && !document.hidden) draw();
  }, 30000);
  const button = root.querySelector("[data-zoom]");
  button.hidden = false;
  button.addEventListener("click", () => {
    zoom = (zoom + 1) % ZOOMS.length;
    localStorage.setItem(ZOOM, String(zoom));
    ec?.setOption("slotWidth", ZOOMS[zoom]);
    requestAnimationFrame(patch);
  });
}
