// A clip as the parts it was stitched from: pictures at the cuts, a coloured part for every source, how alike each moment
// is, and the axis of time, over a table that says the same in words. Every second of it can be pointed at and played.

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600]; // seconds between two marks of the axis
const ROOM = 68; // pixels that a mark of the axis wants
const LEAST = 30; // pixels of a part, on average; with more parts the time line scrolls sideways
const SAME = 0.03; // of similarity: sources closer than this cannot be told apart
const UNKNOWN = "No source in your library";
const MEANING = "Nothing in your library shows this part: it comes from elsewhere, or it was changed too much to be told.";

function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds + 1e-6));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const two = (part) => String(part).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

const span = (start, end) => `${clock(start + 0.5)}–${clock(end + 0.5)}`; // to the nearest second
const tenths = (time) => `${clock(Math.round(10 * time) / 10)}.${Math.round(10 * time) % 10}`;
const exactly = (start, end) => `${tenths(start)}–${tenths(end)}`;
const LOOKED_AT = "clipkin-part"; // under this name the session remembers the part that is looked at
const percent = (share) => `${Math.round(100 * share)} %`;
const paced = (speed) => (Math.abs(speed - 1) < 0.005 ? "1×" : `${speed.toFixed(2)}×`);

function made(tag, name, text) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
}

function picture(id, time) {
  return Object.assign(made("img"), { src: still(id, time), alt: "", loading: "lazy" });
}

const still = (id, time) => `/clip/thumb/${id}?t=${time.toFixed(1)}`;
const shows = (segment) => Math.min(segment.start + 0.4, (segment.start + segment.end) / 2); // a moment just after its cut

function partOf(root, segment, number) {
  const part = made("button", segment.id ? "part" : "part unknown"), inner = made("span", "inner");
  part.type = "button";
  part.style.left = `${(100 * segment.start) / root.data.end}%`;
  part.style.width = `${(100 * (segment.end - segment.start)) / root.data.end}%`;
  if (segment.id) part.style.setProperty("--colour", segment.colour);
  const title = made("span", "name");
  title.append(made("b", "", number + 1), made("i", "", segment.id ? segment.title : "Unknown"));
  inner.append(title, made("span", "slot", segment.id ? span(segment.from, segment.to) : "not in your library"));
  const sure = made("span", "sure");
  sure.append(made("i"));
  sure.firstChild.style.width = `${100 * segment.confidence}%`;
  part.append(inner, sure);
  part.setAttribute("aria-label", `Part ${number + 1}, ${span(segment.start, segment.end)}: ${said(segment)}`);
  part.onkeydown = (event) => onKey(root, event);
  part.onclick = (event) => { // a click by the keyboard has no place: it plays from the cut
    event.stopPropagation();
    root.stretch = null;
    root.duo.play(event.detail ? timeAt(root, event) : segment.start);
  };
  return part;
}

function said(segment) {
  const sure = `${percent(segment.confidence)} confident`;
  if (!segment.id) return `source unknown, ${sure}`;
  const speed = paced(segment.speed) === "1×" ? "" : ` at ${paced(segment.speed)} speed`;
  return `${segment.title}, ${span(segment.from, segment.to)}${speed}, ${sure}`;
}

function onKey(root, event) {
  const number = segmentAt(root, root.duo.at());
  const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  const to = { Home: 0, End: root.parts.length - 1 }[event.key];
  if (event.key === " ") root.duo.toggle();
  else if (by && event.shiftKey) root.duo.go(root.duo.at() + by);
  else if (by || to !== undefined) {
    const next = root.parts[to ?? number + by];
    if (next) {
      root.stretch = null;
      root.duo.go(root.data.segments[to ?? number + by].start);
      next.focus();
    }
  } else return;
  event.preventDefault();
}

// The second of the clip under the pointer.
function timeAt(root, event) {
  const area = root.querySelector(".film").getBoundingClientRect();
  return (root.data.end * Math.min(1, Math.max(0, (event.clientX - area.left) / area.width)));
}

