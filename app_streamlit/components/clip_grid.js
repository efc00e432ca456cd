// The clips of one page: lazy thumbnails, muted playback while pointed at or focused, selection by checkbox or space.
// Cards are kept by id, so a clip that arrives does not disturb the others. Titles are only ever set as text.

const HOVER = 180; // milliseconds before a clip starts to play
const SOUND = '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5z"/><path d="M16 9a4.2 4.2 0 0 1 0 6M18.8 6.2a8.2 8.2 0 0 1 0 11.6"/></svg>';
const SILENT = '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5z"/><path d="M16 9.5l5 5M21 9.5l-5 5"/></svg>';
const TICK = '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M5 12.5l4.5 4.5L19 7.5"/></svg>';

function newCard(root, id) {
  const card = document.createElement("div");
  card.className = "card new";
  card.setAttribute("role", "listitem");
  card.innerHTML = `
    <button type="button" class="open">
      <span class="frame"><img alt="" loading="lazy" decoding="async" width="320" height="180">
        <span class="badge sound"></span><span class="badge length"></span></span>
      <span class="title"></span><span class="tags"></span>
    </button>
    <label class="pick"><input type="checkbox" tabindex="-1"><i>${TICK}</i></label>`;
  const [open, box] = [card.querySelector(".open"), card.querySelector("input")];
  open.onclick = () => root.act.open(id);
  open.onkeydown = (event) => {
    if (event.key === " ") {
      event.preventDefault();
      box.click();
    } else step(root, card, event);
  };
  open.onkeyup = (event) => event.key === " " && event.preventDefault();
  box.onchange = () => root.act.select(id, box.checked);
  let soon;
  const start = () => (clearTimeout(soon), (soon = setTimeout(() => play(card), HOVER)));
  const stop = () => (clearTimeout(soon), rest(card));
  card.onpointerenter = (event) => event.pointerType === "mouse" && start();
  card.onpointerleave = stop;
  open.onfocus = () => open.matches(":focus-visible") && start();
  open.onblur = stop;
  return card;
}

// Arrow keys walk the grid as the eye sees it.
function step(root, card, event) {
  const cards = [...root.querySelectorAll(".card")];
  const columns = cards.filter((other) => other.offsetTop === cards[0].offsetTop).length;
  const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
  const next = by && cards[cards.indexOf(card) + by];
  if (!next) return;
  event.preventDefault();
  next.querySelector(".open").focus();
}

function play(card) {
  if (!card.clip.plays || matchMedia("(prefers-reduced-motion: reduce)").matches || card.querySelector("video")) return;
  const video = Object.assign(document.createElement("video"), { muted: true, loop: true, playsInline: true, tabIndex: -1 });
  video.setAttribute("aria-hidden", "true");
  video.onplaying = () => video.classList.add("on");
  video.src = card.clip.media;
  card.querySelector("img").after(video);
  video.play().catch(() => rest(card)); // left again before it could start
}

function rest(card) {
  const video = card.querySelector("video");
  if (!video) return;
  video.removeAttribute("src");
  video.load(); // lets go of the connection
  video.remove();
}

function fill(card, clip, chosen) {
  card.clip = clip;
  card.classList.toggle("tall", clip.tall);
  card.classList.toggle("chosen", chosen);
  const image = card.querySelector("img");
  if (image.getAttribute("src") !== clip.thumb) image.src = clip.thumb;
  const sound = card.querySelector(".sound");
  sound.innerHTML = clip.still ? "" : clip.sounds ? SOUND : SILENT;
  sound.hidden = clip.still;
  sound.title = clip.sound;
  card.querySelector(".length").textContent = clip.length;
  card.querySelector(".title").textContent = card.querySelector(".title").title = clip.title;
  card.querySelector(".tags").textContent = clip.tags;
  card.querySelector(".open").setAttribute("aria-label", `Open ${clip.title}, ${clip.length}, ${clip.sound}${clip.tags ? `, ${clip.tags}` : ""}`);
  const box = card.querySelector("input");
  box.checked = chosen;
  box.setAttribute("aria-label", `Select ${clip.title}`);
}

// Once the details of a card are closed, the keyboard goes on from that card.
function focusAgain(root, id) {
  clearInterval(root.watch);
  let opened = false;
  root.watch = setInterval(() => {
    const isOpen = Boolean(document.querySelector("[role=dialog]"));
    opened ||= isOpen;
    if (!opened || isOpen) return;
    clearInterval(root.watch);
    if (document.activeElement === document.body) root.cards.get(id)?.querySelector(".open").focus({ preventScroll: true });
  }, 100);
}

export default function ({ data, parentElement: root, setStateValue, setTriggerValue }) {
  const grid = root.querySelector(".grid");
  root.cards ??= new Map();
  if (root.epoch !== data.epoch) {
    root.epoch = data.epoch;
    root.chosen = new Set(data.selected);
  }
  const paint = () => {
    grid.classList.toggle("choosing", root.chosen.size > 0);
    for (const clip of data.clips) fill(root.cards.get(clip.id), clip, root.chosen.has(clip.id));
  };
  root.act = {
    open: (id) => {
      setTriggerValue("opened", id);
      focusAgain(root, id);
    },
    select: (id, on) => {
      root.chosen[on ? "add" : "delete"](id);
      paint();
      setStateValue("selected", [...root.chosen]);
    },
  };
  const ids = new Set(data.clips.map((clip) => clip.id));
  for (const [id, card] of root.cards) {
    if (ids.has(id)) continue;
    rest(card);
    card.remove();
    root.cards.delete(id);
  }
  data.clips.forEach((clip, place) => {
    if (!root.cards.has(clip.id)) root.cards.set(clip.id, newCard(root, clip.id));
    const card = root.cards.get(clip.id);
    if (grid.children[place] !== card) grid.insertBefore(card, grid.children[place] ?? null);
  });
  paint();
  return () => root.cards.forEach(rest);
}
