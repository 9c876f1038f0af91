// Asks every other second whether anything has changed; pauses when told to, and says so when the line is lost.
import { emit, refreshPicture, root, say, state } from "./board-core.js";
import { refreshList } from "./board-list.js";
import { wall } from "./board-core.js";

const EVERY_MS = 2500;
const LOST_AFTER_MS = 15000;
const ANYWAY_MS = 60000;
let version = root.dataset.version;
let heard = Date.now();
let fresh = Date.now();
let busy = false;

const box = document.querySelector("[data-live-state]");
const shown = box.querySelector("[data-live-words]");
const button = box.querySelector("[data-live-pause]");

function show() {
  const lost = Date.now() - heard > LOST_AFTER_MS;
  box.toggleAttribute("data-lost", lost && !state.paused);
  if (state.paused) shown.textContent = `‖ ${say("paused")}`;
  else if (lost) shown.textContent = `! ${say("lost", wall(heard).slice(11, 16))}`;
  else shown.textContent = `● ${say("live")} ${say("ago", Math.max(0, Math.round((Date.now() - heard) / 1000)))}`;
  button.textContent = state.paused ? say("resume") : lost ? say("reconnect") : say("pause");
  button.setAttribute("aria-pressed", String(state.paused));
}

/** Fetch list and picture anew. */
export async function refresh() {
  await Promise.all([refreshPicture(), refreshList()]);
  version = state.picture.version;
  fresh = Date.now();
}

async function ask({ anyway = false } = {}) {
  if (busy || state.dragging) return;
  busy = true;
  try {
    const answer = await fetch(root.dataset.versionUrl, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const told = await answer.json();
    heard = Date.now();
    if (anyway || told.version !== version || Date.now() - fresh > ANYWAY_MS) await refresh();
  } catch {
    emit("lost");
  } finally {
    busy = false;
    show();
  }
}

export function startLive() {
  box.hidden = false;
  button.addEventListener("click", () => {
    if (!state.paused && Date.now() - heard > LOST_AFTER_MS) {
      ask({ anyway: true });
      return;
    }
    state.paused = !state.paused;
    show();
    if (!state.paused) ask({ anyway: true });
  });
  setInterval(() => {
    if (!state.paused && !document.hidden) ask();
  }, EVERY_MS);
  setInterval(show, 1000);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && !state.paused) ask();
  });
  document.addEventListener("board:changed", () => refreshPicture().catch(() => {}));
  // A clock that has just become at risk or breached may bring its visit into the list.
  root.addEventListener("house:clock", () => setTimeout(() => ask({ anyway: true }), 300));
  show();
}
