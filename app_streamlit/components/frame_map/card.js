// What one frame is: a card beside the pointer, and a player in the corner for the frame that was chosen. Titles are
// only ever set as text.

const REST = 90; // milliseconds on a frame before its larger picture is fetched

const clock = (seconds) => {
  const whole = Math.floor(seconds + 1e-6);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, String(whole % 60).padStart(2, "0")];
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
};

class Card {
  constructor(node) {
    this.node = node;
    this.image = node.querySelector("img");
    this.image.onload = () => (this.image.style.visibility = "visible");
  }
  show(about, left, top, camera) {
    const { node, image } = this;
    if (this.frame !== about.frame) {
      this.frame = about.frame;
      node.querySelector(".title").textContent = about.title;
      node.querySelector(".time").textContent = about.still ? "Picture" : clock(about.time);
      node.querySelector("i").style.background = about.hue;
      image.style.visibility = "hidden";
      clearTimeout(this.soon);
      this.soon = setTimeout(() => (image.src = about.picture), REST);
    }
    node.hidden = false;
    const [w, h] = [node.offsetWidth, node.offsetHeight];
    const x = left + 18 + w > camera.width ? left - 18 - w : left + 18;
    const y = Math.min(camera.height - h - 8, Math.max(8, top - h / 2));
    node.style.transform = `translate(${Math.max(8, Math.round(x))}px, ${Math.round(y)}px)`;
  }
  hide() {
    clearTimeout(this.soon);
    this.frame = null;
    this.node.hidden = true;
  }
}

class Player {
  constructor(node, { onClose, onPath, onOpen, onAsk }) {
    this.node = node;
    this.screen = node.querySelector(".screen");
    node.onpointerdown = (event) => event.stopPropagation();
    node.onwheel = (event) => event.stopPropagation();
    node.onkeydown = (event) => event.key !== "Escape" && event.stopPropagation();
    node.querySelector(".close").onclick = onClose;
    node.querySelector(".path").onclick = () => onPath(this.about.video);
    node.querySelector(".library").onclick = () => onOpen(this.about.id);
    node.querySelector(".search").onclick = () => onAsk(this.about.id);
  }
  show(about) {
    const isSame = this.about?.id === about.id;
    this.about = about;
    this.node.hidden = false;
    this.node.querySelector(".title").textContent = this.node.querySelector(".title").title = about.title;
    this.node.querySelector(".time").textContent = about.still ? "Picture" : clock(about.time);
    this.node.querySelector(".path").hidden = about.still;
    if (about.still) {
      this.screen.replaceChildren(Object.assign(document.createElement("img"), { src: about.media, alt: "" }));
      return;
    }
    let video = this.screen.querySelector("video");
    if (!video || !isSame) {
      this.clear();
      video = Object.assign(document.createElement("video"), { controls: true, playsInline: true, loop: false, poster: about.picture });
      video.setAttribute("aria-label", about.title);
      video.onerror = () => this.node.classList.add("broken");
      video.src = about.media;
      this.screen.replaceChildren(video);
    }
    const start = () => {
      video.currentTime = about.time;
      video.play().catch(() => {}); // a browser that forbids it leaves the controls
    };
    if (video.readyState >= 1) start();
    else video.onloadedmetadata = start;
  }
  mark(isDrawn) {
    this.node.querySelector(".path").textContent = isDrawn ? "Hide path" : "Draw path";
    this.node.querySelector(".path").setAttribute("aria-pressed", String(isDrawn));
  }
  clear() {
    this.node.classList.remove("broken");
    const video = this.screen.querySelector("video");
    if (video) {
      video.onerror = null;
      video.removeAttribute("src");
      video.load(); // lets go of the connection
    }
    this.screen.replaceChildren();
  }
  hide() {
    this.clear();
    this.about = null;
    this.node.hidden = true;
  }
}
