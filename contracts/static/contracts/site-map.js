// The small map of one site: a marker on whatever tiles are configured, or on the plain grid without any.
const box = document.querySelector("[data-site-map]");

function draw() {
  const at = [Number(box.dataset.lat), Number(box.dataset.lon)];
  const map = L.map(box, { zoomControl: true, attributionControl: false, preferCanvas: true }).setView(at, 14);
  if (box.dataset.tiles) L.tileLayer(box.dataset.tiles, { maxZoom: 18 }).addTo(map);
  const marker = L.circleMarker(at, { radius: 9, weight: 3 }).addTo(map);
  const words = document.createElement("span");
  words.textContent = box.dataset.name;
  marker.bindTooltip(words, { permanent: true, direction: "top", offset: [0, -8] });
}

if (box) {
  if (window.L) draw();
  else window.addEventListener("load", draw);
}
