// Pointer, wheel, fingers and keys on the stage, turned into what the map can do: pan, zoom, point, choose, outline.

const SLACK = 4; // CSS pixels a press may move and still be a click
const STEP = 90; // CSS pixels an arrow key moves

function handle(stage, map, signal) {
  const fingers = new Map();
  let [pressed, moved, spread] = [null, false, 0];
  const at = (event) => {
    const box = stage.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const on = (name, act, options = {}) => stage.addEventListener(name, act, { signal, ...options });
  on("pointerdown", (event) => {
    if (event.button) return;
    map.usesKeys(false);
    stage.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, at(event));
    [pressed, moved] = [at(event), false];
    map.point(null);
    if (fingers.size === 2) {
      map.outlineCancel();
      spread = reach(fingers);
    } else if (map.isOutlining || event.shiftKey) map.outlineStart(pressed);
  });
  on("pointermove", (event) => {
    const here = at(event);
    if (!fingers.has(event.pointerId)) {
      if (event.pointerType === "mouse" && !event.buttons) map.point(here);
      return;
    }
    const before = fingers.get(event.pointerId);
    if (!moved && Math.hypot(here[0] - pressed[0], here[1] - pressed[1]) < SLACK) return;
    fingers.set(event.pointerId, here);
    moved = true;
    if (fingers.size === 2) {
      const [now, middle] = [reach(fingers), centre(fingers)];
      map.zoom(...middle, Math.log2(now / (spread || now)));
      spread = now;
      map.pan((here[0] - before[0]) / 2, (here[1] - before[1]) / 2);
    } else if (map.line) map.outlineGo((event.getCoalescedEvents?.() ?? [event]).map(at).concat([here]));
    else map.pan(here[0] - before[0], here[1] - before[1]);
  });
  const up = (event) => {
    if (!fingers.delete(event.pointerId)) return;
    if (map.line) moved ? map.outlineEnd() : map.outlineCancel();
    else if (!moved && event.type === "pointerup") map.choose(at(event));
  };
  on("pointerup", up);
  on("pointercancel", up);
  on("pointerleave", (event) => event.pointerType === "mouse" && map.point(null));
  on("wheel", (event) => {
    event.preventDefault();
    const unit = event.deltaMode ? 32 : 1;
    map.zoom(...at(event), -Math.max(-240, Math.min(240, event.deltaY * unit)) * (event.ctrlKey ? 0.01 : 0.0032));
  }, { passive: false });
  on("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== stage) return;
    const by = event.shiftKey ? STEP * 3 : STEP;
    const acts = {
      ArrowLeft: () => map.pan(by, 0),
      ArrowRight: () => map.pan(-by, 0),
      ArrowUp: () => map.pan(0, by),
      ArrowDown: () => map.pan(0, -by),
      "+": () => map.zoomStep(1),
      "=": () => map.zoomStep(1),
      "-": () => map.zoomStep(-1),
      _: () => map.zoomStep(-1),
      Home: () => map.fit(),
      0: () => map.fit(),
      Enter: () => map.chooseMiddle(),
      " ": () => map.chooseMiddle(),
      l: () => map.outlineMode(!map.isOutlining),
      L: () => map.outlineMode(!map.isOutlining),
    };
    if (!acts[event.key]) return;
    event.preventDefault();
    map.usesKeys(true);
    acts[event.key]();
  });
  on("focus", () => stage.matches(":focus-visible") && map.usesKeys(true));
  on("blur", () => map.usesKeys(false));
}

const centre = (fingers) => {
  const all = [...fingers.values()];
  return [0, 1].map((k) => (all[0][k] + all[1][k]) / 2);
};
const reach = (fingers) => {
  const [a, b] = [...fingers.values()];
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
};
