// What is here: the regions in view, largest share first, each told by its most typical frames. Press one to go there.

const TOLD = 8; // regions at a time

class Regions {
  constructor(node, pictures, onGo) {
    Object.assign(this, { node, pictures, onGo, shown: "" });
  }
  draw(regions, grid, camera, colours) {
    const box = camera.view;
    const counts = new Map();
    const { points } = grid;
    grid.within(box, (at) => counts.set(points.labels[at], (counts.get(points.labels[at]) ?? 0) + 1));
    const total = [...counts.values()].reduce((sum, value) => sum + value, 0);
    const here = regions
      .map((region) => ({ region, share: (counts.get(region.label) ?? 0) / (total || 1) }))
      .filter(({ share }) => share > 0.01)
      .sort((a, b) => b.share - a.share)
      .slice(0, TOLD);
    const name = here.map(({ region, share }) => `${region.label}:${Math.round(share * 100)}`).join() + colours.name;
    if (name === this.shown) return;
    this.shown = name;
    this.node.replaceChildren(...here.map(({ region, share }) => this.entry(region, share, colours)));
    this.node.parentElement.hidden = !here.length;
  }
  entry(region, share, colours) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "region";
    button.innerHTML = '<span class="typical"></span><span class="words"><i></i><b></b><span class="titles"></span></span>';
    for (const { picture } of region.frames.slice(0, 3)) {
      const image = Object.assign(document.createElement("img"), { src: picture, alt: "", loading: "lazy", width: 96, height: 54 });
      button.querySelector(".typical").append(image);
    }
    const percent = share > 0.995 ? "All" : `${Math.round(share * 100)} %`;
    button.querySelector("i").style.background = hueOf(region.label, colours.name);
    button.querySelector("b").textContent = percent;
    button.querySelector(".titles").textContent = button.title = region.title;
    button.setAttribute("aria-label", `${percent} of the view: ${region.title}, ${region.size.toLocaleString("en")} frames. Go there`);
    button.onclick = () => this.onGo(region);
    return button;
  }
}
