// Today's route on the map: numbers in driving order over a canvas line. Without tiles a grey grid keeps the distances.
const holder = document.getElementById("field-map");
const L = window.L;

function numbered(text, extra = "") {
  return L.divIcon({ className: "", html: `<span class="map-n ${extra}">${text}</span>`, iconSize: [32, 32], iconAnchor: [16, 16] });
}

function draw() {
  const map = L.map(holder, { preferCanvas: true, zoomControl: true, attributionControl: Boolean(holder.dataset.tiles) });
  const none = holder.querySelector(".field-map__none");
  const bare = () => {
    holder.classList.add("field-map--bare");
    none.hidden = false;
  };
  if (holder.dataset.tiles) L.tileLayer(holder.dataset.tiles, { maxZoom: 18 }).on("tileerror", bare).addTo(map);
  else bare();
  L.control.scale({ imperial: false }).addTo(map);
  const way = [];
  if (holder.dataset.lat) {
    const here = [Number(holder.dataset.lat), Number(holder.dataset.lon)];
    way.push(here);
    L.marker(here, { icon: numbered("", "map-n--here"), keyboard: false, interactive: false }).addTo(map);
  }
  for (const stop of document.querySelectorAll("[data-stop]")) {
    const at = [Number(stop.dataset.lat), Number(stop.dataset.lon)];
    way.push(at);
    const link = stop.querySelector("a");
    const marker = L.marker(at, { icon: numbered(Number(stop.dataset.n)), title: link.textContent.trim(), riseOnHover: true });
    marker.on("click", () => link.click()).addTo(map);
  }
  if (way.length > 1) L.polyline(way, { color: getComputedStyle(holder).getPropertyValue("--link").trim() || "#0a5ca8", weight: 4, opacity: 0.75, interactive: false }).addTo(map);
  if (way.length) map.fitBounds(L.latLngBounds(way), { padding: [32, 32], maxZoom: 15 });
  else map.setView([35, 105], 4);
}

if (holder && L) draw();
