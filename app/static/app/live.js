// The one polite live region. Sentences that come together are spoken together, so none is swallowed.
let waiting = [];

export function announce(sentence) {
  waiting.push(sentence);
  if (waiting.length > 1) return;
  setTimeout(() => {
    const region = document.getElementById("live");
    if (region) region.textContent = waiting.join(" ");
    waiting = [];
  }, 150);
}