function segmentAt(root, time) {
  const { segments } = root.data;
  const place = segments.findIndex(({ start, end }) => time >= start - 1e-6 && time < end - 1e-6);
  return place < 0 ? segments.length - 1 : place;
}

// What is held against a second: the part's own source, or the stretch that was chosen from "or from" instead.
function stretchAt(root, time) {
  const place = segmentAt(root, time), segment = root.data.segments[place];
  if (root.stretch?.place === place) return root.stretch;
  return segment.id ? segment : null;
}

function paintStrip(root) {
  const svg = root.querySelector(".strip svg"), { times, values, segments, end } = root.data;
  const shapes = segments.map((segment) => {
    const rows = times.flatMap((time, row) => (time >= segment.start && time < segment.end ? [row] : []));
    if (!rows.length) return [];
    const y = (row) => (100 - 100 * values[row]).toFixed(1), x = (time) => ((1000 * time) / end).toFixed(2);
    const line = [[segment.start, y(rows[0])], ...rows.map((row) => [times[row], y(row)]), [segment.end, y(rows.at(-1))]];
    const points = line.map(([time, height]) => `${x(time)},${height}`).join(" ");
    return ["polygon", "polyline"].map((kind) => {
      const shape = document.createElementNS("http://www.w3.org/2000/svg", kind);
      shape.setAttribute("points", kind === "polygon" ? `${x(segment.start)},100 ${points} ${x(segment.end)},100` : points);
      if (segment.id) shape.style.setProperty("--colour", segment.colour);
      else shape.classList.add("unknown");
      return shape;
    });
  });
  svg.replaceChildren(...shapes.flat());
  svg.setAttribute("aria-label", "How alike every moment is to its source");
}

function paintAxis(root) {
  const axis = root.querySelector(".axis"), { end } = root.data, width = axis.clientWidth || 1;
  const step = STEPS.find((seconds) => (seconds / end) * width >= ROOM) ?? STEPS.at(-1);
  const marks = [];
  for (let time = 0; time <= end - 1e-6; time += step) {
    if (time && end - time < 0.35 * step) break;
    marks.push(mark(time, end));
  }
  axis.replaceChildren(...marks);
}

function mark(time, end) {
  const node = made("span", "", clock(time));
  node.style.left = `${(100 * time) / end}%`;
  return node;
}

function paintFilm(root) {
  const { data } = root;
  root.querySelector(".film").style.minWidth = `${LEAST * data.segments.length}px`;
  root.parts = data.segments.map((segment, number) => partOf(root, segment, number));
  root.querySelector(".lane").replaceChildren(...root.parts);
  root.querySelector(".pictures").replaceChildren(...data.segments.map((segment) => {
    const node = made("span", "shot");
    node.style.left = `${(100 * segment.start) / data.end}%`;
    node.style.width = `${(100 * (segment.end - segment.start)) / data.end}%`;
    node.append(picture(data.query.id, shows(segment)));
    return node;
  }));
  paintStrip(root);
  paintAxis(root);
}

// The two pictures under the pointer, where there is one.
function listen(root, signal) {
  const film = root.querySelector(".film"), tip = root.querySelector(".tip"), cursor = root.querySelector(".cursor");
  film.addEventListener("click", (event) => {
    root.stretch = null;
    root.duo.play(timeAt(root, event));
  }, { signal });
  film.addEventListener("pointermove", (event) => {
    if (event.pointerType !== "mouse") return;
    const time = timeAt(root, event), segment = root.data.segments[segmentAt(root, time)];
    const area = root.querySelector(".trace").getBoundingClientRect(), line = film.getBoundingClientRect();
    cursor.hidden = tip.hidden = false;
    cursor.style.left = `${event.clientX - line.left}px`;
    tip.style.left = `${Math.min(Math.max(0, event.clientX - area.left - 130), area.width - 260)}px`;
    tip.style.bottom = `${area.bottom - line.top + 8}px`;
    const second = Math.floor(time * 2) / 2, there = segment.id && sourceTime(segment, time);
    const [mine, theirs] = tip.querySelectorAll("img");
    show(mine, still(root.data.query.id, second));
    theirs.hidden = !segment.id;
    if (segment.id) show(theirs, still(segment.id, Math.floor(there * 2) / 2));
    tip.querySelector("b").textContent = segment.id ? `${clock(time)} ↔ ${clock(there)}` : clock(time);
    tip.querySelector("span").textContent = segment.id ? segment.title : UNKNOWN;
  }, { signal });
  film.addEventListener("pointerdown", () => (tip.hidden = true), { capture: true, signal });
  film.addEventListener("pointerleave", () => (tip.hidden = cursor.hidden = true), { signal });
}

