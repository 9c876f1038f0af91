// Runs before the first paint when the reader chose "as the system says", so a dark room never flashes white.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.bsTheme = dark ? "dark" : "light";
  root.classList.toggle("ec-dark", dark);
})();
