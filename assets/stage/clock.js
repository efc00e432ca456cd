// Seconds in words, and seconds on an axis of sampled frames. The first of the scripts that make up the stage.

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

function timecode(seconds) {
  const whole = Math.max(0, Math.floor(seconds + 1e-6));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole % 3600 / 60), whole % 60];
  const two = (n) => String(n).padStart(2, '0');
  return h ? h + ':' + two(m) + ':' + two(s) : m + ':' + two(s);
}

const span = (start, end) => timecode(start) === timecode(end) ? timecode(start) : timecode(start) + '–' + timecode(end);

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

// An element with a class and text; what is data goes in as text and never as markup.
function made(tag, name, text) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
}