function show(image, address) {
  if (image.getAttribute("src") !== address) image.src = address;
}

const CELLS = { part: "Part", mine: "In this clip", origin: "Source", slot: "Its seconds", speed: "Speed", confidence: "Confidence", others: "Or from" };

function rowOf(root, segment, number) {
  const row = made("tr"), cells = {};
  for (const [name, heading] of Object.entries(CELLS)) {
    if (!segment.id && (name === "slot" || name === "speed")) continue; // the words about the unknown take their room
    cells[name] = made("td", name);
    cells[name].dataset.heading = name === "others" && !segment.id ? "Closest" : heading;
  }
  const dot = made("i", segment.id ? "dot" : "dot unknown");
  if (segment.id) dot.style.setProperty("--colour", segment.colour);
  cells.part.append(dot, made("b", "", number + 1));
  cells.mine.append(playOf(root, segment, number));
  cells.origin.append(made("span", "title", segment.id ? segment.title : UNKNOWN));
  if (segment.id) {
    const equal = segment.others.filter(({ score }) => score > segment.score - SAME).length;
    if (equal) cells.origin.append(made("small", "", equal > 1 ? `${equal} other videos fit about as well` : "Another video fits about as well"));
    cells.slot.textContent = exactly(segment.from, segment.to);
    cells.speed.textContent = paced(segment.speed);
  } else {
    cells.origin.colSpan = 3;
    cells.origin.append(made("small", "", MEANING));
  }
  const bar = made("span", "bar");
  bar.append(made("i"));
  bar.firstChild.style.width = `${100 * segment.confidence}%`;
  cells.confidence.append(made("span", "", percent(segment.confidence)), bar);
  cells.others.append(...segment.others.map((other) => otherOf(root, segment, number, other)));
  if (!segment.others.length) cells.others.textContent = "–";
  row.append(...Object.values(cells));
  return row;
}

function playOf(root, segment, number) {
  const play = made("button", "play"), pair = made("span", "pair");
  play.type = "button";
  pair.append(picture(root.data.query.id, shows(segment)));
  if (segment.id) pair.append(picture(segment.id, sourceTime(segment, shows(segment))));
  play.append(pair, made("span", "", exactly(segment.start, segment.end)));
  play.setAttribute("aria-label", `Play part ${number + 1} from ${clock(segment.start)}`);
  play.onclick = () => {
    root.stretch = null;
    watch(root, segment.start);
  };
  return play;
}

// Plays from this second, where a person who pressed something further down can see it.
function watch(root, time) {
  root.querySelector(".stage").scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  root.duo.play(time);
}

// Another video that this part may come from: pressing it holds that one against the clip.
function otherOf(root, segment, place, other) {
  const button = made("button", "other"), where = made("small", "", `${clock(other.from)} · ${other.score.toFixed(2)}`);
  button.type = "button";
  button.append(made("span", "", other.title), where);
  button.title = `Hold ${other.title} against this part`;
  button.setAttribute("aria-label", `Play part ${place + 1} beside ${other.title} at ${clock(other.from)}, similarity ${other.score.toFixed(2)}`);
  button.onclick = () => {
    root.stretch = { ...other, start: segment.start, end: segment.end, place };
    watch(root, segment.start);
  };
  return button;
}

