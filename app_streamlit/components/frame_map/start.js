// Called by Streamlit on every rerun: the map is made once and kept on its node, then told what changed.

const SEEK = 450; // milliseconds after the last key before Python is asked

function wire(root, map) {
  const find = (name) => root.querySelector(name);
  const { signal } = map.stop;
  const on = (node, name, act) => node.addEventListener(name, act, { signal });
  const modes = [...root.querySelectorAll(".modes button")];
  const showMode = () => {
    for (const button of modes) {
      const isOn = button.dataset.mode === map.wish;
      button.setAttribute("aria-checked", String(isOn));
      button.tabIndex = isOn ? 0 : -1;
    }
    if (map.points) map.moved(false);
  };
  modes.forEach((button, place) => {
    on(button, "click", () => {
      map.wish = button.dataset.mode;
      keepLink(map.keeps, { show: map.wish });
      showMode();
    });
    on(button, "keydown", (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      const next = modes[(place + by + modes.length) % modes.length];
      next.click();
      next.focus();
    });
  });
  showMode();
  find(".by select").value = map.by;
  on(find(".by select"), "change", () => {
    map.by = find(".by select").value;
    keepLink(map.keeps, { by: map.by });
    map.recolour();
  });
  on(find(".lasso"), "click", () => map.outlineMode(!map.isOutlining));
  on(find(".names"), "click", (event) => {
    map.hasNames = !map.hasNames;
    event.currentTarget.setAttribute("aria-pressed", String(map.hasNames));
    map.paint("pictures");
  });
  on(find(".in"), "click", () => map.zoomStep(1));
  on(find(".out"), "click", () => map.zoomStep(-1));
  on(find(".home"), "click", () => map.fit());
  let soon;
  signal.addEventListener("abort", () => clearTimeout(soon));
  on(find(".find input"), "input", (event) => {
    const words = event.target.value.trim();
    map.seekTitle(words);
    clearTimeout(soon);
    soon = setTimeout(() => {
      keepLink(map.keeps, { find: words });
      map.tell.sought(words);
    }, SEEK);
  });
  on(root, "keydown", (event) => {
    if (event.key !== "Escape") return;
    const field = find(".find input");
    if (event.target === field && field.value) return;
    if (map.escape()) event.preventDefault();
  });
}

// A set of frames as it comes from Python: one bit a frame, highest first, in base64.
function readBits(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const frames = [];
  bytes.forEach((byte, place) => {
    for (let bit = 0; byte && bit < 8; bit++) if (byte & (128 >> bit)) frames.push(place * 8 + bit);
  });
  return frames;
}

export default function ({ data, parentElement: root, setStateValue, setTriggerValue }) {
  const map = root.map ?? new FrameMap(root, data);
  map.tell = {
    lasso: (text) => setStateValue("lasso", text),
    paths: (ids) => setStateValue("paths", ids),
    sought: (text) => setStateValue("sought", text),
    opened: (id) => setTriggerValue("opened", id),
    asked: (id) => setTriggerValue("asked", id),
  };
  if (!map.isWired) {
    map.isWired = true;
    map.keeps = data.keeps;
    root.querySelector(".map").classList.toggle("small", data.small);
    map.nodes.stage.classList.toggle("low", data.small);
    map.nodes.stage.setAttribute("aria-label", data.name);
    if (data.keeps) {
      const { x, y, z, show, by } = keptLink(data.keeps);
      map.camera.set(Number(x), Number(y), Number(z));
      Object.assign(map, { wish: show, by });
    }
    wire(root, map);
  }
  map.colours = theme(map.nodes.stage);
  const take = () => {
    if (map.epoch !== data.epoch) {
      map.epoch = data.epoch;
      map.select(readPolygon(data.lasso));
      keepLink(data.keeps, { sel: map.polygon ? data.lasso : "" });
      map.drawPaths(data.paths.map((id) => map.about.videos.findIndex((video) => video.id === id)).filter((video) => video >= 0));
      if (root.activeElement !== root.querySelector(".find input")) root.querySelector(".find input").value = data.sought;
    }
    if (map.litName !== data.litName) {
      map.litName = data.litName;
      map.light(data.lit === null ? null : readBits(data.lit));
    }
    if (data.play && map.wished !== data.play[2]) {
      map.wished = data.play[2];
      map.playMoment(data.play[0], data.play[1]);
    }
    if (map.themeName !== map.colours.name + map.colours.ground) {
      map.themeName = map.colours.name + map.colours.ground;
      map.recolour();
    }
  };
  map.take = take;
  if (map.version !== data.version) map.load(data.url, data.version).then(() => map.points && !map.stop.signal.aborted && map.take());
  else if (map.points) take();
  return () => {
    map.release();
    root.map = null;
  };
}
