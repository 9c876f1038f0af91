// The keyboard: what a page offers stands in its data-key attributes, so the list under ? can never lie.
// Keys are matched on event.code: the same place on every layout, whatever an input method makes of it.
import { isTyping } from "./typing.js";

const SWITCH = "house.single-keys";
const GO_PATIENCE_MS = 1500;
let goSince = 0;

const singleKeysOn = () => localStorage.getItem(SWITCH) !== "off";

/** `N`, `Shift+P`, `1`, `F2`, `/`: how an event is written in data-key. */
export function keyName(event) {
  const code = event.code;
  let name = code;
  // Where layouts put ? and / elsewhere, the character itself decides.
  if (event.key === "?" || event.key === "/") name = event.key;
  else if (/^Key[A-Z]$/.test(code)) name = code.slice(3);
  else if (/^(Digit|Numpad)\d$/.test(code)) name = code.slice(-1);
  else if (code === "Slash" || code === "NumpadDivide") name = event.shiftKey ? "?" : "/";
  else if (code === "Escape") name = "Esc";
  else if (code === "NumpadEnter") name = "Enter";
  const shift = event.shiftKey && name !== "?" ? "Shift+" : "";
  return shift + name;
}

function visible(element) {
  return element.getClientRects().length > 0;
}

function find(name) {
  const wanted = [...document.querySelectorAll("[data-key]")].filter((e) => e.dataset.key === name && visible(e));
  const open = document.querySelector("dialog[open]");
  return open ? wanted.find((e) => open.contains(e)) : wanted[0];
}

function press(element) {
  if (element.matches("input:not([type=checkbox], [type=radio], [type=submit], [type=button]), select, textarea")) element.focus();
  else element.click();
}

function label(element) {
  if (element.dataset.keyLabel) return element.dataset.keyLabel;
  if (element.getAttribute("aria-label")) return element.getAttribute("aria-label");
  const copy = element.cloneNode(true);
  for (const kbd of copy.querySelectorAll("kbd, svg")) kbd.remove();
  return copy.textContent.trim();
}

function line(keys, words) {
  const row = document.createElement("div");
  const term = document.createElement("dt");
  keys.forEach((key, index) => {
    if (index) term.append(" ");
    const kbd = document.createElement("kbd");
    kbd.textContent = key;
    term.append(kbd);
  });
  const meaning = document.createElement("dd");
  meaning.textContent = words;
  row.append(term, meaning);
  return row;
}

/** Open the list of keys: those of this page, then those that work everywhere. */
function openList() {
  const dialog = document.getElementById("keys-dialog");
  if (!dialog || dialog.open) return;
  const page = dialog.querySelector("[data-keys-page]");
  const common = dialog.querySelector("[data-keys-common]");
  page.replaceChildren();
  common.querySelectorAll("[data-made]").forEach((row) => row.remove());
  const seen = new Set();
  for (const element of document.querySelectorAll("[data-key], [data-key-list]")) {
    const keys = element.dataset.key ?? element.dataset.keyList;
    if (seen.has(keys) || dialog.contains(element)) continue;
    seen.add(keys);
    page.append(line(keys.split(/\s+/), label(element)));
  }
  for (const link of document.querySelectorAll("[data-go]")) {
    const row = line(["G", link.dataset.go], label(link));
    row.dataset.made = "";
    common.append(row);
  }
  dialog.querySelector("[data-keys-page-heading]").hidden = seen.size === 0;
  dialog.querySelector("[data-keys-switch]").checked = singleKeysOn();
  dialog.showModal();
}

function focusSearch() {
  const box = [...document.querySelectorAll("[data-search], input[type=search]")].find(visible);
  box?.focus();
  box?.select?.();
  return Boolean(box);
}

function submitByKey(event) {
  const form = event.target instanceof Element ? event.target.closest("form") : null;
  if (!form || form.method !== "post") return false;
  form.requestSubmit();
  return true;
}

/** Letters and digits alone; answers whether the key meant something here. */
function single(event, name) {
  const now = Date.now();
  if (goSince && now - goSince < GO_PATIENCE_MS) {
    goSince = 0;
    const target = [...document.querySelectorAll("[data-go]")].find((link) => link.dataset.go === name);
    if (target) target.click();
    return Boolean(target);
  }
  goSince = 0;
  if (document.querySelector("dialog[open]")) return clickKey(name);
  if (name === "/") return focusSearch();
  if (name === "?") {
    openList();
    return true;
  }
  const element = find(name);
  if (element) {
    press(element);
    return true;
  }
  if (name === "G") {
    goSince = now;
    return true;
  }
  if (name === "Z") {
    const undos = document.querySelectorAll("[data-undo] form");
    const last = undos[undos.length - 1];
    // A quick hand is faster than htmx, which takes a new piece up a moment after it is shown: let it do so now.
    if (last) window.htmx?.process(last);
    last?.requestSubmit();
    return undos.length > 0;
  }
  return false;
}

function closeMenus() {
  const open = document.querySelector("details[data-menu][open]");
  if (!open) return false;
  open.open = false;
  open.querySelector("summary").focus();
  return true;
}

function onKey(event) {
  if (event.defaultPrevented || event.repeat || event.isComposing) return;
  const name = keyName(event);
  let done = false;
  if ((event.ctrlKey || event.metaKey) && name === "Enter") done = submitByKey(event);
  else if (event.ctrlKey || event.metaKey || event.altKey) return;
  else if (name === "Esc") done = closeMenus() || leaveSearch(event) || clickKey("Esc");
  else if (/^F\d+$/.test(name)) done = clickKey(name);
  else if (!isTyping(event) && singleKeysOn() && name !== "Enter" && name !== "Tab" && name !== "Space") done = single(event, name);
  if (done) event.preventDefault();
}

function clickKey(name) {
  const element = find(name);
  if (element) press(element);
  return Boolean(element);
}

function leaveSearch(event) {
  if (!(event.target instanceof Element) || !event.target.matches("[data-search]")) return false;
  event.target.blur();
  return true;
}

export function startKeys() {
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-keys-open]")) {
      for (const menu of document.querySelectorAll("details[data-menu][open]")) menu.open = false;
      openList();
    }
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-keys-switch]")) localStorage.setItem(SWITCH, event.target.checked ? "on" : "off");
  });
}