// Everything that says where the two players are.
function moved(root, at, shown, going) {
  const { data } = root, find = (name) => root.querySelector(name), place = segmentAt(root, at);
  const segment = data.segments[place], source = stretchAt(root, at);
  find(".film .head").style.left = `${(100 * at) / data.end}%`;
  find(".clip .time").textContent = clock(at);
  find(".source .time").textContent = shown ? clock(sourceTime(shown, at)) : "";
  find(".both").classList.toggle("on", going);
  find(".both span").textContent = going ? "Pause" : "Play both";
  const name = `${place}/${source?.id}/${source?.from}/${Boolean(shown)}`;
  if (root.named === name) return;
  root.named = name;
  sessionStorage.setItem(LOOKED_AT, JSON.stringify([data.answer, segment.start]));
  find(".told").textContent = "";
  find(".source .title").textContent = find(".source .title").title = source ? source.title : "";
  find(".source .role").textContent = source === root.stretch && source ? (segment.id ? "Or from" : "Closest") : "Source";
  find(".blank").hidden = Boolean(shown);
  find(".blank b").textContent = source ? "This clip is no longer in your library" : UNKNOWN;
  find(".blank span").textContent = source ? "" : MEANING;
  find(".compare").disabled = !shown;
  const scroll = find(".scroll"), part = root.parts[place];
  if (scroll.scrollWidth > scroll.clientWidth) scroll.scrollLeft = part.offsetLeft + part.offsetWidth / 2 - scroll.clientWidth / 2;
  root.parts.forEach((part, number) => {
    part.setAttribute("aria-current", number === place);
    part.tabIndex = number === place ? 0 : -1;
    root.rows[number].classList.toggle("now", number === place);
  });
}

function sounding(root) {
  root.querySelector(".sound").textContent = `Sound: ${root.duo.heard() === "clip" ? "this clip" : "the source"}`;
}

export default function ({ data, parentElement: root, setTriggerValue }) {
  const isNew = root.data?.answer !== data.answer;
  const [answer, second] = JSON.parse(sessionStorage.getItem(LOOKED_AT)) ?? []; // from before another page or a reload
  root.data = data;
  if (!root.listening) {
    root.listening = new AbortController();
    listen(root, root.listening.signal);
    root.sized = new ResizeObserver(() => paintAxis(root));
    root.sized.observe(root.querySelector(".axis"));
    root.duo = createDuo(root, {
      stretchAt: (time) => stretchAt(root, time),
      moved: (...state) => moved(root, ...state),
      tell: (text) => (root.querySelector(".told").textContent = text),
    });
  }
  root.querySelector(".both").onclick = () => root.duo.toggle();
  root.querySelector(".sound").onclick = () => {
    root.duo.hear(root.duo.heard() === "clip" ? "source" : "clip");
    sounding(root);
  };
  root.querySelector(".compare").onclick = () => setTriggerValue("compared", stretchAt(root, root.duo.at()).id);
  root.querySelector(".sentence").textContent = data.sentence;
  root.querySelector(".clip .title").textContent = root.querySelector(".clip .title").title = data.query.title;
  const look = JSON.stringify([data.answer, data.segments.map(({ colour }) => colour)]);
  if (root.look !== look) {
    root.look = look;
    paintFilm(root);
    root.rows = data.segments.map((segment, number) => rowOf(root, segment, number));
    root.querySelector("tbody").replaceChildren(...root.rows);
    root.named = null;
  }
  if (isNew) {
    root.stretch = null;
    root.duo.show(data);
    root.duo.go(answer === data.answer ? second : data.segments[0].start);
  } else root.duo.refresh();
  sounding(root);
  return () => {
    root.listening?.abort();
    root.sized?.disconnect();
    root.duo?.close();
    root.listening = root.data = root.look = null;
  };
}
