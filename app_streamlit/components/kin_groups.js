// Groups of near-duplicates. Under every clip stands the edge that holds it in its group: the clip it is most like, the
// two moments that agree, and how much. The selection is this component's own until `epoch` changes.

function clock(seconds) {
  const whole = Math.floor(seconds + 1e-6);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const two = (part) => String(part).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

function made(tag, name, text) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
}

function picture(address) {
  return Object.assign(made("img"), { src: address, alt: "", loading: "lazy" });
}

// What holds a clip to the first one of its group; where no passage corresponds, only how alike they are.
function edgeOf(root, { self, other, similarity }) {
  const button = made("button", "edge"), words = made("span");
  const told = self.time === null ? "alike throughout" : `${clock(self.time)} ↔ ${clock(other.time)}`;
  button.type = "button";
  words.append(made("b", "", `${similarity.toFixed(2)} alike`), made("i", "", told));
  button.append(picture(self.moment), picture(other.moment), words);
  button.title = `Compare with ${other.title}`;
  button.setAttribute("aria-label", `${self.title}: ${similarity.toFixed(2)} alike to ${other.title}. Compare both.`);
  button.onclick = () => root.say("compared", [other.id, self.id]);
  return button;
}

function memberOf(root, member, edge) {
  const item = made("li", "member" + (member.tall ? " tall" : ""));
  item.dataset.id = member.id;
  const open = made("button", "open"), frame = made("span", "frame"), title = made("span", "title", member.title);
  open.type = "button";
  title.title = member.title;
  frame.append(picture(member.thumb), made("span", "length", member.length));
  open.append(frame, title);
  open.onclick = () => root.say("opened", member.id);
  const pick = made("label", "pick");
  pick.innerHTML = '<input type="checkbox"><i><svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M5 12.5l4.5 4.5L19 7.5"/></svg></i>';
  const box = pick.querySelector("input");
  box.setAttribute("aria-label", `Select ${member.title}`);
  box.onchange = () => choose(root, [member.id], box.checked);
  item.append(open, pick, edge ? edgeOf(root, edge) : made("div", "first", "The others are like this one"));
  return item;
}

function groupOf(root, group, number) {
  const section = made("section", "group"), header = made("header"), list = made("ul", "members");
  section.setAttribute("aria-label", `Group ${number + 1}`);
  const spare = made("button", "quiet", "Select all but the longest");
  spare.type = "button";
  spare.onclick = () => choose(root, group.spare, true);
  header.append(made("h2", "", `${group.members.length} clips`), made("span", "", group.said), spare);
  list.append(...group.members.map((member, k) => memberOf(root, member, group.edges[k])));
  section.append(header, list);
  return section;
}

function choose(root, ids, isChosen) {
  for (const id of ids) isChosen ? root.chosen.add(id) : root.chosen.delete(id);
  mark(root);
  root.keep([...root.chosen]);
}

function mark(root) {
  for (const item of root.querySelectorAll(".member")) {
    const isChosen = root.chosen.has(item.dataset.id);
    item.classList.toggle("chosen", isChosen);
    item.querySelector("input").checked = isChosen;
  }
}

export default function ({ data, parentElement: root, setTriggerValue, setStateValue }) {
  root.say = setTriggerValue;
  root.keep = (ids) => setStateValue("selected", ids);
  if (root.epoch !== data.epoch) {
    root.epoch = data.epoch;
    root.chosen = new Set(data.selected);
  }
  if (root.answer !== data.answer) {
    root.answer = data.answer;
    root.querySelector(".groups").replaceChildren(...data.groups.map((group, number) => groupOf(root, group, number)));
  }
  mark(root);
}
