// The map itself: it holds what was loaded and what is chosen, and repaints only the layers that changed.

const PATHS = 9; // drawn at a time

class FrameMap {
  constructor(root, data) {
    Object.assign(this, { root, line: null, polygon: null, inside: null, lit: null, hover: -1, paths: [], wish: "auto", by: "cluster", hasNames: true, keys: false });
    const find = (name) => root.querySelector(`.${name}`);
    this.nodes = Object.fromEntries(["stage", "points", "pictures", "overlay", "mini", "wait", "hover", "player", "tally", "plainly", "regions", "live"].map((name) => [name, find(name)]));
    this.camera = new Camera();
    this.stop = new AbortController();
    this.dirty = new Set();
    this.card = new Card(this.nodes.hover);
    this.player = new Player(this.nodes.player, {
      onClose: () => this.close(),
      onPath: (video) => this.togglePath(video),
      onOpen: (id) => this.tell.opened(id),
      onAsk: (id) => this.tell.asked(id),
    });
    this.minimap = new Minimap(this.nodes.mini, this.camera, () => this.moved());
    handle(this.nodes.stage, this, this.stop.signal);
    this.watch = new ResizeObserver(() => this.resize());
    this.watch.observe(this.nodes.stage);
    const contrast = matchMedia("(prefers-color-scheme: dark)");
    contrast.addEventListener("change", () => this.recolour(), { signal: this.stop.signal });
    root.map = this;
  }
  renderer() {
    if (this.drawing) return this.drawing;
    try {
      this.drawing = new GlPoints(this.nodes.points);
    } catch {
      this.startPlainly();
    }
    this.nodes.points.addEventListener("webglcontextlost", () => this.startPlainly(), { signal: this.stop.signal });
    return this.drawing;
  }
  // There is no WebGL, or the graphics card went away: a fresh canvas takes over, drawn without it.
  startPlainly() {
    const canvas = this.nodes.points.cloneNode();
    this.nodes.points.replaceWith(canvas);
    this.nodes.points = canvas;
    this.drawing = new PlainPoints(canvas);
    this.nodes.plainly.hidden = false;
    if (this.points) this.drawing.load(this.points), this.recolour();
  }
  async load(url, version) {
    this.version = version;
    this.nodes.wait.classList.remove("done");
    this.nodes.wait.firstChild.textContent = "Loading the map";
    const get = async (name) => {
      const answer = await fetch(`${url}/${name}`, { signal: this.stop.signal });
      if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).error ?? `The server answered ${answer.status}.`);
      return name === "about" ? answer.json() : answer.arrayBuffer();
    };
    try {
      const [buffer, about] = await Promise.all([get("points.bin"), get("about")]);
      if (this.stop.signal.aborted || version !== this.version) return;
      this.points = decodePoints(buffer);
      this.about = about;
      this.camera.aspect = about.aspect;
      this.grid = new PickingGrid(this.points);
      this.pictures?.close();
      this.pictures = new Pictures(url, this.grid, () => this.paint("pictures"));
      this.regions = new Regions(this.nodes.regions, this.pictures, (region) => this.go(region));
      this.minimap.load(this.points);
      this.renderer().load(this.points);
      this.resize();
      this.select(this.polygon);
      this.recolour();
      this.nodes.wait.classList.add("done");
      this.arrived = performance.now();
    } catch (error) {
      if (!this.stop.signal.aborted) this.nodes.wait.firstChild.textContent = error.message;
    }
  }
  resize() {
    const { stage, points, pictures, overlay } = this.nodes;
    this.density = Math.min(2, devicePixelRatio || 1);
    [this.camera.width, this.camera.height] = [stage.clientWidth || 1, stage.clientHeight || 1];
    for (const canvas of [points, pictures, overlay]) {
      const [w, h] = [this.camera.width, this.camera.height].map((value) => Math.round(value * this.density));
      if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
    }
    this.moved(false);
  }
  recolour() {
    this.colours = theme(this.nodes.stage);
    if (!this.points) return;
    this.renderer().colour(shadesOf(this.by, this.points), paletteOf(this.by, this.colours.name));
    this.moved(false);
  }
  moved(isKept = true) {
    this.card.hide();
    this.paint("points", "pictures", "overlay", "mini");
    clearTimeout(this.settle);
    this.settle = setTimeout(() => this.settled(isKept), 220);
  }
  settled(isKept) {
    if (isKept) keepLink(this.keeps, viewOf(this.camera));
    if (this.points) this.regions.draw(this.about.regions, this.grid, this.camera, this.colours);
    if (this.keys) this.announce();
  }
  paint(...layers) {
    layers.forEach((layer) => this.dirty.add(layer));
    this.frame ??= requestAnimationFrame(() => this.draw());
  }
  draw() {
    this.frame = null;
    if (!this.points || this.stop.signal.aborted) return;
    const layers = [...this.dirty];
    this.dirty.clear();
    const [now, colours] = [this.pictures.modeFor(this.camera, this.wish, this.drawing.hasLit), this.colours];
    if (now !== this.mode) this.changeMode(now), layers.push("points");
    if (layers.includes("points")) this.drawing.draw(this.camera, this.density, { points: 0.86, pictures: 0.5, mosaic: 0 }[now]);
    if (layers.includes("pictures") && this.onCanvas("pictures", (paper) => this.drawPictures(paper))) this.paint("pictures");
    if (layers.includes("overlay"))
      this.onCanvas("overlay", (paper) => drawOverlay(paper, { ...this, hue: (k) => hueOf(k, colours.name) }));
    if (layers.includes("mini")) this.minimap.draw(colours, this.density);
  }
  onCanvas(name, act) {
    const paper = this.nodes[name].getContext("2d");
    paper.setTransform(this.density, 0, 0, this.density, 0, 0);
    paper.clearRect(0, 0, this.camera.width, this.camera.height);
    return act(paper);
  }
  drawPictures(paper) {
    const { camera, pictures } = this;
    pictures.chips = pictures.shown = [];
    if (this.mode === "mosaic") return pictures.drawMosaic(paper, camera);
    if (this.mode === "pictures") return pictures.drawPictures(paper, camera);
    if (this.hasNames && this.wish === "auto" && !this.lit && !this.inside && !this.paths.length) pictures.drawRegions(paper, camera, this.about.regions, this.colours);
    return false;
  }
  changeMode(mode) {
    this.mode = mode;
    this.nodes.stage.dataset.mode = mode;
    this.say();
  }
  aboutFrame(frame) {
    const video = this.points.videos[frame];
    const { id, title, still } = this.about.videos[video];
    const time = this.points.times[frame];
    const hue = this.by === "cluster" ? this.points.labels[frame] : video;
    const picture = `/clip/thumb/${id}?t=${time.toFixed(2)}`;
    return { frame, video, id, title, still, time, picture, media: `/clip/media/${id}`, hue: hueOf(hue, this.colours.name) };
  }
  say() {
    const whole = (value) => value.toLocaleString("en");
    const [frames, clips] = [this.points.count, this.about.videos.length];
    const parts = [`${whole(frames)} frames of ${whole(clips)} ${clips === 1 ? "clip" : "clips"}`];
    if (this.lit) parts.push(`${whole(this.lit.length)} lit up`);
    if (this.inside) parts.push(`${whole(this.inside.length)} inside the outline`);
    this.nodes.tally.textContent = parts.join(" · ");
  }
  release() {
    this.stop.abort();
    this.watch.disconnect();
    clearTimeout(this.settle);
    cancelAnimationFrame(this.frame);
    cancelAnimationFrame(this.camera.flight);
    this.card.hide();
    this.player.hide();
    this.pictures?.close();
    this.drawing?.release();
  }
}
