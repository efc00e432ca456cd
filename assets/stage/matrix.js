// The frame-to-frame matrix on a canvas: A runs down, B runs across. Knows cells and seconds; asks for a pair of
// seconds when a cell is picked.

const GUTTER = { left: 58, top: 26, right: 1, bottom: 1 };
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];

function createMatrix(root, { pick, toggle, fill }) {
  const canvas = root.querySelector('.ck-canvas canvas'), tip = root.querySelector('.ck-tip');
  let view = null, cells = null, image = null, hover = null, state = { here: [0, 0], matches: [], half: { a: 0, b: 0 }, isPlaying: false };

  const variable = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const similarity = (i, j) => view.floor + (view.ceiling - view.floor) * cells[i * view.columns.length + j] / 255;

  function show(next) {
    view = next;
    hover = null;
    tip.hidden = true;
    cells = Uint8Array.from(atob(view.levels), (letter) => letter.charCodeAt(0));
    root.querySelector('.ck-floor').textContent = '≤ ' + view.floor.toFixed(2);
    root.querySelector('.ck-ceiling').textContent = view.ceiling.toFixed(2);
    paint();
  }

  // The matrix as an image of one pixel per cell, in the colours of the page.
  function paint() {
    if (!view) return;
    const stops = [0, 1, 2, 3, 4, 5].map((k) => variable('--ck-ramp-' + k)).map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
    const table = Array.from({ length: 256 }, (_, value) => {
      const at = value / 255 * (stops.length - 1), k = Math.min(Math.floor(at), stops.length - 2);
      return stops[k].map((low, c) => Math.round(low + (stops[k + 1][c] - low) * (at - k)));
    });
    image = document.createElement('canvas');
    [image.width, image.height] = [view.columns.length, view.rows.length];
    const pixels = new ImageData(image.width, image.height);
    for (let k = 0; k < cells.length; k++) pixels.data.set([...table[cells[k]], 255], 4 * k);
    image.getContext('2d').putImageData(pixels, 0, 0);
    draw();
  }

  const frame = () => ({ x: GUTTER.left, y: GUTTER.top, w: canvas.clientWidth - GUTTER.left - GUTTER.right, h: canvas.clientHeight - GUTTER.top - GUTTER.bottom });

  // `next` has `here` (the seconds of A and B that are shown), `matches`, `half` a sampling step, and `isPlaying`.
  function draw(next) {
    if (next) state = next;
    if (!view || !canvas.clientWidth) return;
    const shape = view.rows.length / view.columns.length;
    const height = Math.round(clamp((canvas.clientWidth - GUTTER.left) * shape, 180, 420)) + GUTTER.top + GUTTER.bottom;
    if (canvas.style.height !== height + 'px') canvas.style.height = height + 'px';
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(canvas.clientWidth * ratio);
    canvas.height = Math.round(height * ratio);
    const g = canvas.getContext('2d'), box = frame();
    g.scale(ratio, ratio);
    g.imageSmoothingEnabled = false;
    g.drawImage(image, box.x, box.y, box.w, box.h);
    g.strokeStyle = variable('--ck-line');
    g.lineWidth = 1;
    g.strokeRect(box.x - 0.5, box.y - 0.5, box.w + 1, box.h + 1);
    drawAxis(g, box, 'a');
    drawAxis(g, box, 'b');
    const x = (second) => box.x + place(view.columns, second) * box.w, y = (second) => box.y + place(view.rows, second) * box.h;
    const width = Math.min(box.w / view.columns.length, box.h / view.rows.length);
    // A passage begins and ends halfway between two frames; a cell begins where its frame is on show.
    for (const match of state.matches) drawMatch(g, match.path.map(([a, b]) => [x(b + state.half.b), y(a + state.half.a)]), width);
    if (hover) drawCross(g, box, hover, variable('--ck-muted'));
    drawCross(g, box, here(), variable('--ck-ink'));
    if (!state.isPlaying) return;
    g.fillStyle = variable('--ck-ink');
    g.strokeStyle = variable('--ck-page');
    g.lineWidth = 2;
    g.beginPath();
    g.arc(x(state.here[1] + state.half.b), y(state.here[0] + state.half.a), 5, 0, 7);
    g.fill();
    g.stroke();
  }

  // A line over cells that are wide enough to be seen beside it, else a dot at both ends.
  function drawMatch(g, points, width) {
    g.strokeStyle = variable('--ck-page');
    g.lineWidth = 2;
    if (width >= 9) {
      g.beginPath();
      points.forEach((point, k) => k ? g.lineTo(...point) : g.moveTo(...point));
      for (const [colour, thick] of [[variable('--ck-page'), 4], [variable('--ck-ink'), 1.5]]) { // seen on light cells and on dark ones
        [g.strokeStyle, g.lineWidth] = [colour, thick];
        g.stroke();
      }
      return;
    }
    g.fillStyle = variable('--ck-ink');
    for (const point of [points[0], points[points.length - 1]]) {
      g.beginPath();
      g.arc(...point, 3.5, 0, 7);
      g.fill();
      g.stroke();
    }
  }

  function drawCross(g, box, [i, j], colour) {
    const w = box.w / view.columns.length, h = box.h / view.rows.length, left = box.x + j * w, top = box.y + i * h;
    g.globalAlpha = 0.35;
    g.strokeStyle = colour;
    g.lineWidth = 1;
    g.beginPath();
    g.moveTo(box.x, top + h / 2);
    g.lineTo(left, top + h / 2);
    g.moveTo(left + w / 2, box.y);
    g.lineTo(left + w / 2, top);
    g.stroke();
    g.globalAlpha = 1;
    const size = [Math.max(w, 9), Math.max(h, 9)];
    for (const [ring, width] of [[variable('--ck-page'), 4], [colour, 2]]) {
      g.strokeStyle = ring;
      g.lineWidth = width;
      g.strokeRect(left + w / 2 - size[0] / 2, top + h / 2 - size[1] / 2, size[0], size[1]);
    }
  }

  function drawAxis(g, box, side) {
    const times = side === 'a' ? view.rows : view.columns, length = side === 'a' ? box.h : box.w, room = side === 'a' ? 34 : 56;
    const last = times[times.length - 1], step = STEPS.find((s) => (last - times[0]) / s * room < length) || 7200;
    g.font = '500 11.5px Inter, system-ui, sans-serif';
    g.fillStyle = variable('--ck-muted');
    for (let t = Math.ceil((times[0] - 1e-6) / step) * step; t <= last + 1e-6; t += step) {
      const k = nearest(times, t), at = (k + 0.5) / times.length;
      if (t > times[k] + step / 2 && times.length > 1) continue; // the cell is wider than that: it has its label already
      if (side === 'a') { g.textAlign = 'right'; g.textBaseline = 'middle'; g.fillText(timecode(t), box.x - 8, box.y + at * box.h); }
      else { g.textAlign = at * box.w < 14 ? 'left' : 'center'; g.textBaseline = 'alphabetic'; g.fillText(timecode(t), box.x + at * box.w, box.y - 9); }
    }
    g.fillStyle = variable('--ck-accent');
    g.font = '650 12px Inter, system-ui, sans-serif';
    g.textAlign = 'left';
    g.textBaseline = 'alphabetic';
    if (side === 'a') g.fillText('A ↓', 0, box.y - 9); else g.fillText('B →', 29, box.y - 9);
  }

  function cellAt(event) {
    const area = canvas.getBoundingClientRect(), box = frame();
    const [x, y] = [(event.clientX - area.left - box.x) / box.w, (event.clientY - area.top - box.y) / box.h];
    if (x < 0 || y < 0 || x >= 1 || y >= 1) return null;
    return [Math.floor(y * view.rows.length), Math.floor(x * view.columns.length)];
  }
  // The cell whose frames are closest to what is shown, so that a place on the line of a match is in a cell of that line.
  const here = () => [nearest(view.rows, state.here[0] + state.half.a), nearest(view.columns, state.here[1] + state.half.b)];
  const words = (i, j) => 'A ' + timecode(view.rows[i]) + ' · B ' + timecode(view.columns[j]) + ' · similarity ' + similarity(i, j).toFixed(2);
  function choose(i, j) {
    const cell = [clamp(i, 0, view.rows.length - 1), clamp(j, 0, view.columns.length - 1)];
    pick(view.rows[cell[0]], view.columns[cell[1]]);
  }

  // The closest pair of frames, as seconds; with a second of one side, the closest to that.
  function closest(a, b) {
    const rows = a === undefined ? view.rows.map((_, i) => i) : [nearest(view.rows, a)];
    const columns = b === undefined ? view.columns.map((_, j) => j) : [nearest(view.columns, b)];
    let best = [rows[0], columns[0]];
    for (const i of rows) for (const j of columns) if (similarity(i, j) > similarity(...best)) best = [i, j];
    return { a: view.rows[best[0]], b: view.columns[best[1]], similarity: similarity(...best) };
  }

  canvas.addEventListener('pointermove', (event) => {
    hover = view && cellAt(event);
    draw();
    tip.hidden = !hover;
    if (!hover) return;
    const [i, j] = hover, area = canvas.getBoundingClientRect();
    fill(tip.querySelector('[data-side=a]'), 'a', view.rows[i]);
    fill(tip.querySelector('[data-side=b]'), 'b', view.columns[j]);
    tip.querySelector('em').textContent = words(i, j);
    const left = clamp(event.clientX - area.left + 16, 0, Math.max(0, area.width - tip.offsetWidth));
    const above = event.clientY - area.top - tip.offsetHeight - 14;
    tip.style.transform = 'translate(' + left + 'px,' + (above > -GUTTER.top ? above : event.clientY - area.top + 18) + 'px)';
  });
  canvas.addEventListener('pointerleave', () => { hover = null; tip.hidden = true; draw(); });
  canvas.addEventListener('click', (event) => { const cell = view && cellAt(event); if (cell) choose(...cell); });
  canvas.addEventListener('keydown', (event) => {
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }, move = moves[event.key];
    if (event.key === ' ' || event.key === 'Enter') toggle();
    else if (move && view) { const [i, j] = here(), far = event.shiftKey ? 5 : 1; choose(i + move[0] * far, j + move[1] * far); }
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  new ResizeObserver(() => draw()).observe(canvas.parentElement);
  return { show, draw, paint, closest, words: () => words(...here()), cell: here };
}
