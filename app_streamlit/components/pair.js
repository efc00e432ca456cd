// The query, where it can be seen, beside the chosen hit, both at the second where they match best, and the hits below to choose from.

const CHANCES = "How likely the clip is kin of the query: made from it, or from the same material. Each clip is judged by itself, so they need not add up.";
const KEPT = "clipkin-hit"; // under this name the session remembers the chosen hit
const SHARES = "Shares that add up to 100 % over the clips shown, whatever these are. They tell which is nearest, not whether it is kin.";

function clock(seconds) {
  const whole = Math.floor(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const two = (part) => String(part).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

function newRow(root, number) {
  const item = document.createElement("li");
  item.setAttribute("role", "presentation"); // the list is a group of choices to whoever hears it
  item.innerHTML = `<button type="button" class="row" role="radio">
    <span class="rank">${number + 1}</span><img alt="" loading="lazy" width="132" height="74">
    <span class="words"><span class="title"></span><br><span class="moment"></span></span>
    <span class="chance"><span class="bar"><i></i></span><b></b></span><span class="similarity"></span></button>`;
  const button = item.firstChild;
  button.onclick = () => choose(root, number);
  button.onkeydown = (event) => {
    const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    const next = by && root.rows[number + by];
    if (!next) return;
    event.preventDefault();
    next.firstChild.focus();
    choose(root, number + by);
  };
  return item;
}

function fillRow(item, hit, query) {
  const find = (name) => item.querySelector(name);
  find("img").src = hit.moment_thumb;
  find(".title").textContent = find(".title").title = hit.title;
  find(".moment").textContent = [moment(hit, query), ...senses(hit)].filter(Boolean).join(" · ");
  find(".bar i").style.width = `${100 * hit.probability}%`;
  find(".chance b").textContent = percent(hit.probability);
  find(".similarity").textContent = hit.similarity.toFixed(3);
  find(".row").setAttribute("aria-label", `${hit.title}, probability ${Math.round(100 * hit.probability)} percent, similarity ${hit.similarity.toFixed(3)}`);
}

function moment(hit, query) {
  if (hit.heard) return "";
  if (!query || query.still) return `at ${clock(hit.time)}`;
  return hit.still ? `at ${clock(hit.query_time)}` : `${clock(hit.query_time)} in the query, ${clock(hit.time)} here`;
}

// What each sense found on its own, where more than one was asked.
function senses(hit) {
  if (hit.visual === null || hit.audio === null) return hit.visual === null && hit.audio !== null && !hit.heard ? ["by sound alone"] : [];
  return [`picture ${hit.visual.toFixed(2)}`, `sound ${hit.audio.toFixed(2)}`];
}

function percent(probability) {
  const value = 100 * probability;
  return value < 0.1 ? "< 0.1 %" : `${value.toFixed(value < 9.95 ? 1 : 0)} %`;
}

// The last line: how likely it is that nothing here is kin.
function noneRow(none) {
  const item = document.createElement("li");
  item.className = "row none";
  item.setAttribute("role", "presentation");
  item.innerHTML = `<span></span><span></span><span class="words">None of these</span>
    <span class="chance"><span class="bar"><i></i></span><b></b></span><span class="similarity"></span>`;
  item.querySelector("i").style.width = `${100 * none}%`;
  item.querySelector("b").textContent = percent(none);
  return item;
}

function choose(root, number) {
  const { query, hits } = root.data;
  const hit = hits[number];
  root.chosen = number;
  sessionStorage.setItem(KEPT, JSON.stringify([root.data.answer, hit.id]));
  if (root.right.clip?.id !== hit.id || root.left.clip?.id !== query?.id) pause(root);
  root.rows.forEach((item, place) => {
    item.firstChild.setAttribute("aria-checked", place === number);
    item.firstChild.tabIndex = place === number ? 0 : -1;
  });
  const [left, right] = [root.querySelector(".query"), root.querySelector(".hit")];
  left.hidden = !query;
  if (query) label(left, "Query", query, hit.query_time);
  const [first, word] = hits[0].kin ? ["Best match", "Match"] : ["Nearest", "Hit"];
  label(right, number ? `${word} ${number + 1}` : first, hit, hit.time);
  if (query) showClip(root.left, query, hit.query_time);
  showClip(root.right, hit, hit.time);
  for (const box of shown(root)) unveil(box), dropPoster(box);
  const lone = !query || query.still || hit.still;
  root.querySelector(".save").hidden = lone;
  root.querySelector(".compare").hidden = !query;
  root.querySelector(".told").textContent = "";
  root.querySelector(".both span").textContent = hit.heard ? "Play both" : lone ? "Play from the match" : "Play both at the match";
  root.querySelector(".back").textContent = hit.heard ? "Back to the start" : "Back to the match";
}

function shown(root) {
  return root.data.query ? [root.left, root.right] : [root.right];
}

// Controls come while a player is pointed at or focused, so that they do not veil the pictures to be compared.
function unveil(box) {
  const { media } = box;
  if (box.clip.still) return;
  media.controls = box.matches(":hover, :focus-within");
  media.tabIndex = 0;
  media.onclick = () => (media.controls = true); // a finger does not point before it presses
  box.onpointerenter = box.onfocusin = () => (media.controls = true);
  box.onpointerleave = box.onfocusout = () => (media.controls = box.matches(":focus-within"));
}

// The frame of the moment is shown at second 0 too, and not the poster, which is small and from elsewhere in the clip.
function dropPoster(box) {
  const { media } = box;
  if (box.clip.still) return;
  const drop = () => media.currentTime || (media.currentTime = 0.001); // any seek does it
  if (media.readyState) drop();
  else media.addEventListener("loadedmetadata", drop, { once: true });
}

function label(side, role, clip, time) {
  side.querySelector(".role").textContent = role;
  side.querySelector(".title").textContent = side.querySelector(".title").title = clip.title;
  side.querySelector(".time").textContent = clip.still ? "" : clock(time);
}

function pause(root) {
  for (const box of shown(root)) if (box.media && !box.clip.still) box.media.pause();
}

async function playBoth(root) {
  pause(root);
  await backToMatch(root);
  root.right.media.muted = false; // one of the two is heard; the other can be unmuted by its own controls
  if (root.data.query && !root.left.clip.still) root.left.media.muted = !root.right.clip.still && root.right.clip.sounds;
  await Promise.all(shown(root).filter((box) => !box.clip.still).map((box) => box.media.play()));
}

function backToMatch(root) {
  const hit = root.data.hits[root.chosen];
  pause(root);
  const moments = new Map([[root.left, hit.query_time], [root.right, hit.time]]);
  return Promise.all(shown(root).map((box) => settle(box, moments.get(box))));
}

// A film of both around the match. It takes a few seconds to make, so the button says so and cannot be pressed twice.
async function save(root) {
  const [button, told] = [root.querySelector(".save"), root.querySelector(".told")];
  const { query, hits } = root.data;
  const hit = hits[root.chosen];
  button.disabled = true;
  told.textContent = "Making the film …";
  try {
    const answer = await fetch(`/clip/pair/${query.id}/${hit.id}?at=${hit.query_time}&to=${hit.time}`);
    if (!answer.ok) throw new Error((await answer.json()).error);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = `${query.title} – ${hit.title}.mp4`.replace(/[\\/:*?"<>|]/g, " ");
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    told.textContent = "";
  } catch (error) {
    told.textContent = error.message;
  } finally {
    button.disabled = false;
  }
}

export default function ({ data, parentElement: root, setTriggerValue }) {
  const isNew = root.data?.answer !== data.answer;
  const [answer, kept] = JSON.parse(sessionStorage.getItem(KEPT)) ?? []; // from before another page or a reload
  const isSame = root.data && root.data.query?.id === data.query?.id; // then the hit stays, if it can
  const before = isSame ? root.data.hits[root.chosen].id : answer === data.answer ? kept : null;
  root.data = data;
  root.left = root.querySelector(".query .screen");
  root.right = root.querySelector(".hit .screen");
  root.querySelector(".both").onclick = () => playBoth(root);
  root.querySelector(".back").onclick = () => backToMatch(root);
  root.querySelector(".save").onclick = () => save(root);
  root.querySelector(".details").onclick = () => setTriggerValue("opened", data.hits[root.chosen].id);
  root.querySelector(".compare").onclick = () => setTriggerValue("compared", data.hits[root.chosen].id);
  if (isNew) {
    root.rows = data.hits.map((_, number) => newRow(root, number));
    const why = root.querySelector(".head .chance .why");
    why.dataset.told = data.none === null ? SHARES : CHANCES;
    why.setAttribute("aria-label", `What probability means: ${why.dataset.told}`);
    root.querySelector(".hits").replaceChildren(...root.rows, ...(data.none === null ? [] : [noneRow(data.none)]));
  }
  root.rows.forEach((item, number) => fillRow(item, data.hits[number], data.query));
  if (isNew) choose(root, Math.max(0, data.hits.findIndex((hit) => hit.id === before)));
  return () => [root.left, root.right].forEach(release);
}
