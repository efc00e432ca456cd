// Draws one comparison and keeps two players together. Runs once per page; `watch` brings every new payload.
// A is the query and runs down the matrix, B is the reference and runs across.
const $ = (selector) => element.querySelector(selector);
const root = $('.ck-stage'), canvas = $('canvas'), tip = $('.ck-tip');
const figures = { a: $('.ck-player[data-side=a]'), b: $('.ck-player[data-side=b]') };
const players = { a: figures.a.querySelector('video'), b: figures.b.querySelector('video') };
const GUTTER = { left: 58, top: 26, right: 1, bottom: 1 };
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
let data = null, cells = null, image = null, here = null, hover = null, playing = null, heard = 'a', ticket = 0;

const timecode = (seconds) => {
  const whole = Math.max(0, Math.floor(seconds + 1e-6));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole % 3600 / 60), whole % 60];
  const two = (n) => String(n).padStart(2, '0');
  return h ? h + ':' + two(m) + ':' + two(s) : m + ':' + two(s);
};
const span = (start, end) => timecode(start) === timecode(end) ? timecode(start) : timecode(start) + '–' + timecode(end);
const level = (i, j) => cells[i * data.b.times.length + j] / 255;
const similarity = (i, j) => data.floor + (1 - data.floor) * level(i, j);
const variable = (name) => getComputedStyle(element).getPropertyValue(name).trim();
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

// The row or column whose frame is on screen at this second.
function nearest(times, second) {
  let low = 0, high = times.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (times[middle] <= second + 0.02) low = middle; else high = middle - 1;
  }
  return low;
}
// The same as a fraction of the side, so that a playhead moves smoothly inside its cell.
function place(times, second) {
  const k = nearest(times, second), step = times.length > 1 ? times[1] - times[0] : 1;
  const width = k + 1 < times.length ? times[k + 1] - times[k] : step;
  return (k + clamp((second - times[k]) / (width || 1), 0, 1)) / times.length;
}

function show(payload) {
  pause();
  data = payload && payload.a ? payload : null;
  root.hidden = !data;
  here = hover = null;
  for (const side of ['a', 'b']) if (!data) players[side].removeAttribute('src');
  if (!data) return;
  const raw = atob(data.levels);
  cells = Uint8Array.from(raw, (letter) => letter.charCodeAt(0));
  $('.ck-sentence').textContent = data.sentence;
  $('.ck-notes').textContent = data.notes.join(' ');
  $('.ck-notes').hidden = data.notes.length === 0;
  for (const side of ['a', 'b']) showSide(side, data[side]);
  showMoments();
  $('.ck-floor').textContent = '≤ ' + data.floor.toFixed(2);
  $('.ck-play').hidden = data.a.is_picture && data.b.is_picture;
  hear('a');
  paint();
  draw();
  const first = data.matches[0];
  if (first) select(nearest(data.a.times, first.query_start), nearest(data.b.times, first.reference_start));
  else select(...closest());
}

function showSide(side, clip) {
  const figure = figures[side], video = players[side], still = figure.querySelector('img');
  const address = new URL(clip.url.split('/').map((part, k) => k < 2 ? part : encodeURIComponent(part)).join('/'), document.baseURI).href;
  video.hidden = clip.is_picture;
  still.hidden = !clip.is_picture;
  if (clip.is_picture) { still.src = address; video.removeAttribute('src'); } else if (video.src !== address) video.src = address;
  figure.querySelector('.ck-title').textContent = clip.title;
  figure.querySelector('time').textContent = clip.is_picture ? 'picture' : timecode(clip.duration);
  const track = figure.querySelector('.ck-track');
  track.replaceChildren();
  track.hidden = clip.is_picture;
  const names = side === 'a' ? ['query_start', 'query_end'] : ['reference_start', 'reference_end'];
  for (const match of data.matches) {
    const bar = document.createElement('i');
    bar.style.left = 100 * match[names[0]] / clip.duration + '%';
    bar.style.width = 100 * (Math.min(match[names[1]], clip.duration) - match[names[0]]) / clip.duration + '%';
    track.append(bar);
  }
  track.append(document.createElement('b'));
  const meter = $('.ck-meter[data-side=' + side + ']');
  meter.querySelector('strong').textContent = Math.round(100 * clip.share) + ' %';
  meter.querySelector('b').style.width = 100 * clip.share + '%';
  meter.querySelector('small').textContent = (clip.is_picture ? '' : timecode(clip.matched) + ' of ' + timecode(clip.duration) + ' · ') +
    'Chamfer similarity ' + clip.chamfer.toFixed(3);
}

