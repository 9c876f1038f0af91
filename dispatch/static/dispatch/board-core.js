// What the parts of the board share: its settings, its words, the picture last fetched, the one selection.
import { serverNow } from "../app/clock.js";

export const root = document.querySelector("[data-board]");
const words = JSON.parse(root.dataset.words);
const args = JSON.parse(root.dataset.args);

export const state = { picture: null, selected: root.dataset.selected, candidates: null, dragging: false, paused: false };

/** A word of the board with its places filled. */
export function say(key, ...values) {
  return words[key].replace(/\{(\d)\}/g, (_, index) => String(values[Number(index)]));
}

/** An address of the board for the present filter; `more` changes or adds arguments. */
export function address(name, more = {}) {
  const query = new URLSearchParams({ ...args, ...more });
  return `${root.dataset[name]}?${query}`;
}

export function visitUrl(ref, what, more = {}) {
  const query = new URLSearchParams(more).toString();
  return `${root.dataset.visitUrl}${encodeURIComponent(ref)}/${what}${query ? `?${query}` : ""}`;
}

export async function fetchJson(url) {
  const answer = await fetch(url, { headers: { Accept: "application/json" } });
  if (!answer.ok && answer.status !== 422) throw new Error(String(answer.status));
  return answer.json();
}

/** The wall clock of the house at an instant, as 2026-11-21T14:05:00, whatever zone this browser lives in. */
export function wall(ms = serverNow()) {
  return new Date(ms).toLocaleString("sv-SE", { timeZone: root.dataset.zone }).replace(" ", "T");
}

export function emit(name, detail) {
  root.dispatchEvent(new CustomEvent(name, { detail }));
}

export function on(name, listener) {
  root.addEventListener(name, (event) => listener(event.detail));
}

/** Make one visit the selected one, in all three places. */
export async function select(ref, { focus = false } = {}) {
  state.selected = ref;
  state.candidates = null;
  emit("select", { ref, focus });
  if (!ref) return;
  try {
    const { rows } = await fetchJson(visitUrl(ref, "candidates"));
    if (state.selected !== ref) return;
    state.candidates = rows;
    emit("candidates", rows);
  } catch {
    // Without the planner the selection still stands; only order and shades are missing.
  }
}

export async function refreshPicture() {
  state.picture = await fetchJson(address("stateUrl"));
  emit("picture", state.picture);
}
