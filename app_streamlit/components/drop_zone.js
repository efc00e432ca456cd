// Streams files to the upload route, one PUT for each, with progress and cancel. The queue lives on the window, not in
// the component, so that uploads go on while another page of the app is shown.

const TOGETHER = 2; // uploads at a time
const MEDIA = /\.(3g2|3gp|asf|avi|divx|dv|f4v|flv|ivf|m2ts|m2v|m4v|mkv|mov|mp4|mpe?g|mts|mxf|og[gmv]|rm|rmvb|ts|vob|webm|wmv|y4m)$/i;
const PICTURE = /\.(jpe?g|png|gif|bmp|webp|tiff?)$/i;
const CROSS = '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M6 6l12 12M18 6L6 18"/></svg>';

function queueFor(purpose) {
  const queues = (window.clipkinUploads ??= {});
  return (queues[purpose] ??= { items: [], answers: [], sent: 0, left: 0, show: null });
}

function size(bytes) {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

function enqueue(queue, files, data, named) {
  for (const file of files) {
    const fits = MEDIA.test(file.name) || (data.pictures && PICTURE.test(file.name)) || named;
    if (!fits) {
      queue.left += 1;
      continue;
    }
    const item = { file, url: `${data.url}${encodeURIComponent(file.name)}?for=${data.purpose}`, loaded: 0, state: "waiting" };
    if (file.size > data.limit) Object.assign(item, { state: "failed", error: `It is larger than the ${size(data.limit)} that are taken.` });
    queue.items.push(item);
  }
  pump(queue);
}

function pump(queue) {
  const running = queue.items.filter((item) => item.state === "sending").length;
  for (const item of queue.items.filter((item) => item.state === "waiting").slice(0, TOGETHER - running)) send(queue, item);
  queue.show?.();
}

function send(queue, item) {
  const request = (item.request = new XMLHttpRequest());
  item.state = "sending";
  request.open("PUT", item.url);
  request.responseType = "json";
  request.upload.onprogress = (event) => {
    item.loaded = event.loaded;
    queue.show?.();
  };
  request.onload = () => {
    if (request.status === 201) {
      queue.items = queue.items.filter((other) => other !== item);
      queue.sent += 1;
      queue.answers.push(request.response);
    } else {
      fail(item, request.response?.error ?? `The server answered ${request.status}.`);
    }
    pump(queue);
  };
  request.onerror = () => {
    fail(item, "The connection was lost. Drop it again.");
    pump(queue);
  };
  request.send(item.file);
}

function fail(item, error) {
  Object.assign(item, { state: "failed", error, request: null });
}

function drop(queue, item) {
  item.request?.abort();
  queue.items = queue.items.filter((other) => other !== item);
  pump(queue);
}

// Folders arrive as entries that must be read before the drop event is over.
async function filesOf(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return { files: [...transfer.files], named: true };
  const files = [];
  const walk = async (entry) => {
    if (entry.name.startsWith(".")) return;
    if (entry.isFile) return files.push(await new Promise((done, stop) => entry.file(done, stop)));
    const reader = entry.createReader();
    for (let batch; (batch = await new Promise((done, stop) => reader.readEntries(done, stop))).length; )
      for (const child of batch) await walk(child);
  };
  for (const entry of entries) await walk(entry);
  return { files, named: false };
}

function row(queue, item) {
  const line = (item.line ??= newRow(queue, item));
  const [, state, stop, bar] = line.children;
  const share = item.file.size ? item.loaded / item.file.size : 0;
  line.className = item.state;
  state.textContent =
    item.state === "failed" ? item.error
    : item.state === "waiting" ? `${size(item.file.size)}, waiting`
    : share < 1 ? `${size(item.loaded)} of ${size(item.file.size)}` : "Finishing";
  bar.hidden = item.state !== "sending";
  bar.firstChild.style.width = `${100 * share}%`;
  stop.setAttribute("aria-label", `${item.state === "failed" ? "Dismiss" : "Cancel"} ${item.file.name}`);
  return line;
}

function newRow(queue, item) {
  const line = document.createElement("li");
  line.innerHTML = `<span class="name"></span><span class="state"></span><button type="button" class="stop">${CROSS}</button><div class="bar"><i></i></div>`;
  line.children[0].textContent = line.children[0].title = item.file.name;
  line.children[2].onclick = () => drop(queue, item);
  return line;
}

function paint(root, queue) {
  const list = root.querySelector(".items");
  const lines = queue.items.slice(0, 60).map((item) => row(queue, item));
  if (lines.length !== list.children.length || lines.some((line, place) => list.children[place] !== line)) list.replaceChildren(...lines);
  const note = root.querySelector(".note");
  const going = queue.items.filter((item) => item.state !== "failed").length;
  const parts = [];
  if (going > 1) parts.push(`${going} files to go, ${queue.sent} uploaded`);
  if (queue.left) parts.push(`${queue.left} ${queue.left === 1 ? "file was" : "files were"} left out: no video`);
  note.hidden = !parts.length;
  note.textContent = parts.join(" · ");
  if (going > 1) {
    const all = Object.assign(document.createElement("button"), { type: "button", textContent: "Cancel all" });
    all.onclick = () => {
      const rest = queue.items.filter((item) => item.state !== "failed");
      queue.items = queue.items.filter((item) => item.state === "failed");
      for (const item of rest) item.request?.abort();
      pump(queue);
    };
    note.append(all);
  }
}

function listen(root, queue, signal) {
  const zone = root.querySelector(".zone");
  const isFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  let depth = 0;
  const light = (change) => zone.classList.toggle("over", (depth = Math.max(0, depth + change)) > 0);
  const take = (files, named) => {
    queue.left = 0;
    if (!queue.items.length) queue.sent = 0;
    enqueue(queue, root.data.many ? files : [...files].slice(0, 1), root.data, named);
  };
  window.addEventListener("dragenter", (event) => isFiles(event) && light(1), { signal });
  window.addEventListener("dragleave", (event) => isFiles(event) && light(-1), { signal });
  window.addEventListener("dragover", (event) => isFiles(event) && event.preventDefault(), { signal });
  window.addEventListener("drop", async (event) => {
    if (!isFiles(event)) return;
    event.preventDefault();
    light(-depth);
    const { files, named } = await filesOf(event.dataTransfer);
    take(files, named);
  }, { signal });
  for (const [button, picker, named] of [[".files", ".pick-files", true], [".folder", ".pick-folder", false]]) {
    const input = root.querySelector(picker);
    root.querySelector(button).addEventListener("click", () => input.click(), { signal });
    input.addEventListener("change", () => {
      take([...input.files], named);
      input.value = "";
    }, { signal });
  }
}

export default function ({ data, parentElement: root, setTriggerValue }) {
  const queue = queueFor(data.purpose);
  root.data = data;
  root.querySelector(".zone").classList.toggle("large", data.large);
  root.querySelector(".title").textContent = data.title;
  root.querySelector(".hint").textContent = data.hint;
  root.querySelector(".files").textContent = data.many ? "Choose files" : "Choose a file";
  root.querySelector(".pick-files").multiple = data.many;
  root.querySelector(".folder").hidden = !data.many;
  root.querySelector(".server").hidden = !data.server;
  root.querySelector(".server").onclick = () => setTriggerValue("server", true);
  const show = (queue.show = root.show = () => {
    paint(root, queue);
    if (queue.answers.length) setTriggerValue("received", queue.answers.splice(0));
  });
  show();
  if (!root.stop) {
    root.stop = new AbortController();
    listen(root, queue, root.stop.signal);
  }
  return () => {
    root.stop?.abort();
    root.stop = null;
    if (queue.show === root.show) queue.show = null; // the zone of the next page may be there already
  };
}
