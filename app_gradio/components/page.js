() => {
  const slot = (event) => event.target.closest?.('#clip-a, #clip-b');

  // A slot would complain of a clip that this browser cannot play before our preview of it has arrived. It will.
  document.addEventListener('error', (event) => { if (slot(event)) event.stopImmediatePropagation(); }, true);

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
