// What htmx does with an answer that is not a success (screens §1): a form with errors is shown in its place, a failure
// comes as a banner with its number and [重试], an ended session asks for the password over the page and keeps what was typed.
import { signInAgain } from "./sign-in.js";
import { say } from "./words.js";

let last = null;

function banner() {
  return document.getElementById("page-alert");
}

function beforeSwap(event) {
  const { xhr } = event.detail;
  if (xhr.status === 401) {
    event.detail.shouldSwap = false;
    signInAgain();
    return;
  }
  if (xhr.status < 400) {
    // A banner is answered by an act that succeeds, not by something refreshing itself in the background.
    if (event.detail.requestConfig.verb !== "get") banner()?.replaceChildren();
    return;
  }
  last = event.detail.requestConfig.elt;
  // A whole card of refusal never takes the place of the row or form it was about.
  const aboutThePage = xhr.responseText.includes("data-error-card");
  if (aboutThePage && banner()) {
    event.detail.target = banner();
    event.detail.swapOverride = "innerHTML";
    event.detail.shouldSwap = true;
  }
}

function offerRetry() {
  const button = banner()?.querySelector("[data-retry]");
  if (!button || !last?.isConnected) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    banner().replaceChildren();
    if (last instanceof HTMLFormElement) last.requestSubmit();
    else last.click();
  });
}

function unreachable(event) {
  const card = document.createElement("section");
  card.className = "note note--error";
  card.setAttribute("role", "alert");
  const sign = document.createElement("span");
  sign.className = "note__sign";
  sign.textContent = "!";
  const body = document.createElement("div");
  body.className = "note__body";
  body.textContent = say("noAnswer");
  card.append(sign, body);
  banner()?.replaceChildren(card);
}

export function startAnswers() {
  document.addEventListener("htmx:configRequest", (event) => {
    const token = document.querySelector('meta[name="csrf-token"]');
    if (token) event.detail.headers["X-CSRFToken"] = token.content;
  });
  document.addEventListener("htmx:beforeSwap", beforeSwap);
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target === banner()) offerRetry();
  });
  document.addEventListener("htmx:sendError", unreachable);
  document.addEventListener("htmx:timeout", unreachable);
}
