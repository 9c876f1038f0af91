// Forms: the summary of errors takes the focus, a pressed button says that it works, a second press is not sent.
import { say } from "./words.js";

const SAFETY_MS = 20000;

function busy(form, button) {
  if (!button || button.getAttribute("aria-busy") === "true") return;
  form.dataset.sending = "1";
  button.setAttribute("aria-busy", "true");
  const words = document.createElement("span");
  words.dataset.working = "";
  words.textContent = say("working");
  // Nothing under 300 ms: a quick answer needs no sign.
  const timer = setTimeout(() => button.append(words), 300);
  form.releaseButton = () => {
    clearTimeout(timer);
    words.remove();
    button.removeAttribute("aria-busy");
    delete form.dataset.sending;
  };
  // A download answers a form without leaving the page; the button must come back by itself.
  setTimeout(() => form.releaseButton?.(), SAFETY_MS);
}

function onSubmit(event) {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.method !== "post") return;
  if (form.dataset.sending) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  const button = event.submitter ?? form.querySelector("button:not([type=button]), input[type=submit]");
  // After this turn, or the pressed button's own name and value would be lost from the form.
  setTimeout(() => {
    if (!event.defaultPrevented || form.hasAttribute("data-hx-post") || form.hasAttribute("hx-post")) busy(form, button);
  });
}

/** Put the focus on what has gone wrong, once: a later refresh of something else never pulls it back. */
export function focusTrouble(root = document) {
  const trouble = root.querySelector("[data-takes-focus]:not([data-had-focus])");
  if (!trouble) return;
  trouble.dataset.hadFocus = "";
  trouble.focus({ preventScroll: true });
  trouble.scrollIntoView({ block: "nearest" });
}

function showScriptOnly(root) {
  for (const button of root.querySelectorAll("[data-back][hidden]")) button.hidden = history.length < 2;
}

export function startForms() {
  document.addEventListener("submit", onSubmit, true);
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sending]")) form.releaseButton?.();
  });
  document.addEventListener("htmx:afterRequest", (event) => event.detail.elt.releaseButton?.());
  document.addEventListener("htmx:afterSettle", (event) => focusTrouble(event.detail.elt.parentElement ?? document));
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-back]")) history.back();
  });
  focusTrouble();
  showScriptOnly(document);
}
