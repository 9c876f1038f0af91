// Where everybody is: requests as shapes with their level, engineers as circles, stores as squares; with tiles or on a grid.
import { on, root, say, select, state } from "./board-core.js";

const L = window.L;
const CLUSTER_PX = 34;
const ROOM_PX = 20;
const NEAREST = 3;
const FAR_M = 120000;
let map = null;
let marks = null;
let lines = null;
let moved = false;

function icon(text, className, size) {
  const face = document.createElement("span");
  face.className = `mark ${className}`;
  face.textContent = text;
  return L.divIcon({ html: face, className: "mark-place", iconSize: size });
}

function put(at, text, className, title, size, onClick) {
  const zIndexOffset = className.includes("mark--chosen") ? 2000 : onClick ? 500 : 0;
  const marker = L.marker([at.lat, at.lon], { icon: icon(text, className, size), keyboard: false, title, alt: title, zIndexOffset });
  if (onClick) marker.on("click", onClick);
  marks.addLayer(marker);
}

const SIGNS = { running: "●", at_risk: "▲", breached: "■" };

/** Requests that would cover each other stand as one mark with their number; a click comes nearer. */
function clusters(points) {
  const made = [];
  for (const point of points) {
    const px = map.latLngToContainerPoint([point.lat, point.lon]);
    const near = made.find((one) => one.px.distanceTo(px) < CLUSTER_PX && point.ref !== state.selected && !one.chosen);
    if (near) near.points.push(point);
    else made.push({ px, points: [point], chosen: point.ref === state.selected });
  }
  return made;
}

function drawPoint(point) {
  const chosen = point.ref === state.selected ? " mark--chosen" : "";
  const text = `${SIGNS[point.clock] ?? "‖"}${point.level}`;
  const title = `${say("level", point.level)} ${point.ref} ${point.site} ${point.dueText}`;
  put(point, text, `mark--${point.clock || "other"}${chosen}`, title, [36, 22], () => select(point.ref));
}

function draw() {
  if (!state.picture || !map) return;
  const { rows, points, depots } = state.picture;
  marks.clearLayers();
  const shown = (what) => root.querySelector(`[data-layer="${what}"]`).checked;
  if (shown("depots")) for (const depot of depots) put(depot, "#", "mark--depot", depot.name, [18, 18]);
  for (const row of rows) {
    if (row.state === "off" || !shown("people")) continue;
    const where = row.age ? say("position", row.age) : say("home");
    put(row, row.name.slice(0, 1), `mark--person${row.old ? " mark--old" : ""}`, `${row.name} ${row.word} · ${where}`, [26, 26]);
  }
  for (const { points: some } of shown("visits") ? clusters(points) : []) {
    if (some.length === 1) drawPoint(some[0]);
    else {
      const zoomIn = () => map.setView([some[0].lat, some[0].lon], map.getZoom() + 2);
      put(some[0], String(some.length), "mark--many", `${say("more", some.length)}: ${some.map((one) => one.site).join(" ")}`, [28, 28], zoomIn);
    }
  }
}

/** The selected site in the middle, with the three nearest engineers and how far they are. */
function showSelected() {
  if (!state.picture || !map) return;
  lines.clearLayers();
  const point = state.picture.points.find((one) => one.ref === state.selected);
  if (point) {
    const colour = getComputedStyle(root).getPropertyValue("--link").trim();
    const near = state.picture.rows
      .filter((row) => row.state !== "off")
      .map((row) => ({ row, metres: map.distance([row.lat, row.lon], [point.lat, point.lon]) }))
      .sort((a, b) => a.metres - b.metres)
      .slice(0, NEAREST)
      .filter(({ metres }, index) => index === 0 || metres < FAR_M);
    for (const { row, metres } of near) {
      const line = L.polyline([[row.lat, row.lon], [point.lat, point.lon]], { color: colour, weight: 2, dashArray: "4 4", interactive: false });
      const words = say("km", (metres / 1000).toFixed(1));
      lines.addLayer(L.tooltip({ permanent: true, direction: "bottom", offset: [0, 12], className: "map-distance" }).setLatLng([row.lat, row.lon]).setContent(words));
      lines.addLayer(line);
    }
    const bounds = L.latLngBounds([[point.lat, point.lon], ...near.map(({ row }) => [row.lat, row.lon])]);
    map.fitBounds(bounds.pad(0.25), { maxZoom: 14, animate: false });
  }
  draw();
}

function grid() {
  const Grid = L.GridLayer.extend({
    createTile() {
      const tile = document.createElement("div");
      tile.className = "grid-tile";
      return tile;
    },
  });
  new Grid({ tileSize: 64 }).addTo(map);
  const note = root.querySelector("[data-map-note]");
  note.textContent = say("noTiles");
  note.hidden = false;
}

function layTiles() {
  const url = root.dataset.tiles;
  if (!url) {
    grid();
    return;
  }
  let good = 0;
  let bad = 0;
  const tiles = L.tileLayer(url, { maxZoom: 18 }).addTo(map);
  tiles.on("tileload", () => (good += 1));
  tiles.on("tileerror", () => {
    bad += 1;
    if (bad === 4 && !good) grid();
  });
}

function fitAll() {
  const { rows, points } = state.picture;
  const all = [...points, ...rows.filter((row) => row.state !== "off")].map((one) => [one.lat, one.lon]);
  // Half a mark of room on each side: a share of the bounds would waste most where the map is lowest.
  if (all.length) map.fitBounds(L.latLngBounds(all), { padding: [ROOM_PX, ROOM_PX], animate: false });
  else map.setView([31.23, 121.47], 9);
}

/** The first view fits everything, once; a map in a tab that is closed has no size to fit into and waits for it. */
function fitFirst() {
  if (moved || !state.picture || map.getSize().y <= 2 * ROOM_PX) return;
  moved = true;
  fitAll();
}

function onPicture() {
  if (!map) create();
  fitFirst();
  draw();
}

function create() {
  const box = root.querySelector("[data-map]");
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", root.querySelector("[data-map-box]").getAttribute("aria-label"));
  map = L.map(box, { zoomSnap: 0.25, preferCanvas: true, zoomControl: true, attributionControl: Boolean(root.dataset.tiles), zoomAnimation: false, fadeAnimation: false });
  map.setView([31.23, 121.47], 9);
  L.control.scale({ imperial: false }).addTo(map);
  lines = L.layerGroup().addTo(map);
  marks = L.layerGroup().addTo(map);
  layTiles();
  map.on("zoomend", draw);
  const onSize = () => {
    map.invalidateSize({ animate: false });
    fitFirst();
  };
  new ResizeObserver(onSize).observe(box);
}

export function startMap() {
  on("picture", onPicture);
  on("select", showSelected);
  root.querySelector("[data-legend]").hidden = false;
  root.querySelector("[data-legend]").addEventListener("change", draw);
}
