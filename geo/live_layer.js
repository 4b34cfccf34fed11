// The live layer of Whistlemap: one Leaflet map that is drawn once and then fed by URLs.
//
// Python says what to show by `window.whistlemap.set(state)`; this file fetches shapes once and figures every
// few seconds, and changes colours in place. It never makes the map anew, so the reader's view survives.
// Names come from imported files: they are only ever written as textContent, never as HTML.
function whistlemapLive(map, options) {
  "use strict";
  const EMPTY = {
    areas: null, values: null, heat: null, outline: null, fit: null, selected: null, labels: false, words: {},
  };
  const AREA = {color: "#ffffff", weight: 1, fillColor: "#e9edf2", fillOpacity: 1, fill: true};
  const BARE = {color: "#b4bdc9", fillColor: "#ffffff"}; // areas without figures, under a heat map
  const HEAT_COLOURS = {0.15: "#fed976", 0.4: "#fd8d3c", 0.65: "#e31a1c", 1: "#800026"};
  const MOST_LABELS = 60, TIMEOUT = 20000, SLOW = 800;

  let state = EMPTY;
  let values = null; // the last answer, with the url it came from
  let painted = null; // the answer whose colours are on the map: legend, note and tooltips speak of this one
  let heat = null;
  let shown = {url: null, layer: null, synthetic: false}; // the areas on the map
  let outline = {url: null, layer: null, synthetic: false};
  let selection = null;
  let fitted = null, fittedView = null;

  // --- panes, from below: areas, heat, parents' borders, the selected area; only areas take the mouse
  ["heat", "outline", "selected"].forEach((name, at) => {
    const pane = map.createPane("whistlemap-" + name);
    pane.style.zIndex = 410 + 10 * at;
    pane.style.pointerEvents = "none";
  });
  function crisp(pane) { // a canvas on the pixel grid: after a jump Leaflet leaves it a fraction off, and blurred
    const drawn = L.canvas({pane, padding: 0.5}), reset = drawn._reset;
    drawn._reset = function () { reset.call(this); L.DomUtil.setPosition(this._container, this._bounds.min); };
    return drawn;
  }
  const canvas = crisp("overlayPane"); // one for all levels: shapes are swapped within one frame
  const outlineCanvas = crisp("whistlemap-outline"), selectedCanvas = crisp("whistlemap-selected");
  const labels = L.layerGroup().addTo(map);
  const heatLayer = L.heatLayer([], {pane: "whistlemap-heat", gradient: HEAT_COLOURS, minOpacity: 0.02});

  // --- small helpers
  const make = (tag, kind, text) => {
    const element = L.DomUtil.create(tag, kind);
    if (text !== undefined && text !== null) element.textContent = text;
    return element;
  };
  const word = (key) => state.words[key] || "";

  // One running request per purpose. A newer one cancels the older, so no answer arrives out of order;
  // resolves to null when cancelled or failed (the picture then stays as it is).
  const running = {}, answered = {}, failing = new Set(), slow = new Set(), opened = Date.now();
  async function get(purpose, url, revalidate) {
    const before = running[purpose];
    if (before && before.url === url) return null; // still on its way: do not starve a slow server
    if (before) before.control.abort();
    const mine = (running[purpose] = {url, control: new AbortController()});
    const late = setTimeout(() => mine.control.abort(), TIMEOUT);
    const lazy = setTimeout(() => { slow.add(purpose); drawNote(); }, SLOW);
    try {
      const target = new URL(url, location.href);
      if (target.origin !== location.origin) throw new Error("refused: " + target.origin);
      const answer = await fetch(target, {signal: mine.control.signal, cache: revalidate ? "no-cache" : "default"});
      if (!answer.ok) throw new Error(answer.status + " " + url);
      const body = await answer.json();
      if (running[purpose] !== mine) return null;
      failing.delete(purpose);
      answered[purpose] = Date.now();
      return body;
    } catch (error) {
      if (running[purpose] === mine) failing.add(purpose);
      return null;
    } finally {
      clearTimeout(late);
      clearTimeout(lazy);
      if (running[purpose] === mine) { delete running[purpose]; slow.delete(purpose); drawNote(); }
    }
  }
  function forget(purpose) { // nothing is wanted of this feed any more
    if (running[purpose]) running[purpose].control.abort();
    delete running[purpose];
    failing.delete(purpose);
    slow.delete(purpose);
  }

  // --- figures: colours and tooltips
  async function loadValues() {
    const url = state.values;
    if (!url) {
      forget("values");
      values = null;
      if (painted || !bare) paint();
      return;
    }
    const answer = await get("values", url, true);
    if (!answer || url !== state.values) return;
    const same = values && values.url === url && values.version === answer.version;
    values = Object.assign(answer, {url});
    if (!same) paint();
  }
  let bare = false; // no figures wanted: areas are paper under a heat map
  function choose() {
    painted = values && values.url === state.values ? values : null;
    bare = !state.values;
  }
  const valueOf = (area) => (painted && (painted.values || {})[area.properties.key]) || {};
  const noData = () => (painted && painted.legend && painted.legend.no_data) || {};
  function styleOf(feature) {
    if (bare) return {...AREA, ...BARE};
    return {...AREA, fillColor: valueOf(feature).color || noData().color || AREA.fillColor};
  }
  function paint() {
    if (shown.url !== state.areas) return; // the level is being changed: its swap paints
    choose();
    if (shown.layer) {
      shown.layer.eachLayer((area) => {
        const style = styleOf(area.feature);
        if (area.options.fillColor !== style.fillColor || area.options.color !== style.color) area.setStyle(style);
      });
      if (shown.layer.isTooltipOpen()) shown.layer.getTooltip().update();
    }
    drawLabels();
    drawLegend();
    drawNote();
  }
  function tooltip(area) {
    const box = make("div"), text = valueOf(area.feature).text || noData().label || "";
    box.append(make("b", "", area.feature.properties.name));
    String(text).split("\n").filter(Boolean).forEach((line) => box.append(make("div", "", line)));
    return box;
  }

  // --- shapes: fetched when their URL changes; the new layer is on the map before the old one leaves
  const dot = (feature, at) => L.circleMarker(at, {radius: 6}); // Leaflet's own marker would need pictures
  const anySynthetic = (shapes) => (shapes.features || []).some((f) => f.properties && f.properties.synthetic);
  async function loadAreas(figures) {
    const url = state.areas;
    if (url === shown.url) return forget("areas");
    let shapes = {features: []};
    if (url) {
      const wait = new Promise((resolve) => setTimeout(resolve, 2000));
      shapes = await get("areas", url);
      if (shapes) await Promise.race([figures, wait]); // so that the new level appears in its colours
    }
    if (!shapes || url !== state.areas || url === shown.url) return;
    choose();
    const layer = L.geoJSON(shapes, {renderer: canvas, style: styleOf, pointToLayer: dot});
    layer.bindTooltip(tooltip, {sticky: true, className: "whistlemap-tip"});
    layer.on("click", clicked);
    layer.on("mouseover", (e) => e.propagatedFrom.setStyle({weight: 2, color: "#475569"}).bringToFront());
    layer.on("mouseout", (e) => e.propagatedFrom.setStyle({weight: AREA.weight, color: (bare ? BARE : AREA).color}));
    layer.addTo(map);
    if (shown.layer) shown.layer.remove();
    shown = {url, layer, synthetic: anySynthetic(shapes)};
    select();
    paint();
  }
  async function loadOutline() {
    const url = state.outline;
    if (url === outline.url) return forget("outline");
    const shapes = url ? await get("outline", url) : {features: []};
    if (!shapes || url !== state.outline || url === outline.url) return;
    const line = {interactive: false, fill: false, color: "#64748b", weight: 1.4, opacity: 0.9};
    const layer = L.geoJSON(shapes, {renderer: outlineCanvas, pointToLayer: dot, ...line}).addTo(map);
    if (outline.layer) outline.layer.remove();
    outline = {url, layer, synthetic: anySynthetic(shapes)};
    drawNote();
  }
  function clicked(event) {
    if (event.originalEvent && event.originalEvent.detail > 1) return; // the second half of a double click
    const {key, code, name, level} = event.propagatedFrom.feature.properties;
    shown.layer.closeTooltip();
    // the number starts at the clock, so that it also grows when the frame is made anew
    clicks = Math.max(clicks + 1, Date.now());
    if (window.Streamlit) window.Streamlit.setComponentValue({clicked: {key, code, name, level}, n: clicks});
  }
  let clicks = 0;
  function select() {
    if (selection) selection.remove();
    selection = null;
    if (!shown.layer || state.selected === null) return;
    const key = String(state.selected);
    const found = shown.layer.getLayers().find((area) => String(area.feature.properties.key) === key);
    if (!found) return;
    const ring = (color, weight) => L.geoJSON(found.feature, {
      renderer: selectedCanvas, interactive: false, fill: false, color, weight, pointToLayer: dot,
    });
    selection = L.layerGroup([ring("#ffffff", 6), ring("#1e293b", 3)]).addTo(map);
  }
  function fit(again) {
    const wanted = JSON.stringify(state.fit);
    if (!state.fit || (wanted === fitted && !again)) return;
    map.once("moveend", () => { fittedView = {at: map.getCenter(), zoom: map.getZoom()}; });
    map.fitBounds(state.fit, {padding: [14, 14], animate: fitted !== null && !again});
    fitted = wanted;
  }
  function refit() { // the frame got its size or another one: look again, unless the reader has looked elsewhere
    if (!fittedView || !map.getSize().x || map.getZoom() !== fittedView.zoom) return;
    if (map.project(map.getCenter()).distanceTo(map.project(fittedView.at)) < 4) fit(true);
  }

  // --- heat: weighted cells of the view, on one canvas that is never made anew
  function heatUrl() {
    // snapped outwards to half a tile, so that neighbours on other screens ask the same question
    const zoom = Math.round(map.getZoom()), step = 180 / 2 ** zoom, view = map.getBounds();
    const snap = (value, round, limit) => Math.max(-limit, Math.min(limit, round(value / step) * step)).toFixed(6);
    const place = {
      w: snap(view.getWest(), Math.floor, 180), s: snap(view.getSouth(), Math.floor, 85),
      e: snap(view.getEast(), Math.ceil, 180), n: snap(view.getNorth(), Math.ceil, 85), z: zoom,
    };
    return state.heat.replace(/\{([wsenz])\}/g, (whole, key) => place[key]);
  }
  async function loadHeat() {
    const feed = state.heat;
    if (!feed) {
      forget("heat");
      if (heat) showHeat(null);
      return;
    }
    if (!map.getSize().x || !map.getSize().y) return; // a hidden tab
    const url = heatUrl();
    const answer = await get("heat", url, true);
    if (!answer || feed !== state.heat) return;
    if (!heat || heat.url !== url || heat.version !== answer.version) showHeat(Object.assign(answer, {url}));
  }
  function showHeat(answer) {
    heat = answer;
    if (!map.hasLayer(heatLayer)) steady(heatLayer.addTo(map)._heat);
    const most = (heat && heat.max) || 1;
    sizeHeat();
    // by the root of the share: complaints crowd so much that a straight scale would show one spot and nothing else
    const cells = ((heat && heat.cells) || []).map(([lat, lon, weight]) => [lat, lon, Math.sqrt(weight / most)]);
    heatLayer.setLatLngs(cells);
    drawLegend();
    drawNote();
  }
  function steady(drawing) {
    // leaflet.heat scales by the densest spot in view: hold the answer's scale, so that a colour keeps its meaning
    const data = drawing.data, draw = drawing.draw;
    drawing.max = () => Object.assign(drawing, {_max: 1});
    drawing.data = (points) => data.call(drawing, points.map(([x, y, weight]) => [x, y, Math.min(1, weight)]));
    // and it throws on a frame without a size
    drawing.draw = (opacity) => (drawing._width && drawing._height ? draw.call(drawing, opacity) : drawing);
  }
  function sizeHeat() {
    if (!heat) return;
    // a cell's side in pixels if the answer names it in metres, else by zoom
    const metres = 40075016.686 * Math.cos(map.getCenter().lat * Math.PI / 180) / 2 ** (map.getZoom() + 8);
    const side = heat.cell_m ? heat.cell_m / metres : 5 + map.getZoom();
    // reach 1.8 sides: smooth, yet below the two sides at which leaflet.heat would melt neighbours into one
    const radius = Math.max(5, Math.min(36, Math.round(0.75 * side))), blur = Math.floor(1.4 * radius);
    if (heatLayer.options.radius !== radius) heatLayer.setOptions({radius, blur});
  }

  // --- labels, legend, note
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = "12px sans-serif";
  function drawLabels() {
    labels.clearLayers();
    if (!state.labels || !shown.layer) return;
    const view = map.getBounds();
    const seen = shown.layer.getLayers().filter((area) => area.getBounds && view.intersects(area.getBounds()));
    if (seen.length >= MOST_LABELS) return;
    seen.forEach((area) => {
      const parts = area.feature.geometry.type === "MultiPolygon" ? area.getLatLngs() : [area.getLatLngs()];
      const boxes = parts.map((part) => L.bounds(part[0].map((at) => map.latLngToLayerPoint(at))));
      const sizes = boxes.map((box) => box.getSize().x * box.getSize().y);
      const biggest = sizes.indexOf(Math.max(...sizes)), room = boxes[biggest].getSize();
      const name = String(area.feature.properties.name || "");
      if (pen.measureText(name).width + 6 > room.x || room.y < 18) return;
      const at = L.PolyUtil.polygonCenter(parts[biggest][0], map.options.crs);
      const text = make("span", isDark(area.options.fillColor) ? "whistlemap-on-dark" : "", name);
      // an icon without a size, centred by style: Leaflet's tooltips measure themselves before its style sheet is there
      const icon = L.divIcon({className: "whistlemap-label", iconSize: [0, 0], html: text});
      labels.addLayer(L.marker(at, {icon, interactive: false, keyboard: false}));
    });
  }
  function isDark(colour) {
    const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
    return 0.3 * r + 0.59 * g + 0.11 * b < 130;
  }
  const card = (position, kind) => {
    const control = L.control({position}), box = make("div", "whistlemap-card " + kind);
    box.hidden = true;
    L.DomEvent.disableClickPropagation(box).disableScrollPropagation(box);
    control.onAdd = () => box;
    control.addTo(map);
    return box;
  };
  const zoom = L.control.zoom({zoomInTitle: "", zoomOutTitle: ""}).addTo(map);
  const legendBox = card("bottomright", "whistlemap-legend");
  const noteBox = card("bottomleft", "whistlemap-note");
  L.control.scale({imperial: false, position: "bottomleft"}).addTo(map);

  // rewritten only when it says something new
  function fill(box, lines) {
    const said = JSON.stringify(lines.map((line) => [line.outerHTML]));
    if (box.said === said) return;
    box.said = said;
    box.replaceChildren(...lines);
    box.hidden = !lines.length;
  }
  function drawLegend() {
    const rows = [];
    const row = ({label, color}) => {
      const line = make("div", "whistlemap-class"), swatch = make("i");
      swatch.style.backgroundColor = color;
      line.append(swatch, make("span", "", label));
      rows.push(line);
    };
    [painted, heat].forEach((answer) => {
      const legend = answer && answer.legend;
      if (!legend) return;
      if (legend.title) rows.push(make("b", "", legend.title));
      (legend.classes || []).forEach(row);
      if (legend.no_data) row(legend.no_data);
    });
    fill(legendBox, rows);
  }
  function drawNote() {
    const lines = [], say = (kind, text) => text && lines.push(make("div", kind, text));
    if (failing.size) {
      const since = Math.min(...[...failing].map((purpose) => answered[purpose] || opened));
      const age = Math.round((Date.now() - since) / 1000);
      const two = (n) => String(n).padStart(2, "0");
      const hours = Math.floor(age / 3600), minutes = Math.floor(age / 60) % 60;
      const clock = (hours ? hours + ":" : "") + two(minutes) + ":" + two(age % 60);
      say("whistlemap-offline", word("offline") + " " + clock);
    }
    if (shown.synthetic || outline.synthetic) say("whistlemap-synthetic", word("synthetic"));
    const at = [painted, heat].map((answer) => answer && answer.data_at).find(Boolean);
    if (at) say("", word("data_at") + " " + String(at).replace("T", " ").slice(0, 16));
    new Set([painted, heat].map((answer) => answer && answer.note)).forEach((text) => say("", text));
    if (slow.size) say("whistlemap-loading", word("loading"));
    fill(noteBox, lines);
  }

  // --- the clockwork
  function tick() {
    if (document.hidden) return;
    drawNote(); // the age of a broken connection grows
    loadAreas(loadValues());
    loadOutline();
    loadHeat();
  }
  let moved = null;
  map.on("moveend", () => {
    drawLabels();
    clearTimeout(moved);
    moved = setTimeout(() => { if (state.heat && !document.hidden) loadHeat(); }, 200);
  });
  map.on("zoomend", sizeHeat);
  map.on("resize", refit);
  document.addEventListener("visibilitychange", tick);
  setInterval(tick, options.refresh * 1000);

  window.whistlemap = {
    set(next) {
      state = {...EMPTY, ...next};
      state.words = state.words || {};
      [[zoom._zoomInButton, word("zoom_in")], [zoom._zoomOutButton, word("zoom_out")]].forEach(([button, text]) => {
        button.title = text;
        button.setAttribute("aria-label", text);
      });
      fit();
      select();
      drawLabels();
      tick();
    },
  };
}
