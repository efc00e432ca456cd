// What a person does with the map: look around, point at a frame, play it, draw around some, light up what was sought.

Object.assign(FrameMap.prototype, {
  pan(left, top) {
    cancelAnimationFrame(this.camera.flight);
    this.camera.pan(left, top);
    this.moved();
  },
  zoom(left, top, by) {
    cancelAnimationFrame(this.camera.flight);
    this.camera.zoomAt(left, top, by);
    this.moved();
  },
  zoomStep(by) {
    const { x, y, z } = this.camera;
    fly(this.camera, { x, y, z: Math.min(NEAREST, Math.max(FARTHEST, z + by)) }, () => this.moved());
  },
  fit() {
    fly(this.camera, { x: 0.5, y: 0.5, z: 0 }, () => this.moved());
  },
  go(region) {
    const { points } = this;
    const [xs, ys] = [[], []];
    for (let at = 0; at < points.count; at++) if (points.labels[at] === region.label) xs.push(xOf(points, at)), ys.push(yOf(points, at));
    const middle = (values) => [values[Math.floor(values.length * 0.1)], values[Math.floor(values.length * 0.9)]];
    const [[left, right], [top, bottom]] = [xs, ys].map((values) => middle(Float64Array.from(values).sort()));
    fly(this.camera, this.camera.around({ left, right, top, bottom }), () => this.moved());
  },
  usesKeys(isOn) {
    if (this.keys === isOn) return;
    this.keys = isOn;
    if (isOn) this.point(null);
    this.paint("overlay");
  },
  // The frame at a place on the stage: the picture there, or the nearest point within reach; -1 for none.
  async frameAt([left, top], reach = 14) {
    const { camera, pictures } = this;
    const [x, y] = camera.toPlane(left, top);
    if (this.mode === "mosaic") return pictures.mosaicAt(x, y, camera);
    if (this.mode === "pictures") {
      const frame = pictures.pictureAt(left, top);
      if (frame >= 0) return frame;
    }
    return this.grid.nearest(x, y, reach / camera.down, camera.aspect);
  },
  async point(place) {
    this.pointed = place;
    const chip = place && this.mode === "points" && this.pictures?.chipAt(...place);
    const frame = !place || !this.points || this.line || chip ? -1 : await this.frameAt(place);
    if (this.pointed !== place) return; // moved on meanwhile
    this.nodes.stage.classList.toggle("over", frame >= 0 || Boolean(chip));
    if (frame >= 0) this.card.show(this.aboutFrame(frame), ...place, this.camera);
    else this.card.hide();
    if (frame === this.hover) return;
    this.hover = frame;
    this.paint("overlay");
  },
  async choose(place) {
    if (!this.points) return;
    const chip = this.mode === "points" && this.pictures.chipAt(...place);
    if (chip) return this.go(chip);
    const frame = await this.frameAt(place);
    if (frame >= 0) this.play(frame);
  },
  chooseMiddle() {
    const { width, height } = this.camera;
    this.frameAt([width / 2, height / 2], 60).then((frame) => frame >= 0 && this.play(frame));
  },
  async announce() {
    const frame = await this.frameAt([this.camera.width / 2, this.camera.height / 2], 60);
    const about = frame >= 0 && this.aboutFrame(frame);
    this.nodes.live.textContent = about ? `${about.title}, ${clock(about.time)}` : "No frame in the middle";
    if (!about || !this.keys) return;
    this.hover = frame;
    this.card.show(about, ...this.camera.toScreen(xOf(this.points, frame), yOf(this.points, frame)), this.camera);
    this.paint("overlay");
  },
  play(frame) {
    this.card.hide();
    const about = this.aboutFrame(frame);
    this.player.show(about);
    this.player.mark(this.paths.includes(about.video));
  },
  // A moment that was chosen outside the map: go to its frame and play it.
  playMoment(id, time) {
    const run = this.points.runs[this.about.videos.findIndex((video) => video.id === id)] ?? [];
    const frame = run.reduce((best, at) => (best < 0 || Math.abs(this.points.times[at] - time) < Math.abs(this.points.times[best] - time) ? at : best), -1);
    if (frame < 0) return;
    this.nodes.stage.scrollIntoView({ block: "nearest", behavior: "smooth" });
    this.hover = frame;
    this.play(frame);
    fly(this.camera, { x: xOf(this.points, frame), y: yOf(this.points, frame), z: Math.max(1.5, this.camera.z) }, () => this.moved());
  },
  close() {
    this.player.hide();
    this.nodes.stage.focus({ preventScroll: true });
  },
  // Escape takes away one thing at a time, the newest first.
  escape() {
    if (this.line) this.outlineCancel();
    else if (this.isOutlining) this.outlineMode(false);
    else if (this.player.about) this.close();
    else if (this.polygon) this.select(null, true);
    else if (this.paths.length) this.drawPaths([], true);
    else return false;
    return true;
  },

  outlineMode(isOn) {
    this.isOutlining = isOn;
    this.nodes.stage.classList.toggle("outlining", isOn);
    this.root.querySelector(".lasso").setAttribute("aria-pressed", String(isOn));
  },
  outlineStart(place) {
    this.line = [place];
  },
  outlineGo(places) {
    for (const place of places) {
      const last = this.line.at(-1);
      if (Math.hypot(place[0] - last[0], place[1] - last[1]) >= 2) this.line.push(place);
    }
    this.paint("overlay"); // and nothing else
  },
  outlineEnd() {
    const polygon = polygonOf(this.line, this.camera);
    this.outlineCancel();
    this.outlineMode(false);
    if (polygon) this.select(polygon, true);
  },
  outlineCancel() {
    this.line = null;
    this.paint("overlay");
  },
  select(polygon, isNew = false) {
    this.polygon = polygon;
    this.inside = polygon && this.grid ? framesInside(polygon, this.grid) : null;
    this.mark();
    if (!isNew) return;
    const text = polygon ? written(polygon) : "";
    keepLink(this.keeps, { sel: text });
    this.tell.lasso(text);
  },
  // What is sought or chosen stands out, all else stands back.
  mark() {
    if (!this.points) return;
    const { states } = this.points;
    states.fill(this.lit || this.inside ? DIM : 0);
    for (const frame of this.inside ?? []) states[frame] = this.lit ? 0 : LIT;
    for (const frame of this.lit ?? []) states[frame] = LIT;
    this.renderer().mark(states);
    this.pictures.forget();
    this.say();
    this.paint("points", "pictures", "overlay");
  },
  light(frames) {
    this.lit = frames;
    this.mark();
  },
  // What a title says is known here already; the rest is for Python to find.
  seekTitle(text) {
    const words = text.toLowerCase();
    if (!words || !this.points) return this.light(null);
    const found = [];
    this.about.videos.forEach(({ title }, video) => title.toLowerCase().includes(words) && found.push(...this.points.runs[video]));
    this.light(found);
  },
  togglePath(video) {
    const others = this.paths.filter((other) => other !== video);
    this.drawPaths(others.length < this.paths.length ? others : [...others, video].slice(-PATHS), true);
  },
  drawPaths(paths, isNew = false) {
    this.paths = paths;
    if (this.player.about) this.player.mark(paths.includes(this.player.about.video));
    this.paint("pictures", "overlay");
    if (isNew) this.tell.paths(paths.map((video) => this.about.videos[video].id));
  },
});
