// What slots take. A file that is too large, or surely of another kind, is turned away before it travels: the server says
// so in a sentence, and the slot stays as it is. All else travels, and the server looks into it.
const CLIPS = '#clip-a, #clip-b, #moment-clip', PICTURES = '#frame-a, #frame-b';
const slot = (event, kinds) => event.target.closest?.(kinds);

// A slot believes the browser, which knows few kinds of video by name.
const FILMS = ['.3g2', '.3gp', '.asf', '.avi', '.divx', '.dv', '.f4v', '.flv', '.gif', '.ivf', '.m2ts', '.m2v', '.mkv', '.mpeg', '.mpg', '.mts', '.mxf', '.ogm', '.ogv', '.rm', '.rmvb', '.ts', '.vob', '.wmv', '.y4m'];
const mayBeFilm = (file) => !file.type || file.type === 'application/octet-stream' || FILMS.some((end) => file.name.toLowerCase().endsWith(end));
const isVideo = (file) => file.type.startsWith('video/');
const asVideos = (files) => {
  const taken = new DataTransfer();
  for (const file of files) taken.items.add(isVideo(file) || !mayBeFilm(file) ? file : new File([file], file.name, { type: 'video/mp4' }));
  return taken.files;
};

function why(event, file) {
  if (file.size > props.value.largest) return 'size';
  if (slot(event, CLIPS)) return isVideo(file) || mayBeFilm(file) ? '' : 'video';
  return file.type.startsWith('image/') ? '' : 'picture';
}
function isRefused(event, files) {
  const file = [...files].find((file) => why(event, file));
  if (!file) return false;
  event.preventDefault();
  event.stopImmediatePropagation();
  trigger('refused', { name: file.name, size: file.size, why: why(event, file) });
  return true;
}

document.addEventListener('click', (event) => {
  const input = event.target;
  if (input.type === 'file' && slot(event, CLIPS) && !input.accept.includes('.flv')) input.accept = ['video/*', ...FILMS].join(',');
}, true);
document.addEventListener('change', (event) => {
  const input = event.target;
  if (input.type !== 'file' || !slot(event, `${CLIPS}, ${PICTURES}`)) return;
  if (isRefused(event, input.files)) input.value = '';
  else if (slot(event, CLIPS) && input.files.length) input.files = asVideos(input.files);
}, true);
document.addEventListener('drop', (event) => {
  const files = event.dataTransfer?.files || [], input = slot(event, CLIPS)?.querySelector('input[type=file]');
  if (!files.length || !slot(event, `${CLIPS}, ${PICTURES}`)) return;
  if (isRefused(event, files)) {
    event.target.dispatchEvent(new DragEvent('dragleave', { bubbles: true }));
  } else if (input && ![...files].every(isVideo)) {
    event.preventDefault();
    event.stopImmediatePropagation();
    input.files = asVideos(files);
    input.dispatchEvent(new Event('change', { bubbles: true }));
  }
}, true);
