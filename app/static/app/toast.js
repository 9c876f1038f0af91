// Toasts and the undo bar. Success may vanish; an undo counts down its seconds and waits while one points at it.
import { announce } from "./live.js";

const BRIEF_MS = 3000;

/** Say something that happened off screen; never used for a failure alone. */
export function toast(words) {
  const region = document.getElementById("toasts");
  const model = document.getElementById("toast-model");
  if (!region || !model) return;
  const piece = model.content.firstElementChild.cloneNode(true);
  piece.querySelector(".toast-house__words").textContent = words;
  piece.dataset.toast = "brief";
  region.append(piece);
  announce(words);
}

function begin(piece) {
  if (piece.dataset.begun) return;
  piece.dataset.begun = "1";
  if (piece.dataset.toast === "brief") {
    setTimeout(() => leave(piece), BRIEF_MS);
  } else if (piece.hasAttribute("data-undo")) {
    announce(piece.querySelector(".toast-house__words").textContent);
    countDown(piece);
  }
}

// Reading with the pointer or the focus on it stops the count: nobody loses an undo while reaching for it (WCAG 2.2.1).
function countDown(piece) {
  let left = Number(piece.dataset.seconds) || 10;
  const shown = piece.querySelector("[data-undo-left]");
  const timer = setInterval(() => {
    if (!piece.isConnected) return clearInterval(timer);
    if (piece.matches(":hover, :focus-within") || piece.querySelector('[aria-busy="true"]')) return undefined;
    left -= 1;
    if (shown) shown.textContent = String(Math.max(0, left));
    if (left > 0) return undefined;
    clearInterval(timer);
    piece.dispatchEvent(new CustomEvent("house:undo-over", { bubbles: true }));
    return leave(piece);
  }, 1000);
}

function leave(piece) {
  if (piece.matches(":hover, :focus-within")) setTimeout(() => leave(piece), 1000);
  else piece.remove();
}

export function startToasts() {
  const region = document.getElementById("toasts");
  const beginAll = () => document.querySelectorAll("[data-toast], [data-undo]").forEach(begin);
  beginAll();
  if (region) new MutationObserver(beginAll).observe(region, { childList: true, subtree: true });
  document.addEventListener("htmx:afterSettle", beginAll);
  document.addEventListener("house:toast", (event) => toast(event.detail?.words ?? event.detail?.value ?? ""));
  document.addEventListener("click", (event) => {
    const piece = event.target.closest?.("[data-toast-close]")?.closest(".toast-house");
    piece?.remove();
  });
  // An undo that was taken has had its say; htmx has the answer by then.
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) event.detail.elt.closest?.("[data-undo]")?.remove();
  });
}