function closest() {
  let best = 0;
  for (let k = 1; k < cells.length; k++) if (cells[k] > cells[best]) best = k;
  return [Math.floor(best / data.b.times.length), best % data.b.times.length];
}

function showMoments() {
  const list = $('.ck-moments ol'), none = $('.ck-none');
  list.replaceChildren();
  none.hidden = data.matches.length > 0;
  none.textContent = 'No passage is alike enough to count as a match. This is the closest pair of frames.';
  const [i, j] = closest();
  const alone = { query_start: data.a.times[i], query_end: data.a.times[i], reference_start: data.b.times[j], reference_end: data.b.times[j], score: similarity(i, j), query_best: data.a.times[i], reference_best: data.b.times[j] };
  for (const match of data.matches.length ? data.matches : [alone]) {
    const row = document.createElement('button');
    row.type = 'button';
    const pictures = document.createElement('span'), text = document.createElement('span'), score = document.createElement('span');
    pictures.className = 'ck-pair';
    for (const side of ['a', 'b']) {
      const still = document.createElement('span');
      still.className = 'ck-still';
      fillStill(still, side, side === 'a' ? match.query_best : match.reference_best);
      pictures.append(still);
    }
    text.className = 'ck-when';
    for (const [letter, when] of [['A', span(match.query_start, match.query_end)], ['B', span(match.reference_start, match.reference_end)]]) {
      const line = document.createElement('span'), name = document.createElement('b');
      name.textContent = letter;
      line.append(name, ' ' + when);
      text.append(line);
    }
    score.className = 'ck-score';
    score.textContent = match.score.toFixed(2);
    score.title = 'mean similarity';
    row.append(pictures, text, score);
    row.addEventListener('click', () => select(nearest(data.a.times, match.query_start), nearest(data.b.times, match.reference_start)));
    const item = document.createElement('li');
    item.append(row);
    list.append(item);
  }
}

function fillStill(node, side, second) {
  const stills = data[side].stills;
  node.hidden = !stills;
  if (!stills) return;
  const k = nearest(stills.times, second), column = k % stills.columns, row = Math.floor(k / stills.columns);
  node.style.backgroundImage = 'url(' + stills.data + ')';
  node.style.backgroundSize = 100 * stills.columns + '% ' + 100 * stills.rows + '%';
  node.style.backgroundPosition = (stills.columns > 1 ? 100 * column / (stills.columns - 1) : 0) + '% ' + (stills.rows > 1 ? 100 * row / (stills.rows - 1) : 0) + '%';
}

// ------------------------------------------------------------------------------------------ the matrix

// The matrix as an image of one pixel per cell, in the colours of the page.
function paint() {
  const stops = [0, 1, 2, 3, 4, 5].map((k) => variable('--ck-ramp-' + k)).map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
  const table = Array.from({ length: 256 }, (_, value) => {
    const at = value / 255 * (stops.length - 1), k = Math.min(Math.floor(at), stops.length - 2);
    return stops[k].map((low, c) => Math.round(low + (stops[k + 1][c] - low) * (at - k)));
  });
  const [rows, columns] = [data.a.times.length, data.b.times.length];
  image = document.createElement('canvas');
  image.width = columns;
  image.height = rows;
  const pixels = new ImageData(columns, rows);
  for (let k = 0; k < cells.length; k++) pixels.data.set([...table[cells[k]], 255], 4 * k);
  image.getContext('2d').putImageData(pixels, 0, 0);
}

function frame() {
  const width = canvas.clientWidth - GUTTER.left - GUTTER.right;
  return { x: GUTTER.left, y: GUTTER.top, w: width, h: canvas.clientHeight - GUTTER.top - GUTTER.bottom };
}

function draw() {
  if (!data || !canvas.clientWidth) return;
  const shape = data.a.times.length / data.b.times.length;
  const height = Math.round(clamp((canvas.clientWidth - GUTTER.left) * shape, 180, 420)) + GUTTER.top + GUTTER.bottom;
  canvas.style.height = height + 'px';
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
  const x = (second) => box.x + place(data.b.times, second) * box.w, y = (second) => box.y + place(data.a.times, second) * box.h;
  const width = Math.min(box.w / data.b.times.length, box.h / data.a.times.length);
  for (const match of data.matches) drawMatch(g, [x(match.reference_start), y(match.query_start)], [x(match.reference_end), y(match.query_end)], width);
  for (const [cell, colour] of [[hover, variable('--ck-muted')], [here, variable('--ck-ink')]]) if (cell) drawCross(g, box, cell, colour);
  if (playing) {
    g.fillStyle = variable('--ck-ink');
    g.strokeStyle = variable('--ck-page');
    g.lineWidth = 2;
    g.beginPath();
    g.arc(x(second('b')), y(second('a')), 5, 0, 7);
    g.fill();
    g.stroke();
  }
}

