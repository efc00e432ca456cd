// The whole plane in the corner, with a frame around what is in view; press or drag to go there.

const MINI = 44; // cells down

class Minimap {
  constructor(canvas, camera, onMove) {
    Object.assign(this, { canvas, camera });
    const go = (event) => {
      if (!(event.buttons & 1)) return;
      const box = canvas.getBoundingClientRect();
      camera.set((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height, camera.z);
      onMove();
    };
    canvas.onpointerdown = (event) => {
      event.stopPropagation();
      canvas.setPointerCapture(event.pointerId);
      go(event);
    };
    canvas.onpointermove = go;
  }
  load(points) {
    const wide = (this.wide = Math.round(MINI * this.camera.aspect));
    this.density = new Float32Array(wide * MINI);
    for (let at = 0; at < points.count; at++)
      this.density[((points.ys[at] * MINI) >> 16) * wide + Math.floor((points.xs[at] * wide) / 65536)] += 1;
    this.most = Math.log1p(this.density.reduce((most, value) => Math.max(most, value), 1));
    this.image = null;
  }
  picture(colours) {
    if (this.image?.theme === colours.ink) return this.image;
    const image = (this.image = new OffscreenCanvas(this.wide, MINI));
    image.theme = colours.ink;
    const paper = image.getContext("2d");
    const pixels = paper.createImageData(this.wide, MINI);
    const ink = rgb(colours.ink);
    this.density.forEach((value, k) => pixels.data.set([...ink, value ? 40 + (170 * Math.log1p(value)) / this.most : 0], k * 4));
    paper.putImageData(pixels, 0, 0);
    return image;
  }
  draw(colours, density) {
    const { canvas, camera } = this;
    const { left, top, right, bottom } = camera.view;
    canvas.hidden = left <= 0 && top <= 0 && right >= 1 && bottom >= 1; // nothing to find one's way in
    if (canvas.hidden || !this.density) return;
    const [w, h] = [canvas.clientWidth, canvas.clientHeight];
    [canvas.width, canvas.height] = [w * density, h * density];
    const paper = canvas.getContext("2d");
    paper.scale(density, density);
    paper.drawImage(this.picture(colours), 0, 0, w, h);
    const hold = (value) => Math.min(1, Math.max(0, value));
    const box = [hold(left) * w, hold(top) * h, Math.max(4, (hold(right) - hold(left)) * w), Math.max(4, (hold(bottom) - hold(top)) * h)];
    paper.strokeStyle = colours.accent;
    paper.lineWidth = 2;
    paper.fillStyle = `rgb(${rgb(colours.accent).join(" ")} / 0.12)`;
    paper.fillRect(...box);
    paper.strokeRect(...box);
  }
}
