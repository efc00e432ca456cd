// An outline drawn by hand: thinned to few corners, tested against the same 16-bit numbers on both sides of the wire,
// and written into the address.

const CORNERS = 96; // at most, in what is sent and linked
const BESIDE = 0x70000; // 65535ths that an outline may reach beside the plane
const STRAY = 1.2; // CSS pixels that a left-out corner may lie off

// Ramer, Douglas and Peucker: the corners that matter.
function thinned(line, stray) {
  if (line.length < 3) return line;
  const [[ax, ay], [bx, by]] = [line[0], line.at(-1)];
  const length = Math.hypot(bx - ax, by - ay);
  let [worst, most] = [0, 0];
  for (let k = 1; k < line.length - 1; k++) {
    const [x, y] = line[k];
    const off = length ? Math.abs((bx - ax) * (ay - y) - (ax - x) * (by - ay)) / length : Math.hypot(x - ax, y - ay);
    if (off > most) [worst, most] = [k, off];
  }
  if (most <= stray) return [line[0], line.at(-1)];
  return [...thinned(line.slice(0, worst + 1), stray).slice(0, -1), ...thinned(line.slice(worst), stray)];
}

// A line of pixels as a polygon of the plane, in 65535ths; null when it encloses nothing to speak of.
function polygonOf(line, camera) {
  let corners = line;
  for (let stray = STRAY; (corners = thinned(line, stray)).length > CORNERS; ) stray *= 1.5;
  if (corners.length < 3) return null;
  const whole = (value) => Math.min(0x8ffff, Math.max(-BESIDE, Math.round(value * 65535)));
  return corners.map(([left, top]) => camera.toPlane(left, top).map(whole));
}

function boxOf(polygon) {
  const [xs, ys] = [polygon.map(([x]) => x / 65535), polygon.map(([, y]) => y / 65535)];
  return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
}

// Even and odd crossings, step by step as core.pipelines.regions counts them, with y upwards as there, so that a frame
// on an edge is in or out on both sides.
function isInside(polygon, x, y) {
  let inside = false;
  for (let k = 0; k < polygon.length; k++) {
    const [[ax, ay], [bx, by]] = [polygon[k], polygon[(k + 1) % polygon.length]];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}

function framesInside(polygon, grid) {
  const { xs, ys } = grid.points;
  const upright = polygon.map(([x, y]) => [x, 65535 - y]);
  const found = [];
  grid.within(boxOf(polygon), (at) => isInside(upright, xs[at], 65535 - ys[at]) && found.push(at));
  return found;
}

// Five hexadecimal digits a number, moved so that none is below zero: ten characters a corner.
const written = (polygon) => polygon.flat().map((value) => (value + BESIDE).toString(16).padStart(5, "0")).join("");

function readPolygon(text) {
  if (!/^([0-9a-f]{10}){3,256}$/.test(text ?? "")) return null;
  return text.match(/.{10}/g).map((corner) => [corner.slice(0, 5), corner.slice(5)].map((digits) => parseInt(digits, 16) - BESIDE));
}
