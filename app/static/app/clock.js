// Ticks every commitment clock on the page by the server's time. The server judges; this only shows the judgement falling due.
import { announce } from "./live.js";
import { say } from "./words.js";

const ICONS = { running: "●", at_risk: "▲", breached: "■" };
const TEN_MINUTES = 600;
const THREE_DAYS = 259200;
let offsetMs = 0;

/** The server's present, in milliseconds, as far as this page knows it. */
export function serverNow() {
  return Date.now() + offsetMs;
}

/** A length of time as people read it: 9分05秒, 47分, 1时47分, 3天04时. */
export function spanText(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  const two = (n) => String(n).padStart(2, "0");
  if (s < TEN_MINUTES) return say("ms", Math.floor(s / 60), two(s % 60));
  if (s < 3600) return say("m", Math.floor(s / 60));
  if (s < THREE_DAYS) return say("hm", Math.floor(s / 3600), two(Math.floor((s % 3600) / 60)));
  return say("dh", Math.floor(s / 86400), two(Math.floor((s % 86400) / 3600)));
}

/** What is left or what is over, as the badge says it. */
export function timeText(dueMs, nowMs) {
  const seconds = (dueMs - nowMs) / 1000;
  if (seconds >= 0) return say("left", spanText(seconds));
  const past = Math.floor(-seconds);
  if (past < 60) return say("over", say("s", past));
  if (past < 3600) return say("over", say("m", Math.floor(past / 60)));
  return say("over", spanText(past));
}

/** The state at an instant: breached at the due instant, at risk from its own, else on track. */
export function stateAt(dueMs, atRiskMs, nowMs) {
  if (nowMs >= dueMs) return "breached";
  return Number.isFinite(atRiskMs) && nowMs >= atRiskMs ? "at_risk" : "running";
}

function show(badge, nowMs) {
  const due = Date.parse(badge.dataset.due);
  const state = stateAt(due, Date.parse(badge.dataset.atRisk ?? ""), nowMs);
  const time = badge.querySelector("[data-clock-time]");
  const text = timeText(due, nowMs);
  if (time && time.textContent !== text) time.textContent = text;
  if (badge.dataset.state === state) return;
  badge.dataset.state = state;
  badge.querySelector("[data-clock-icon]").textContent = ICONS[state];
  badge.querySelector("[data-clock-word]").textContent = say(state);
  const edge = badge.closest(".clock-edge");
  if (edge) edge.dataset.state = state;
  speak(badge, state, due, nowMs);
  badge.dispatchEvent(new CustomEvent("house:clock", { bubbles: true, detail: { state } }));
}

function speak(badge, state, dueMs, nowMs) {
  const { ref, kindName } = badge.dataset;
  if (!ref || state === "running") return;
  const minutes = Math.max(0, Math.floor((dueMs - nowMs) / 60000));
  announce(state === "breached" ? say("becameBreached", ref, kindName) : say("becameAtRisk", ref, kindName, say("minutes", minutes)));
}

/** `(■2) 调度台`: the title counts breached clocks inside the element that asks for it. */
function countInTitle() {
  const counted = document.querySelector("[data-title-counter]");
  if (!counted) return;
  const breached = counted.querySelectorAll('[data-clock][data-state="breached"]').length;
  const plain = document.title.replace(/^\(■\d+\) /, "");
  const title = breached ? `(■${breached}) ${plain}` : plain;
  if (document.title !== title) document.title = title;
}

function tick() {
  const nowMs = serverNow();
  for (const badge of document.querySelectorAll("[data-clock][data-due]")) show(badge, nowMs);
  countInTitle();
}

export function startClocks() {
  const stamp = Date.parse(document.querySelector('meta[name="server-now"]')?.content ?? "");
  if (Number.isFinite(stamp)) {
    // The page was made before it arrived: half of the way there is the best guess of how long ago.
    const load = performance.getEntriesByType("navigation")[0];
    const travel = load ? Math.max(0, performance.now() - (load.requestStart + load.responseStart) / 2) : 0;
    offsetMs = stamp + travel - Date.now();
  }
  tick();
  setInterval(tick, 1000);
  document.addEventListener("htmx:afterSettle", tick);
  document.addEventListener("visibilitychange", tick);
}
