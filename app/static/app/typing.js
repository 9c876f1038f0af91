// Whether somebody is writing: single-letter keys stay dead then, and so do keys an input method is composing with.
const QUIET_TYPES = new Set(["button", "checkbox", "radio", "submit", "reset", "range", "color", "file"]);

export function isTyping(event) {
  if (event.isComposing || event.keyCode === 229) return true;
  const target = event.target;
  if (!(target instanceof Element)) return false;
  if (target.isContentEditable || target.tagName === "TEXTAREA" || target.tagName === "SELECT") return true;
  return target.tagName === "INPUT" && !QUIET_TYPES.has(target.type);
}
