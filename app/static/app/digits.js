// Full-width digits become ASCII while one types in [data-digits]; the server judges what arrives all the same (P7).
const WIDE = /[０-９．]/g;

function narrow(field) {
  const clean = field.value.replace(WIDE, (c) => (c === "．" ? "." : String.fromCharCode(c.charCodeAt(0) - 0xfee0)));
  if (clean === field.value) return;
  const at = field.selectionStart;
  field.value = clean;
  if (at !== null) field.setSelectionRange(at, at);
}

export function startDigits() {
  const listen = (event) => {
    if (event.target.matches?.("[data-digits]") && !event.isComposing) narrow(event.target);
  };
  document.addEventListener("input", listen);
  document.addEventListener("compositionend", listen);
}
