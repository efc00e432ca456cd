// The same points for a browser without WebGL: squares written into the pixels of a canvas. Same interface.

class PlainPoints {
  constructor(canvas) {
    this.canvas = canvas;
    this.paper = canvas.getContext("2d");
  }
  load(points) {
    this.points = points;
    this.mark(points.states);
  }
  mark(states) {
    this.states = states;
    this.hasLit = states.includes(LIT);
  }
  colour(shades, palette) {
    this.shades = shades;
    this.palette = new Uint32Array(palette.buffer);
  }
  draw(camera, density, strength) {
    const { width, height } = this.canvas;
    const image = this.paper.createImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    const { xs, ys, count } = this.points;
    const size = Math.max(1, Math.round(dotSize(count, camera.z) * density * 0.85));
    const [left, top] = camera.toScreen(0, 0);
    const [across, down] = [(camera.across * density) / 65535, (camera.down * density) / 65535];
    const alphas = [strength, 0.16, 1].map((share) => Math.round(255 * share) * 0x1000000);
    for (const isLit of this.hasLit ? [false, true] : [false]) {
      for (let at = 0; at < count; at++) {
        if ((this.states[at] === LIT) !== isLit) continue;
        const x = Math.round(left * density + xs[at] * across - size / 2);
        const y = Math.round(top * density + ys[at] * down - size / 2);
        if (x < 0 || y < 0 || x + size > width || y + size > height) continue;
        const colour = (this.palette[this.shades[at]] & 0xffffff) + alphas[this.states[at]];
        for (let row = y; row < y + size; row++) pixels.fill(colour, row * width + x, row * width + x + size);
      }
    }
    this.paper.putImageData(image, 0, 0);
  }
  release() {}
}
