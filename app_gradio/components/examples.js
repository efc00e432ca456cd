// Cards of example pairs. A click reports which one. Stills that come later go into the cards that are there already.
function make(index) {
  const card = document.createElement('button'), two = document.createElement('span'), caption = document.createElement('span');
  card.type = 'button';
  two.className = 'ck-two';
  two.append(document.createElement('span'), document.createElement('span'));
  caption.className = 'ck-caption';
  card.append(two, caption);
  card.addEventListener('click', () => trigger('pick', { index }));
  return card;
}
function show(value) {
  const pairs = value ? value.pairs : [], list = element.querySelector('.ck-cards');
  element.querySelector('h3').textContent = value ? value.heading : '';
  while (list.children.length > pairs.length) list.lastChild.remove();
  pairs.forEach((pair, index) => {
    if (!list.children[index]) list.append(make(index));
    const card = list.children[index], [a, b] = card.querySelectorAll('.ck-two > span');
    card.querySelector('.ck-caption').textContent = pair.caption;
    a.style.backgroundImage = pair.a ? 'url(' + pair.a + ')' : '';
    b.style.backgroundImage = pair.b ? 'url(' + pair.b + ')' : '';
  });
}
watch('value', () => show(props.value));
show(props.value);
