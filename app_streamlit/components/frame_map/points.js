// The points as they come over the wire, and their drawing with WebGL2: one buffer, one draw call.

const DIM = 1; // states of a point: 0 as it is, 1 stands back, 2 is lit
const LIT = 2;

// header of four uint32 (mark, frames, videos, bytes of a video number), then float32 seconds, uint16 x, uint16 y,
// the video numbers and uint8 cluster labels, each for all frames
function decodePoints(buffer) {
  const [mark, count, amount, wide] = new Uint32Array(buffer, 0, 4);
  if (mark !== 0x504d4b43) throw new Error("These are no points.");
  let at = 16;
  const take = (Kind) => {
    const part = new Kind(buffer, at, count);
    at += part.byteLength;
    return part;
  };
  const points = { count, times: take(Float32Array), xs: take(Uint16Array), ys: take(Uint16Array) };
  points.videos = take(wide === 4 ? Uint32Array : Uint16Array);
  points.labels = take(Uint8Array);
  points.states = new Uint8Array(count);
  points.ends = new Float32Array(amount);
  points.runs = Array.from({ length: amount }, () => []); // the frames of each video, in time
  for (let k = 0; k < count; k++) {
    const video = points.videos[k];
    points.runs[video].push(k);
    points.ends[video] = Math.max(points.ends[video], points.times[k]);
  }
  for (const run of points.runs) run.sort((a, b) => points.times[a] - points.times[b]);
  return points;
}

const xOf = (points, at) => points.xs[at] / 65535;
const yOf = (points, at) => points.ys[at] / 65535;

// CSS pixels across a point: small where there are many, larger from near.
function dotSize(count, zoom) {
  const calm = Math.min(7, Math.max(2.3, 9.2 - 1.4 * Math.log10(Math.max(1, count))));
  return Math.min(15, calm * 1.28 ** Math.max(0, zoom));
}

const VERTEX = `#version 300 es
in float x, y, shade, state;
uniform vec2 middle, scale;
uniform float size, pass, hushed;
uniform sampler2D palette;
out vec4 colour;
void main() {
  bool lit = state > 1.5;
  bool mine = pass < 0.5 || (pass < 1.5 ? !lit : lit);
  gl_Position = mine ? vec4((x - middle.x) * scale.x, (middle.y - y) * scale.y, 0.0, 1.0) : vec4(2.0, 2.0, 0.0, 1.0);
  gl_PointSize = lit ? size * 1.35 + 1.0 : size;
  colour = texelFetch(palette, ivec2(int(shade + 0.5), 0), 0);
  colour.a = lit ? 1.0 : state > 0.5 ? 0.13 : hushed;
}`;
const FRAGMENT = `#version 300 es
precision mediump float;
in vec4 colour;
out vec4 pixel;
uniform float soft;
void main() {
  float reach = length(gl_PointCoord - 0.5) * 2.0;
  float cover = 1.0 - smoothstep(1.0 - soft, 1.0, reach);
  if (cover <= 0.0) discard;
  pixel = vec4(colour.rgb, 1.0) * colour.a * cover;
}`;

class GlPoints {
  // Throws when the browser has no WebGL2.
  constructor(canvas) {
    const gl = (this.gl = canvas.getContext("webgl2", { antialias: false, alpha: true, premultipliedAlpha: true, powerPreference: "high-performance" }));
    if (!gl) throw new Error("There is no WebGL2.");
    this.canvas = canvas;
    const program = (this.program = gl.createProgram());
    for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program) ?? "no program");
    gl.useProgram(program);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    this.at = (name) => gl.getUniformLocation(program, name);
    this.buffers = {};
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  }
  set(name, values, isShare = false) {
    const gl = this.gl;
    const place = gl.getAttribLocation(this.program, name);
    gl.bindBuffer(gl.ARRAY_BUFFER, (this.buffers[name] ??= gl.createBuffer()));
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.DYNAMIC_DRAW);
    gl.enableVertexAttribArray(place);
    gl.vertexAttribPointer(place, 1, values.BYTES_PER_ELEMENT === 2 ? gl.UNSIGNED_SHORT : gl.UNSIGNED_BYTE, isShare, 0, 0);
  }
  load(points) {
    this.count = points.count;
    this.set("x", points.xs, true);
    this.set("y", points.ys, true);
    this.mark(points.states);
  }
  mark(states) {
    this.set("state", states);
    this.hasLit = states.includes(LIT);
  }
  colour(shades, palette) {
    this.set("shade", shades);
    const gl = this.gl;
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, palette);
  }
  draw(camera, density, strength) {
    const gl = this.gl;
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    const size = dotSize(this.count, camera.z) * density;
    gl.uniform2f(this.at("middle"), camera.x, camera.y);
    gl.uniform2f(this.at("scale"), (2 * camera.across) / camera.width, (2 * camera.down) / camera.height);
    gl.uniform1f(this.at("size"), size);
    gl.uniform1f(this.at("soft"), Math.min(0.9, 3 / size));
    gl.uniform1f(this.at("hushed"), strength);
    for (const pass of this.hasLit ? [1, 2] : [0]) {
      gl.uniform1f(this.at("pass"), pass);
      gl.drawArrays(gl.POINTS, 0, this.count);
    }
  }
  release() {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}
