// The frames as pictures over the points: one to each cell of the screen in the middle distance, a mosaic of tiles from
// near, and from afar the most typical frame of each region. Everything is fetched once and kept while there is room.

const CELL = 118; // CSS pixels across a cell of pictures, about
const CROWD = 260; // frames to a cell of the screen below which pictures are shown …
const CLOSE = 12; // … below which the mosaic is …
const FEW = 5; // … below which pictures are shown from afar too …
const ALONE = 1; // … and below which each frame has room for itself again
const TILE_CELL = 70; // CSS pixels across a cell of the mosaic, about
const FADE = 180; // milliseconds
const BATCH = 48; // thumbnails asked for at a time
const KEPT_PICTURES = 3000;
const KEPT_TILES = 40;
const TILE_CELLS = 16; // pictures across a tile and down

// Newest last; what was not looked at for longest goes first.
class Kept {
  constructor(room, drop = () => {}) {
    Object.assign(this, { room, drop, items: new Map() });
  }
  get(key) {
    const item = this.items.get(key);
    if (item !== undefined) this.items.delete(key), this.items.set(key, item);
    return item;
  }
  put(key, item) {
    this.items.set(key, item);
    for (const [old, gone] of this.items) {
      if (this.items.size <= this.room) break;
      this.items.delete(old);
      this.drop(gone);
    }
    return item;
  }
}

