// One moving or still picture with its states: waiting for a preview, playable, not playable. Used by both player
// components; a player is kept while its source stays the same.

function showClip(box, clip, time) {
  const key = `${clip.media}@${time}`;
  if (box.key === key) return;
  const known = box.clip?.media === clip.media && box.media;
  Object.assign(box, { key, clip, time });
  if (known) return seek(box, time);
  const media = document.createElement(clip.still ? "img" : "video");
  const note = Object.assign(document.createElement("div"), { className: "wait" });
  note.setAttribute("role", "status");
  if (clip.still) {
    media.alt = clip.title;
  } else {
    Object.assign(media, { controls: true, playsInline: true, preload: "metadata", poster: clip.thumb });
    media.setAttribute("aria-label", clip.title);
    if (!clip.plays) note.textContent = "Preparing a preview that this browser can play";
    media.onloadedmetadata = () => {
      note.textContent = "";
      seek(box, box.time);
    };
  }
  media.onerror = () => {
    if (box.media !== media) return;
    if (clip.still && media.getAttribute("src") !== clip.thumb) media.src = clip.thumb; // a format of picture that browsers lack
    else explain(clip, note);
  };
  box.media = media;
  box.replaceChildren(media, note);
  media.src = clip.media;
}

async function explain(clip, note) {
  note.textContent = "This clip cannot be shown.";
  const answer = await fetch(clip.media, { headers: { Range: "bytes=0-0" } });
  if (!answer.ok) note.textContent = (await answer.json()).error;
}

function seek(box, time) {
  if (box.clip.still || !box.media.readyState || box.media.currentTime === time) return; // at 0 the poster stays
  box.media.currentTime = Math.min(time, Math.max(0, box.media.duration - 0.05) || 0);
}

// Settled at the wanted time, so that two players can start on the same beat.
function settle(box, time) {
  if (box.clip.still) return Promise.resolve();
  return new Promise((done) => {
    const { media } = box;
    const go = () => {
      seek(box, time);
      if (media.seeking) media.addEventListener("seeked", done, { once: true });
      else done();
    };
    if (media.readyState) go();
    else media.addEventListener("loadedmetadata", go, { once: true });
  });
}

function release(box) {
  if (!box?.media || box.clip.still) return;
  box.media.removeAttribute("src");
  box.media.load();
}
