// Signing in again over the page: the very forms of the sign-in pages, sent from a dialog, so nothing typed below is lost.
import { toast } from "./toast.js";
import { say } from "./words.js";

let dialog = null;

export async function signInAgain() {
  dialog = document.getElementById("sign-in-dialog");
  if (!dialog || dialog.open) return;
  dialog.showModal();
  try {
    take(await read(dialog.dataset.url));
  } catch {
    place().textContent = say("signInFailed");
  }
}

function place() {
  return dialog.querySelector("[data-sign-in-form]");
}

async function read(url, options = {}) {
  const answer = await fetch(url, { credentials: "same-origin", ...options });
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

/** Show the next form of signing in; a page without one means that we are in. */
function take(page) {
  const form = page.querySelector("form[data-auth]");
  if (!form) {
    enter(page);
    return;
  }
  const here = document.adoptNode(form);
  here.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      take(await read(here.action, { method: "POST", body: new URLSearchParams(new FormData(here)) }));
    } catch {
      place().append(say("noAnswer"));
    }
  });
  place().replaceChildren(here);
  (here.querySelector("[data-takes-focus]") ?? here.querySelector("input:not([type=hidden])"))?.focus();
}

// The page below still holds the ended session's token; the page we were led to has the new one.
function enter(page) {
  const token = page.querySelector('meta[name="csrf-token"]')?.content;
  if (token) {
    document.querySelector('meta[name="csrf-token"]').content = token;
    for (const field of document.querySelectorAll('input[name="csrf_token"]')) field.value = token;
  }
  place().replaceChildren();
  dialog.close();
  toast(say("retrySend"));
}
