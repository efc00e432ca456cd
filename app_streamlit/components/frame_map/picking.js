// Which frames lie where: a counting sort of all points into 256 × 256 cells, made once.

const SIDE = 256;

class PickingGrid {
  constructor(points) {
    this.points = points;
    const { xs, ys, count } = points;
    this.starts = new Uint32Array(SIDE * SIDE + 1);
    const cell = (at) => (ys[at] >> 8) * SIDE + (xs[at] >> 8);
    for (let at = 0; at < count; at++) this.starts[cell(at) + 1]++;
    for (let k = 0; k < SIDE * SIDE; k++) this.starts[k + 1] += this.starts[k];
    const next = this.starts.slice();
    this.order = new Uint32Array(count);
    for (let at = 0; at < count; at++) this.order[next[cell(at)]++] = at;
  }
  // Calls `take(frame)` for every frame in a box of the plane, and for some just outside it.
  within({ left, top, right, bottom }, take) {
    const hold = (value) => Math.min(SIDE - 1, Math.max(0, Math.floor(value * SIDE * (65535 / 65536))));
    if (right < 0 || bottom < 0 || left > 1 || top > 1) return;
    for (let row = hold(top); row <= hold(bottom); row++) {
      const line = row * SIDE;
      for (let k = this.starts[line + hold(left)]; k < this.starts[line + hold(right) + 1]; k++) take(this.order[k]);
    }
  }
  // How many frames the box holds, to the cell.
  amount({ left, top, right, bottom }) {
    const hold = (value) => Math.min(SIDE - 1, Math.max(0, Math.floor(value * SIDE)));
    let amount = 0;
    if (right < 0 || bottom < 0 || left > 1 || top > 1) return 0;
    for (let row = hold(top); row <= hold(bottom); row++) amount += this.starts[row * SIDE + hold(right) + 1] - this.starts[row * SIDE + hold(left)];
    return amount;
  }
  // The frame nearest to a place, within a reach each way; -1 when there is none. `aspect` weighs x against y.
  nearest(x, y, reach, aspect) {
    let [best, least] = [-1, reach * reach];
    const { xs, ys } = this.points;
    const box = { left: x - reach / aspect, right: x + reach / aspect, top: y - reach, bottom: y + reach };
    this.within(box, (at) => {
      const [dx, dy] = [(xs[at] / 65535 - x) * aspect, ys[at] / 65535 - y];
      const distance = dx * dx + dy * dy;
      if (distance < least) [best, least] = [at, distance];
    });
    return best;
  }
}
