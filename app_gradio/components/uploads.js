// A file that is too large is turned away before it travels. The server says so; the slot stays as it is.
const slots = '#frame-a, #frame-b, #clip-a, #clip-b, #moment-clip';
const refused = (event, files) => {
  const file = [...files].find((file) => file.size > props.value.largest);
  if (!file || !event.target.closest?.(slots)) return false;
  event.preventDefault();
  event.stopImmediatePropagation();
  trigger('refused', { name: file.name, size: file.size });
  return true;
};
document.addEventListener('change', (event) => {
  if (event.target.type === 'file' && refused(event, event.target.files)) event.target.value = '';
}, true);
document.addEventListener('drop', (event) => {
  if (refused(event, event.dataTransfer?.files || [])) event.target.dispatchEvent(new DragEvent('dragleave', { bubbles: true }));
}, true);
