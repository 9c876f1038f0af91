// The engineer's phone: each act says when and where by the device's word, and 导航 opens the map app that was chosen.
import { serverNow } from "../app/clock.js";

const WAY = "field.way";
const LOCATE_MS = 8000;
const LONG_PRESS_MS = 550;

function put(form, name, value) {
  const input = form.elements.namedItem(name);
  if (input) input.value = value;
}

/** What the device says about the time, and how far its clock was found to be from the server's. */
function stamp(form) {
  const now = Date.now();
  put(form, "claimed_at", new Date(now).toISOString());
  put(form, "offset_s", String(Math.round((serverNow() - now) / 1000)));
}

function locate() {
  return new Promise((resolve) => {
    if (!navigator.geolocation) return resolve(null);
    navigator.geolocation.getCurrentPosition(resolve, () => resolve(null), {
      enableHighAccuracy: true, timeout: LOCATE_MS, maximumAge: 10000,
    });
  });
}

async function arrive(event, form) {
  event.preventDefault();
  event.stopPropagation();
  if (form.dataset.locating) return;
  form.dataset.locating = "1";
  const button = form.querySelector("button");
  button.setAttribute("aria-busy", "true");
  const seen = await locate();
  if (seen) {
    put(form, "lat", seen.coords.latitude.toFixed(6));
    put(form, "lon", seen.coords.longitude.toFixed(6));
    put(form, "accuracy_m", String(Math.min(10000000, Math.round(seen.coords.accuracy))));
  }
  button.removeAttribute("aria-busy");
  delete form.dataset.locating;
  form.dataset.located = "1";
  form.requestSubmit();
}

function onSubmit(event) {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.dataset.act || form.dataset.sending) return;
  if (form.dataset.act === "arrive" && !form.dataset.located) {
    arrive(event, form);
    return;
  }
  stamp(form);
  if (form.dataset.act === "set_off") {
    const way = document.querySelector("[data-way-main]");
    // Opened within the tap itself, or the browser would take it for an unwanted window.
    if (way) window.open(way.href, "_blank", "noopener,noreferrer");
  }
}

function choose(group, code) {
  const chosen = group.querySelector(`[data-way="${CSS.escape(code)}"]`);
  if (!chosen) return;
  group.querySelector("[data-way-main]").href = chosen.href;
  for (const way of group.querySelectorAll("[data-way]")) way.toggleAttribute("data-chosen", way === chosen);
}

function startWays(group) {
  const main = group.querySelector("[data-way-main]");
  const more = group.querySelector("details");
  choose(group, localStorage.getItem(WAY) ?? "amap");
  let timer = 0;
  let held = false;
  main.addEventListener("pointerdown", () => {
    held = false;
    timer = setTimeout(() => {
      held = true;
      more.open = true;
    }, LONG_PRESS_MS);
  });
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) main.addEventListener(end, () => clearTimeout(timer));
  main.addEventListener("contextmenu", (event) => event.preventDefault());
  main.addEventListener("click", (event) => {
    if (held) event.preventDefault();
  });
  for (const way of group.querySelectorAll("[data-way]")) {
    way.addEventListener("click", () => {
      localStorage.setItem(WAY, way.dataset.way);
      choose(group, way.dataset.way);
      more.open = false;
    });
  }
}

// Before the shared handler sees it, so that a check-in that still looks for its position is not taken for sent.
window.addEventListener("submit", onSubmit, true);
for (const group of document.querySelectorAll("[data-ways]")) startWays(group);
// With a script the position is asked for first; the reason is needed only when that fails or is far.
for (const reason of document.querySelectorAll("[data-hide-when-located]")) reason.hidden = true;
