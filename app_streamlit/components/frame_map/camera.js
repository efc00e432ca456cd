// Where one looks from: the middle of the view on the plane (0–1 both ways, y down) and the zoom, where 0 shows the
// whole plane and each step doubles. The plane is as wide as its pictures are: `aspect` is width by height.

const FARTHEST = -1;
const NEAREST = 12;
const MARGIN = 0.94; // of the stage that the whole plane takes
const FLIGHT = 420; // milliseconds

class Camera {
  constructor() {
    Object.assign(this, { x: 0.5, y: 0.5, z: 0, width: 1, height: 1, aspect: 16 / 9 });
  }
  get home() {
    return Math.min(this.width / this.aspect, this.height) * MARGIN;
  }
  get down() {
    return this.home * 2 ** this.z; // CSS pixels for the height of the plane
  }
  get across() {
    return this.down * this.aspect;
  }
  toScreen(x, y) {
    return [(x - this.x) * this.across + this.width / 2, (y - this.y) * this.down + this.height / 2];
  }
  toPlane(left, top) {
    return [(left - this.width / 2) / this.across + this.x, (top - this.height / 2) / this.down + this.y];
  }
  get view() {
    const [left, top] = this.toPlane(0, 0);
    const [right, bottom] = this.toPlane(this.width, this.height);
    return { left, top, right, bottom };
  }
  set(x, y, z) {
    const hold = (value, low, high) => Math.min(high, Math.max(low, value));
    this.z = hold(z, FARTHEST, NEAREST);
    this.x = hold(x, 0, 1);
    this.y = hold(y, 0, 1);
  }
  pan(left, top) {
    this.set(this.x - left / this.across, this.y - top / this.down, this.z);
  }
  // Zoom so that what lies under a pixel stays there.
  zoomAt(left, top, by) {
    const [x, y] = this.toPlane(left, top);
    this.set(this.x, this.y, this.z + by);
    const [dx, dy] = this.toPlane(left, top);
    this.set(this.x + x - dx, this.y + y - dy, this.z);
  }
  // The view that shows a box of the plane whole.
  around({ left, top, right, bottom }) {
    const wide = Math.max(right - left, 1e-4) * this.aspect;
    const high = Math.max(bottom - top, 1e-4);
    const down = Math.min(this.width / wide, this.height / high) * 0.8;
    return { x: (left + right) / 2, y: (top + bottom) / 2, z: Math.min(6, Math.log2(down / this.home)) };
  }
}

// Glide to a view; `step` is called for each picture on the way. Any other movement of the camera ends the flight.
function fly(camera, target, step) {
  cancelAnimationFrame(camera.flight);
  const from = { x: camera.x, y: camera.y, z: camera.z };
  const started = performance.now();
  const length = matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : FLIGHT;
  const move = (now) => {
    const share = length ? Math.min(1, Math.max(0, (now - started) / length)) : 1;
    const eased = 1 - (1 - share) ** 3;
    const between = (name) => from[name] + (target[name] - from[name]) * eased;
    camera.set(between("x"), between("y"), between("z"));
    step();
    if (share < 1) camera.flight = requestAnimationFrame(move);
  };
  move(started);
}