class Pictures {
  constructor(url, grid, onNews) {
    Object.assign(this, { url, grid, onNews, shown: [], chips: [] });
    this.thumbs = new Kept(KEPT_PICTURES, (item) => item.image?.close());
    this.tiles = new Kept(KEPT_TILES, (item) => item.image && (item.image.src = ""));
    this.plans = new Kept(200); // which frames a tile shows
    this.forget();
    this.wanted = new Set();
    this.loading = 0;
    this.stop = new AbortController();
  }
  close() {
    this.stop.abort();
    this.onNews = () => {};
    for (const item of this.thumbs.items.values()) item.image?.close();
  }
  // Points from afar, pictures in the middle, mosaic from near: by how many frames share a cell of the screen.
  modeFor(camera, wish, hasLit) {
    if (wish !== "auto") return wish;
    const cells = (camera.width / CELL) * (camera.height / (CELL / camera.aspect));
    const crowd = this.grid.amount(camera.view) / cells;
    if (camera.z > 1.2 && crowd < CLOSE && crowd > ALONE && !hasLit) return "mosaic";
    return crowd < (camera.z > 0.5 ? CROWD : FEW) && camera.z > -0.4 ? "pictures" : "points";
  }
  // Other frames are lit now, so others stand for their cells.
  forget() {
    this.chosen = new Kept(20000);
  }
  thumb(frame) {
    const item = this.thumbs.get(frame);
    if (!item) {
      this.thumbs.put(frame, { image: null, born: 0 });
      this.wanted.add(frame);
      this.soon ??= setTimeout(() => this.fetch(), 16);
    }
    return item;
  }
  async fetch() {
    this.soon = null;
    if (this.loading >= 3 || !this.wanted.size) return;
    const frames = [...this.wanted].slice(-BATCH); // the newest wishes first
    frames.forEach((frame) => this.wanted.delete(frame));
    this.loading += 1;
    if (this.wanted.size) this.fetch();
    try {
      const answer = await fetch(`${this.url}/thumbs?of=${frames.sort((a, b) => a - b).join(",")}`, { signal: this.stop.signal });
      if (!answer.ok) throw new Error(`${answer.status}`);
      const bytes = await answer.arrayBuffer();
      const lengths = new Uint32Array(bytes, 0, frames.length);
      let at = lengths.byteLength;
      await Promise.all(frames.map(async (frame, k) => {
        const part = new Blob([new Uint8Array(bytes, at, lengths[k])], { type: "image/webp" });
        at += lengths[k];
        if (!part.size) return; // there is no picture of that moment
        const image = await createImageBitmap(part);
        if (this.thumbs.items.has(frame)) Object.assign(this.thumbs.items.get(frame), { image, born: performance.now() });
        else image.close();
      }));
    } catch (error) {
      if (this.stop.signal.aborted) return;
      frames.forEach((frame) => this.thumbs.items.delete(frame)); // asked for again when it is next in sight
    } finally {
      this.loading -= 1;
    }
    this.onNews();
    this.fetch();
  }
  // The frame nearest to the middle of a cell, of those in it, a lit one before others; -1 for an empty cell.
  standsFor(level, column, row) {
    const key = `${level}/${column}/${row}`;
    const known = this.chosen.get(key);
    if (known !== undefined) return known;
    const side = 2 ** -level;
    const box = { left: column * side, right: (column + 1) * side, top: row * side, bottom: (row + 1) * side };
    const { points } = this.grid;
    let [best, least] = [-1, Infinity];
    this.grid.within(box, (at) => {
      const [x, y] = [xOf(points, at), yOf(points, at)];
      if (x < box.left || x >= box.right || y < box.top || y >= box.bottom) return;
      const distance = (x - box.left - side / 2) ** 2 + (y - box.top - side / 2) ** 2 + (points.states[at] === DIM ? 1 : 0);
      if (distance < least) [best, least] = [at, distance];
    });
    return this.chosen.put(key, best);
  }
  drawPictures(paper, camera) {
    this.shown = [];
    const level = Math.max(0, Math.round(Math.log2(camera.across / CELL)));
    const side = 2 ** -level;
    const [wide, high] = [camera.across * side, camera.down * side];
    const [w, h] = [wide * 0.94, high * 0.94];
    const { points } = this.grid;
    let isYoung = false;
    const hold = (value) => Math.min(2 ** level - 1, Math.max(0, Math.floor(value / side)));
    const { left, top, right, bottom } = camera.view;
    for (let row = hold(top); row <= hold(bottom); row++)
      for (let column = hold(left); column <= hold(right); column++) {
        const frame = this.standsFor(level, column, row);
        const item = frame < 0 ? null : this.thumb(frame);
        if (!item?.image) continue;
        const [x, y] = camera.toScreen(xOf(points, frame), yOf(points, frame));
        const [cx, cy] = camera.toScreen((column + 0.5) * side, (row + 0.5) * side);
        const near = (value, middle, room) => middle + Math.min(room / 2, Math.max(-room / 2, value - middle)); // inside its cell
        const box = [near(x, cx, wide - w) - w / 2, near(y, cy, high - h) - h / 2, w, h];
        const age = Math.min(1, (performance.now() - item.born) / FADE);
        isYoung ||= age < 1;
        paper.globalAlpha = points.states[frame] === DIM ? 0.16 * age : age;
        drawCover(paper, item.image, box, 5);
        this.shown.push({ frame, box });
      }
    paper.globalAlpha = 1;
    return isYoung;
  }
  tile(z, x, y) {
    const key = `${z}/${x}/${y}`;
    const item = this.tiles.get(key);
    if (item || this.busy >= 6) return item;
    const image = new Image();
    const made = this.tiles.put(key, { image, isReady: false, born: 0 });
    this.busy = (this.busy ?? 0) + 1;
    image.onload = () => (Object.assign(made, { isReady: true, born: performance.now() }), (this.busy -= 1), this.onNews());
    image.onerror = () => ((this.busy -= 1), this.tiles.items.delete(key));
    image.src = `${this.url}/tile/${key}`;
    return made;
  }
  tileLevel(camera) {
    return Math.max(0, Math.min(12, Math.round(Math.log2(camera.across / (TILE_CELLS * TILE_CELL)))));
  }
  drawMosaic(paper, camera) {
    const level = this.tileLevel(camera);
    const side = 2 ** -level;
    const hold = (value) => Math.min(2 ** level - 1, Math.max(0, Math.floor(value / side)));
    const { left, top, right, bottom } = camera.view;
    let isYoung = false;
    this.tile(0, 0, 0);
    for (let row = hold(top); row <= hold(bottom); row++)
      for (let column = hold(left); column <= hold(right); column++) {
        const [x, y] = camera.toScreen(column * side, row * side);
        const [w, h] = [camera.across * side, camera.down * side];
        const item = this.tile(level, column, row);
        const age = item?.isReady ? Math.min(1, (performance.now() - item.born) / FADE) : 0;
        isYoung ||= item?.isReady && age < 1;
        for (let up = 1; age < 1 && up <= level; up++) {
          const above = this.tiles.items.get(`${level - up}/${column >> up}/${row >> up}`);
          if (!above?.isReady) continue;
          const part = 2 ** -up;
          const { width, height } = above.image;
          const from = [(column * part) % 1, (row * part) % 1];
          paper.drawImage(above.image, from[0] * width, from[1] * height, width * part, height * part, x, y, w + 0.5, h + 0.5);
          break;
        }
        paper.globalAlpha = age;
        if (age) paper.drawImage(item.image, x, y, w + 0.5, h + 0.5);
        paper.globalAlpha = 1;
      }
    return isYoung;
  }
  // The frame in the cell of the mosaic at a place of the plane; -1 where the cell is empty or not there yet.
  async mosaicAt(x, y, camera) {
    if (x < 0 || y < 0 || x >= 1 || y >= 1) return -1;
    const cells = 2 ** this.tileLevel(camera);
    const [column, row] = [Math.floor(x * cells), Math.floor(y * cells)];
    const key = `${Math.log2(cells)}/${column}/${row}`;
    const asked = this.plans.get(key) ?? this.plans.put(key, fetch(`${this.url}/frames/${key}`, { signal: this.stop.signal })
      .then((answer) => (answer.ok ? answer.arrayBuffer() : null)).then((bytes) => bytes && new Int32Array(bytes)).catch(() => null));
    const plan = await asked;
    if (!plan) return this.plans.items.delete(key), -1;
    const inside = (value, at) => Math.min(TILE_CELLS - 1, Math.floor((value * cells - at) * TILE_CELLS));
    return plan[inside(y, row) * TILE_CELLS + inside(x, column)];
  }
  // The most typical frame of each region, like the names of places on a map: largest first, none over another.
  drawRegions(paper, camera, regions, colours) {
    this.chips = [];
    const w = Math.min(104, Math.max(62, camera.width / 11));
    const h = w / camera.aspect;
    for (const region of regions) {
      const [x, y] = camera.toScreen(region.x, region.y);
      const box = [x - w / 2, y - h / 2, w, h];
      if (x < -w || y < -h || x > camera.width + w || y > camera.height + h) continue;
      if (this.chips.some(({ box: [l, t] }) => Math.abs(l - box[0]) < w + 8 && Math.abs(t - box[1]) < h + 8)) continue;
      const item = this.thumb(region.typical[0]);
      if (!item?.image) continue;
      paper.fillStyle = colours.ground;
      paper.shadowColor = "rgb(0 0 0 / 0.28)";
      paper.shadowBlur = 14;
      paper.shadowOffsetY = 3;
      paper.beginPath();
      paper.roundRect(box[0] - 3, box[1] - 3, w + 6, h + 6, 9);
      paper.fill();
      paper.shadowColor = "transparent";
      drawCover(paper, item.image, box, 6);
      this.chips.push({ region, box });
    }
  }
  chipAt(left, top) {
    return this.chips.findLast(({ box: [x, y, w, h] }) => left >= x && left <= x + w && top >= y && top <= y + h)?.region;
  }
  pictureAt(left, top) {
    return this.shown.findLast(({ box: [x, y, w, h] }) => left >= x && left <= x + w && top >= y && top <= y + h)?.frame ?? -1;
  }
}

// A picture that fills a box, cut where it does not fit, with round corners.
function drawCover(paper, image, [x, y, w, h], round) {
  const scale = Math.max(w / image.width, h / image.height);
  const [sw, sh] = [w / scale, h / scale];
  paper.save();
  paper.beginPath();
  paper.roundRect(x, y, w, h, round);
  paper.clip();
  paper.drawImage(image, (image.width - sw) / 2, (image.height - sh) / 2, sw, sh, x, y, w, h);
  paper.restore();
}
