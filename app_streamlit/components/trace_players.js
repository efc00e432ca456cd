// The clip and the source of what it shows, playing together. The clip leads; the source follows at its part's speed, and
// at a cut the next source takes over. A source's player is kept while it is among the last few, so that cuts are quick.

const DRIFT = 0.35; // seconds that the source may be off before it jumps instead of catching up
const RATES = [0.25, 4]; // what browsers play picture and sound together at
const KEPT = 4; // players of sources
const PATIENCE = 5000; // milliseconds that playing waits for a player that does not come

function sourceTime(stretch, time) {
  const share = Math.min(1, Math.max(0, (time - stretch.start) / Math.max(stretch.end - stretch.start, 1e-9)));
  return stretch.from + share * (stretch.to - stretch.from);
}

function rateOf(stretch) {
  const rate = (stretch.to - stretch.from) / Math.max(stretch.end - stretch.start, 1e-9);
  return Math.min(RATES[1], Math.max(RATES[0], rate));
}

// `stretchAt` gives what is held against a second of the clip: {id, title, start, end, from, to}, or null.
function createDuo(root, { stretchAt, moved, tell }) {
  const clip = root.querySelector(".clip .screen"), place = root.querySelector(".sources");
  const boxes = new Map(); // players by the id of their source, the latest last
  let data = null, at = 0, shown = null, going = false, ticket = 0, heard = "clip";

  const patience = () => new Promise((done) => setTimeout(done, PATIENCE));
  const box = () => (shown ? boxes.get(shown.id) : null);

  function show(next) {
    pause();
    data = next;
    at = 0;
    showClip(clip, data.query, at);
    bare(clip);
  }

  function bare({ media }) { // one set of controls for both
    media.controls = false;
    media.removeAttribute("poster"); // it is of another second
    media.preload = "auto";
    media.onclick = toggle;
  }

  // The player of the source that belongs to this second comes to the front.
  function face(time) {
    const next = stretchAt(time);
    if (next?.id !== shown?.id) box()?.media.pause();
    shown = next && data.sources[next.id] ? next : null;
    if (shown) {
      let found = boxes.get(shown.id);
      if (!found) place.append((found = Object.assign(document.createElement("div"), { className: "screen" })));
      boxes.delete(shown.id);
      boxes.set(shown.id, found);
      if (found.clip?.media !== data.sources[shown.id].media) {
        showClip(found, data.sources[shown.id], sourceTime(shown, time));
        bare(found);
      }
      while (boxes.size > KEPT) forget(boxes.keys().next().value);
    }
    for (const [id, node] of boxes) node.hidden = id !== shown?.id;
    hear(heard);
  }

  function forget(id) {
    release(boxes.get(id));
    boxes.get(id).remove();
    boxes.delete(id);
  }

  // Both at rest at this second of the clip.
  function go(time) {
    pause();
    at = Math.min(Math.max(0, time), data.end);
    face(at);
    const both = [settle(clip, at)];
    if (shown) both.push(settle(box(), sourceTime(shown, at)));
    moved(at, shown, false);
    return Promise.race([Promise.all(both), patience()]);
  }

  async function play(time = at >= data.end - 0.1 ? 0 : at) {
    const ready = go(time), mine = ++ticket;
    going = true;
    moved(at, shown, true);
    await ready;
    if (mine !== ticket) return;
    if (shown) box().media.playbackRate = rateOf(shown);
    const players = [clip, ...(shown ? [box()] : [])];
    try {
      await Promise.all(players.map(({ media }) => media.play()));
    } catch (refused) {
      if (mine !== ticket) return; // it was stopped meanwhile
      pause();
      tell(`This browser cannot play the clip: ${refused.message}`);
      return;
    }
    if (mine === ticket) requestAnimationFrame(() => follow(mine));
  }

  function follow(mine) {
    if (mine !== ticket || !going || !root.isConnected) return;
    at = Math.min(clip.media.currentTime, data.end);
    const next = stretchAt(at);
    if (next !== shown && (next?.id !== shown?.id || next?.from !== shown?.from)) face(at);
    if (shown) align();
    if (clip.media.ended) pause();
    moved(at, shown, going);
    if (going) requestAnimationFrame(() => follow(mine));
  }

  function align() {
    const { media } = box();
    if (!media.readyState || media.seeking) return;
    const wanted = sourceTime(shown, at), drift = media.currentTime - wanted;
    root.querySelector(".trace").dataset.drift = drift.toFixed(3);
    if (Math.abs(drift) > DRIFT && wanted < media.duration - 0.1) media.currentTime = wanted;
    else media.playbackRate = Math.min(RATES[1], Math.max(RATES[0], rateOf(shown) * Math.min(1.15, Math.max(0.85, 1 - drift))));
    if (media.paused && !media.ended && !clip.media.paused) media.play().catch((refused) => tell(refused.message));
  }

  function pause() {
    ticket++;
    going = false;
    clip.media?.pause();
    for (const { media } of boxes.values()) media.pause();
  }

  const toggle = () => {
    if (!going) return play();
    pause();
    moved(at, shown, false);
  };

  function hear(which) {
    heard = which;
    if (clip.media) clip.media.muted = which !== "clip";
    for (const [id, { media }] of boxes) media.muted = which !== "source" || id !== shown?.id;
  }

  function close() {
    pause();
    release(clip);
    for (const id of [...boxes.keys()]) forget(id);
    Object.assign(clip, { key: null, clip: null, media: null });
  }
  return { show, go, play, toggle, hear, close, refresh: () => moved(at, shown, going), heard: () => heard, at: () => at };
}
