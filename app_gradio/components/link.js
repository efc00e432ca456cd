// The address that opens this comparison again. Where the browser lets no page write to the clipboard, it is shown.
const share = element.querySelector('.ck-share'), field = share.querySelector('input');
function show(value) {
  share.hidden = !value;
  field.hidden = true;
  share.querySelector('span').textContent = value ? value.note : '';
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
