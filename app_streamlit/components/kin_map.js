// How alike every two clips are, like next to like: a cell for each pair, groups framed. Rows and columns are the same
// clips in the same order. Numbers stand in the cells and titles beside them where there is room.

const LABELS = 190, ROOM_FOR_LABEL = 13, ROOM_FOR_NUMBER = 30, FAINT = 0.1;

function scale(ramp) {
  const stops = ramp.map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
  return (value) => {
    const at = Math.min(1, Math.max(0, value)) * (stops.length - 1), k = Math.min(Math.floor(at), stops.length - 2);
    return stops[k].map((low, c) => Math.round(low + (stops[k + 1][c] - low) * (at - k)));
  };
}

function box(root) {
  const { canvas } = root, count = root.data.clips.length, width = canvas.clientWidth;
  const left = (width - LABELS) / count >= ROOM_FOR_LABEL && width > 640 ? LABELS : 0;
  const cell = (width - left - 1) / count;
  return { left, cell, side: cell * count, count };
}

function draw(root) {
  const { canvas, data } = root;
  if (!canvas.clientWidth) return;
  const { left, cell, side, count } = box(root), ratio = window.devicePixelRatio || 1;
  canvas.style.height = `${side + 1}px`;
  canvas.width = Math.round(canvas.clientWidth * ratio);
  canvas.height = Math.round((side + 1) * ratio);
  const g = canvas.getContext("2d"), style = getComputedStyle(canvas);
  const [ink, ground, accent] = ["--st-text-color", "--st-background-color", "--st-primary-color"].map((name) => style.getPropertyValue(name));
  const colour = scale(data.ramp), gap = cell > 8 ? 1 : 0;
  g.scale(ratio, ratio);
  g.font = `500 12px ${style.fontFamily}`;
  g.textBaseline = "middle";
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) {
      const value = root.cells[i * count + j], rgb = colour(value);
      g.fillStyle = `rgb(${rgb.join(",")})`;
      g.fillRect(left + j * cell, i * cell, cell - gap, cell - gap);
      if (cell < ROOM_FOR_NUMBER || i === j) continue;
      const bright = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2] > 140;
      const alpha = value < FAINT ? 0.4 : 0.88; // so that the table of strangers recedes
      g.fillStyle = bright ? `rgb(28 27 25 / ${alpha})` : `rgb(255 255 255 / ${alpha})`;
      g.textAlign = "center";
      g.font = `500 ${Math.min(12, cell * 0.32)}px ${style.fontFamily}`;
      g.fillText(value.toFixed(2).replace(/^0/, ""), left + (j + 0.5) * cell - gap / 2, (i + 0.5) * cell);
    }
    if (!left) continue;
    g.font = `500 12px ${style.fontFamily}`;
    g.textAlign = "left";
    g.fillStyle = ink;
    g.globalAlpha = 0.75;
    g.fillText(cut(g, data.clips[i].title, left - 14), 0, (i + 0.5) * cell);
    g.globalAlpha = 1;
  }
  for (const [first, length] of data.groups) {
    g.strokeStyle = accent;
    g.lineWidth = 2;
    g.strokeRect(left + first * cell - 0.5, first * cell + 0.5, length * cell, length * cell - 1);
  }
  for (const [at, width, tone] of [[root.hover, 1.5, ink], [root.here, 2.5, accent]]) {
    if (!at) continue;
    for (const [line, shade] of [[width + 2, ground], [width, tone]]) {
      g.lineWidth = line;
      g.strokeStyle = shade;
      g.strokeRect(left + at[1] * cell, at[0] * cell, cell - gap, cell - gap);
    }
  }
}

function cut(g, text, room) {
  if (g.measureText(text).width <= room) return text;
  let end = text.length;
  while (end > 1 && g.measureText(`${text.slice(0, end)}…`).width > room) end--;
  return `${text.slice(0, end).trimEnd()}…`;
}

function cellAt(root, event) {
  const area = root.canvas.getBoundingClientRect(), { left, cell, count } = box(root);
  const [i, j] = [Math.floor((event.clientY - area.top) / cell), Math.floor((event.clientX - area.left - left) / cell)];
  return i >= 0 && j >= 0 && i < count && j < count ? [i, j] : null;
}

function words(root, [i, j]) {
  const { clips } = root.data;
  return [`${clips[i].title} · ${clips[j].title}`, `similarity ${root.cells[i * clips.length + j].toFixed(2)}`];
}

function point(root, event) {
  const { tip, canvas, data } = root;
  root.hover = cellAt(root, event);
  draw(root);
  tip.hidden = !root.hover;
  if (!root.hover) return;
  const [pair, value] = words(root, root.hover);
  tip.querySelector("[data-side=row]").src = data.clips[root.hover[0]].thumb;
  tip.querySelector("[data-side=column]").src = data.clips[root.hover[1]].thumb;
  tip.querySelector("b").textContent = value;
  tip.querySelector("span").textContent = pair;
  const area = canvas.getBoundingClientRect(), [x, y] = [event.clientX - area.left, event.clientY - area.top];
  const left = Math.min(Math.max(0, x + 16), Math.max(0, area.width - tip.offsetWidth));
  tip.style.transform = `translate(${left}px, ${y > tip.offsetHeight + 20 ? y - tip.offsetHeight - 12 : y + 20}px)`;
}

function key(root, event) {
  const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }, move = moves[event.key];
  const last = root.data.clips.length - 1;
  if (move) {
    const [i, j] = root.here || [0, 0];
    root.here = [Math.min(last, Math.max(0, i + move[0])), Math.min(last, Math.max(0, j + move[1]))];
    root.querySelector(".told").textContent = words(root, root.here).join(", ");
    draw(root);
  } else if (event.key === "Enter" && root.here) compare(root, root.here);
  else return;
  event.preventDefault();
}

function compare(root, [i, j]) {
  const { clips } = root.data;
  if (i !== j) root.say("compared", [clips[i].id, clips[j].id]);
}

export default function ({ data, parentElement: root, setTriggerValue }) {
  Object.assign(root, { data, say: setTriggerValue, canvas: root.querySelector("canvas"), tip: root.querySelector(".tip") });
  root.cells = Float32Array.from(new Uint8Array(Uint8Array.from(atob(data.levels), (letter) => letter.charCodeAt(0))), (level) => level / 255);
  root.querySelector(".legend i").style.setProperty("--ramp", `linear-gradient(90deg, ${data.ramp.join(", ")})`);
  if (root.answer !== data.answer) Object.assign(root, { answer: data.answer, hover: null, here: null });
  root.canvas.onpointermove = (event) => point(root, event);
  root.canvas.onpointerleave = () => { root.hover = null; root.tip.hidden = true; draw(root); };
  root.canvas.onclick = (event) => { const at = cellAt(root, event); if (at) compare(root, at); };
  root.canvas.onkeydown = (event) => key(root, event);
  root.watcher ??= new ResizeObserver(() => draw(root));
  root.watcher.observe(root.querySelector(".chart"));
  draw(root);
  return () => root.watcher.disconnect();
}
