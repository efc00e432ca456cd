// Frames of several videos as film: a video to a row or a column, in the colour of its path. Press a frame to play it.

function strip(row, name, onPick) {
  const line = document.createElement("div");
  line.className = "strip";
  line.innerHTML = '<div class="about"><div class="name"><i></i><span></span></div><div class="words"></div></div><div class="frames"></div>';
  const dot = line.querySelector("i");
  if (row.hue === null) dot.remove();
  else dot.style.background = hueOf(row.hue, name);
  const title = line.querySelector(".name span");
  title.textContent = title.title = row.title;
  line.querySelector(".words").textContent = line.querySelector(".words").title = row.words;
  line.querySelector(".frames").style.setProperty("--many", Math.max(8, row.frames.length));
  for (const { time, clock, picture } of row.frames) {
    const button = document.createElement("button");
    button.type = "button";
    button.title = clock;
    button.setAttribute("aria-label", `Play ${row.title} at ${clock}`);
    button.append(Object.assign(document.createElement("img"), { src: picture, alt: "", loading: "lazy", width: 96, height: 54 }));
    button.onclick = () => onPick(row.id, time);
    line.querySelector(".frames").append(button);
  }
  return line;
}

export default function ({ data, parentElement: root, setTriggerValue }) {
  const node = root.querySelector(".strips");
  const colours = theme(node);
  node.classList.toggle("upright", data.upright);
  const name = JSON.stringify(data.rows) + colours.name;
  if (root.shown === name) return;
  root.shown = name;
  node.replaceChildren(...data.rows.map((row) => strip(row, colours.name, (id, time) => setTriggerValue("picked", [id, time]))));
}
