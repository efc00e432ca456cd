// Cards of example pairs. A click reports which one.
function show(value) {
  const heading = element.querySelector('h3'), list = element.querySelector('.ck-cards');
  heading.textContent = value ? value.heading : '';
  list.replaceChildren();
  (value ? value.pairs : []).forEach((pair, index) => {
    const card = document.createElement('button'), two = document.createElement('span'), caption = document.createElement('span');
    card.type = 'button';
    two.className = 'ck-two';
    caption.className = 'ck-caption';
    caption.textContent = pair.caption;
    for (const side of ['a', 'b']) {
      const still = document.createElement('span');
      if (pair[side]) still.style.backgroundImage = 'url(' + pair[side] + ')';
      two.append(still);
    }
    card.append(two, caption);
    card.addEventListener('click', () => trigger('pick', { index }));
    list.append(card);
  });
}
watch('value', () => show(props.value));
show(props.value);
