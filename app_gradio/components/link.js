// The address that opens this comparison again. Where the browser lets no page write to the clipboard, it is shown.
const share = element.querySelector('.ck-share'), field = share.querySelector('input');
let opened; // what the page shows because its own address asked for it
function show(value) {
  leave(value);
  share.hidden = !value;
  field.hidden = true;
  share.querySelector('span').textContent = value ? value.note : '';
}
// An address that named another comparison than the one on show would open that one when the page is loaded again.
function leave(value) {
  const here = new URL(location.href), asked = here.searchParams.get('compare'), tab = (name) => name.split('.')[0];
  if (!asked || (!value && !opened)) return;
  if (value && tab(value.name) === tab(asked)) opened ??= value.name;
  if (value && value.name === opened) return;
  here.searchParams.delete('compare');
  history.replaceState(history.state, '', here);
}
share.querySelector('button').addEventListener('click', async () => {
  const address = new URL(location.pathname, location.origin);
  address.searchParams.set('compare', props.value.name);
  try {
    await navigator.clipboard.writeText(address.href);
    trigger('copied', {});
  } catch {
    field.value = address.href;
    field.hidden = false;
    field.select();
  }
});
watch('value', () => show(props.value));
show(props.value);