// A line over cells that are wide enough to be seen beside it, else a dot at both ends.
function drawMatch(g, start, end, width) {
  g.strokeStyle = variable('--ck-page');
  g.lineWidth = 2;
  if (width >= 9) {
    g.beginPath();
    g.moveTo(...start);
    g.lineTo(...end);
    g.stroke();
    return;
  }
  g.fillStyle = variable('--ck-ink');
  for (const point of [start, end]) {
    g.beginPath();
    g.arc(...point, 3.5, 0, 7);
    g.fill();
    g.stroke();
  }
}

function drawCross(g, box, [i, j], colour) {
  const w = box.w / data.b.times.length, h = box.h / data.a.times.length, left = box.x + j * w, top = box.y + i * h;
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
  const times = data[side].times, length = side === 'a' ? box.h : box.w, room = side === 'a' ? 34 : 56;
  const last = times[times.length - 1], step = STEPS.find((s) => (last - times[0]) / s * room < length) || 7200;
  g.font = '500 11.5px Inter, system-ui, sans-serif';
  g.fillStyle = variable('--ck-muted');
  for (let t = Math.ceil((times[0] - 1e-6) / step) * step; t <= last + 1e-6; t += step) {
    const at = (nearest(times, t) + 0.5) / times.length;
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
  return [Math.floor(y * data.a.times.length), Math.floor(x * data.b.times.length)];
}

function showTip(event) {
  tip.hidden = !hover;
  if (!hover) return;
  const [i, j] = hover, area = canvas.getBoundingClientRect();
  fillStill(tip.querySelector('[data-side=a]'), 'a', data.a.times[i]);
  fillStill(tip.querySelector('[data-side=b]'), 'b', data.b.times[j]);
  tip.querySelector('em').textContent = words(i, j);
  const left = clamp(event.clientX - area.left + 16, 0, area.width - tip.offsetWidth);
  const above = event.clientY - area.top - tip.offsetHeight - 14;
  tip.style.transform = 'translate(' + left + 'px,' + (above > -GUTTER.top ? above : event.clientY - area.top + 18) + 'px)';
}
const words = (i, j) => 'A ' + timecode(data.a.times[i]) + ' · B ' + timecode(data.b.times[j]) + ' · similarity ' + similarity(i, j).toFixed(2);

// ----------------------------------------------------------------------------------------- the players

const second = (side) => data[side].is_picture ? 0 : players[side].currentTime;

// Go to a cell: both players show its frames.
function select(i, j) {
  pause();
  here = [clamp(i, 0, data.a.times.length - 1), clamp(j, 0, data.b.times.length - 1)];
  seek('a', data.a.times[here[0]]);
  seek('b', data.b.times[here[1]]);
  $('.ck-here').textContent = words(...here);
  root.dataset.cell = here.join(',');
  mark();
  draw();
}
function seek(side, time) {
  const video = players[side], target = Math.min(time + 0.01, Math.max(0, data[side].duration - 0.04));
  if (data[side].is_picture) return;
  const go = () => { video.currentTime = target; };
  if (video.readyState >= 1) go(); else { video.dataset.wanted = target; video.load(); }
}
for (const video of Object.values(players)) {
  video.addEventListener('loadedmetadata', () => { if (video.dataset.wanted) { video.currentTime = Number(video.dataset.wanted); delete video.dataset.wanted; } });
  video.addEventListener('timeupdate', mark);
  video.addEventListener('seeked', mark);
}
function mark() {
  if (!data) return;
  for (const side of ['a', 'b']) {
    const head = figures[side].querySelector('.ck-track > b');
    if (head) head.style.left = 100 * clamp(second(side) / (data[side].duration || 1), 0, 1) + '%';
  }
}

// How fast B runs while A runs at 1: the slope of the match that the moment lies in.
function slope(a, b) {
  const match = data.matches.find((m) => a >= m.query_start - 0.1 && a < m.query_end && b >= m.reference_start - 0.1 && b < m.reference_end);
  if (!match || match.query_end <= match.query_start) return 1;
  return clamp((match.reference_end - match.reference_start) / (match.query_end - match.query_start), 0.25, 4);
}
const ready = (video) => new Promise((done) => {
  const check = () => (!video.seeking && video.readyState >= 3) ? done() : setTimeout(check, 30);
  check();
  setTimeout(done, 4000);
});
async function play() {
  const mine = ++ticket, sides = ['a', 'b'].filter((side) => !data[side].is_picture);
  await Promise.all(sides.map((side) => ready(players[side])));
  if (mine !== ticket) return;
  const start = { a: second('a'), b: second('b') }, rate = sides.length === 2 ? slope(start.a, start.b) : 1;
  if (!data.b.is_picture) players.b.playbackRate = rate;
  try { await Promise.all(sides.map((side) => players[side].play())); } catch (refused) { $('.ck-here').textContent = 'This browser cannot play the clip: ' + refused.message; pause(); return; }
  playing = { start, rate, sides };
  button();
  requestAnimationFrame(follow);
}
// A leads, B follows: gently by speed, with a jump when it is far off.
function follow() {
  if (!playing || !root.isConnected) return;
  const { start, rate, sides } = playing;
  if (sides.length === 2) {
    const drift = players.b.currentTime - (start.b + (players.a.currentTime - start.a) * rate);
    if (Math.abs(drift) > 0.4 && !players.b.seeking) players.b.currentTime -= drift;
    else players.b.playbackRate = clamp(rate * clamp(1 - drift, 0.85, 1.15), 0.25, 4);
    root.dataset.drift = drift.toFixed(3);
  }
  if (sides.some((side) => players[side].ended)) { pause(); draw(); return; }
  here = [nearest(data.a.times, second('a')), nearest(data.b.times, second('b'))];
  $('.ck-here').textContent = words(...here);
  mark();
  draw();
  requestAnimationFrame(follow);
}
function pause() {
  ticket++;
  playing = null;
  for (const video of Object.values(players)) video.pause();
  button();
}
function button() {
  $('.ck-play').classList.toggle('ck-on', Boolean(playing));
  $('.ck-word').textContent = playing ? 'Pause' : 'Play both from here';
}
function hear(side) {
  heard = side;
  players.a.muted = side !== 'a';
  players.b.muted = side !== 'b';
  $('.ck-sound').textContent = 'Sound: ' + side.toUpperCase();
}

// ------------------------------------------------------------------------------------------- the hands

const toggle = () => { if (playing) { pause(); draw(); } else play(); };
$('.ck-play').addEventListener('click', toggle);
$('.ck-sound').addEventListener('click', () => hear(heard === 'a' ? 'b' : 'a'));
canvas.addEventListener('pointermove', (event) => { hover = data && cellAt(event); draw(); showTip(event); });
canvas.addEventListener('pointerleave', () => { hover = null; tip.hidden = true; draw(); });
canvas.addEventListener('click', (event) => { const cell = cellAt(event); if (cell) select(...cell); });
canvas.addEventListener('keydown', (event) => {
  const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }, move = moves[event.key];
  if (event.key === ' ' || event.key === 'Enter') toggle();
  else if (move) select(here[0] + move[0] * (event.shiftKey ? 5 : 1), here[1] + move[1] * (event.shiftKey ? 5 : 1));
  else return;
  event.preventDefault();
});
for (const side of ['a', 'b']) {
  figures[side].querySelector('.ck-screen').addEventListener('click', toggle);
  // A place on one clip's track: go there, and to the frame of the other clip that is most like it.
  figures[side].querySelector('.ck-track').addEventListener('click', (event) => {
    const area = event.currentTarget.getBoundingClientRect();
    const at = nearest(data[side].times, (event.clientX - area.left) / area.width * data[side].duration);
    const others = data[side === 'a' ? 'b' : 'a'].times.length;
    let best = 0;
    for (let k = 1; k < others; k++) if ((side === 'a' ? level(at, k) > level(at, best) : level(k, at) > level(best, at))) best = k;
    if (side === 'a') select(at, best); else select(best, at);
  });
}
new ResizeObserver(draw).observe(canvas.parentElement);
new MutationObserver(() => { if (data) { paint(); draw(); } }).observe(document.body, { attributes: true, attributeFilter: ['class'] });
watch('value', () => show(props.value));
show(props.value);
