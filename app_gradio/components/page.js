() => {
  const slot = (event) => event.target.closest?.('#clip-a, #clip-b');

  // A slot would complain of a clip that this browser cannot play before our preview of it has arrived. It will.
  document.addEventListener('error', (event) => { if (slot(event)) event.stopImmediatePropagation(); }, true);

  // While a file is on its way or being read, nothing can be asked yet; beside the button it says of what.
  const parts = { frames: ['frame-a', 'frame-b'], videos: ['clip-a', 'clip-b'] };
  const PATIENCE = 3000; // milliseconds from the end of an upload until the server has to have said that it reads it
  const arrived = {};
  const state = (id) => {
    const slot = document.getElementById(id);
    if (slot?.querySelector('.uploading')) {
      arrived[id] = performance.now();
      return 'uploaded';
    }
    const isRead = Boolean(document.querySelector(`#${id}-reading .ck-progress`));
    const waited = performance.now() - arrived[id];
    const isDue = waited < PATIENCE / 10 || (waited < PATIENCE && Boolean(slot?.querySelector('video, img')));
    if (isRead || !isDue) delete arrived[id];
    return isRead || isDue ? 'read' : '';
  };
  const name = (id) => id[0].toUpperCase() + id.slice(1, -1).replace('-', ' ') + id.slice(-1).toUpperCase();
  const hold = (tab, why) => {
    const go = document.getElementById(`${tab}-go`), told = document.querySelector(`#${tab}-held p`);
    const swap = go?.closest('.tabitem')?.querySelector('.ck-swap');
    for (const button of [go, swap]) if (button && button.disabled !== Boolean(why)) button.disabled = Boolean(why);
    if (told && told.textContent !== why) told.textContent = why;
  };
  let soon = 0, later = 0;
  const look = () => {
    clearTimeout(later);
    soon = later = 0;
    for (const [tab, ids] of Object.entries(parts)) {
      const states = ids.map((id) => [name(id), state(id)]).filter(([, what]) => what);
      hold(tab, states.map(([side, what]) => `${side} is being ${what}.`).join(' '));
    }
    if (Object.keys(arrived).length) later = setTimeout(look, PATIENCE / 10);
  };
  new MutationObserver(() => { soon ||= setTimeout(look, 20); }).observe(document.body, { childList: true, subtree: true });

  // A slot believes the browser, which knows few kinds of video by name. The server looks into the file itself.
  const films = ['.3g2', '.3gp', '.asf', '.avi', '.divx', '.dv', '.f4v', '.flv', '.gif', '.ivf', '.m2ts', '.m2v', '.mkv', '.mpeg', '.mpg', '.mts', '.mxf', '.ogm', '.ogv', '.rm', '.rmvb', '.ts', '.vob', '.wmv', '.y4m'];
  const isFilm = (file) => films.some((end) => file.name.toLowerCase().endsWith(end));
  const asVideo = (files) => {
    const taken = new DataTransfer();
    for (const file of files) taken.items.add(file.type.startsWith('video/') || !isFilm(file) ? file : new File([file], file.name, { type: 'video/mp4' }));
    return taken.files;
  };
  document.addEventListener('click', (event) => {
    const input = event.target;
    if (slot(event) && input.type === 'file' && !input.accept.includes('.flv')) input.accept = ['video/*', ...films].join(',');
  }, true);
  document.addEventListener('change', (event) => {
    if (slot(event) && event.target.type === 'file' && event.target.files.length) event.target.files = asVideo(event.target.files);
  }, true);
  document.addEventListener('drop', (event) => {
    const input = slot(event)?.querySelector('input[type=file]');
    const files = event.dataTransfer?.files || [];
    if (!input || ![...files].some((file) => !file.type.startsWith('video/') && isFilm(file))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    input.files = asVideo(files);
    input.dispatchEvent(new Event('change', { bubbles: true }));
  }, true);
}
