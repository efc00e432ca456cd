const DARK = 20; // mean luma of 255 below which a frame shows nothing
const TRIES = [0.001, 1, 2, 4, 8]; // seconds to look for a frame that shows something

// The clip's own frame, sharp, in place of the poster, which is small: the first one that is not black. It plays from 0.
async function unblur(box) {
  const { media } = box;
  if (box.clip.still || box.unblurred === media) return;
  box.unblurred = media;
  if (media.readyState < 2) await new Promise((done) => media.addEventListener("loadeddata", done, { once: true }));
  for (const second of TRIES.filter((time) => time < media.duration)) {
    if (!media.paused || media.currentTime > second) return; // it is being watched already
    media.currentTime = second;
    await new Promise((done) => media.addEventListener("seeked", done, { once: true }));
    if (brightness(media) > DARK) break;
  }
  const shown = media.currentTime;
  media.addEventListener("play", () => media.currentTime === shown && (media.currentTime = 0), { once: true });
}

function brightness(media) {
  const canvas = Object.assign(document.createElement("canvas"), { width: 16, height: 9 });
  const brush = canvas.getContext("2d");
  brush.drawImage(media, 0, 0, 16, 9);
  const { data } = brush.getImageData(0, 0, 16, 9);
  return data.reduce((sum, value, place) => (place % 4 < 3 ? sum + value : sum), 0) / (16 * 9 * 3);
}

export default function ({ data, parentElement: root }) {
  const screen = root.querySelector(".screen");
  showClip(screen, data, 0);
  unblur(screen);
  return () => release(screen);
}
