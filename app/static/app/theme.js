// Follows the system's light or dark while the page is open, if the reader asked for that.
export function startTheme() {
  const root = document.documentElement;
  if (root.dataset.theme !== "auto") return;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => {
    root.dataset.bsTheme = system.matches ? "dark" : "light";
    root.classList.toggle("ec-dark", system.matches);
  };
  system.addEventListener("change", follow);
  follow();
}
