// The signature: strokes on the canvas, sent as whole numbers on a pad of fixed size, so that no markup ever travels.
const pad = document.querySelector("[data-pad]");
const form = document.getElementById("sign-form");

function start() {
  const canvas = pad.querySelector("canvas");
  const width = Number(pad.dataset.width);
  const height = Number(pad.dataset.height);
  const signature = new window.SignaturePad(canvas, { minWidth: 1.2, maxWidth: 2.6, penColor: "#111", backgroundColor: "#fff" });
  let shown = { width: 0, height: 0 };

  function fit() {
    const ratio = Math.max(window.devicePixelRatio || 1, 1);
    const box = canvas.getBoundingClientRect();
    if (!box.width || (box.width === shown.width && box.height === shown.height)) return;
    const kept = signature.toData();
    const scale = shown.width ? box.width / shown.width : 1;
    canvas.width = Math.round(box.width * ratio);
    canvas.height = Math.round(box.height * ratio);
    canvas.getContext("2d").scale(ratio, ratio);
    shown = { width: box.width, height: box.height };
    for (const group of kept) for (const point of group.points) Object.assign(point, { x: point.x * scale, y: point.y * scale });
    signature.clear();
    signature.fromData(kept);
  }

  function strokes() {
    const clamp = (value, most) => Math.max(0, Math.min(most, Math.round(value)));
    return signature.toData().map((group) =>
      group.points.flatMap((point) => [clamp((point.x / shown.width) * width, width), clamp((point.y / shown.height) * height, height)]));
  }

  function restore() {
    const kept = form.elements.namedItem("strokes").value;
    if (!kept) return;
    try {
      const groups = JSON.parse(kept).map((flat) => ({
        points: flat.flatMap((x, i) => (i % 2 ? [] : [{ x: (x / width) * shown.width, y: (flat[i + 1] / height) * shown.height, time: i, pressure: 0.5 }])),
      }));
      signature.fromData(groups);
    } catch {
      signature.clear();
    }
  }

  fit();
  restore();
  new ResizeObserver(fit).observe(canvas);
  pad.querySelector("[data-pad-clear]").addEventListener("click", () => signature.clear());
  pad.querySelector("[data-pad-full]").addEventListener("click", async () => {
    if (document.fullscreenElement) return document.exitFullscreen();
    await pad.requestFullscreen?.();
    await screen.orientation?.lock?.("landscape").catch(() => {});
  });
  window.addEventListener("submit", (event) => {
    if (event.target === form) form.elements.namedItem("strokes").value = signature.isEmpty() ? "" : JSON.stringify(strokes());
  }, true);
}

if (pad && form && window.SignaturePad) start();
