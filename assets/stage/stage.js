// One comparison on the page: players, matrix and moments, and the one place in both clips that all of them show.
// A is the query and runs down the matrix, B is the reference and runs across. The app that hosts it calls `show`.

function createStage(root) {
  let data = null, spot = { a: 0, b: 0 }; // the seconds that everything shows
  const half = { a: 0, b: 0 }; // of a sampling step, in seconds
  const $ = (selector) => root.querySelector(selector), output = $('.ck-here');
  const fill = (node, side, second) => fillStill(node, data[side].stills, second);
  const tell = (text) => { output.textContent = text; };
  const players = createPlayers(root, { tell, moved });
  const matrix = createMatrix(root, { pick: select, toggle: players.toggle, fill });
  const moments = createMoments(root, { go, visit: (match) => select(...match.begin), fill });

  function show(next) {
    players.pause();
    data = next && next.a ? next : null;
    root.hidden = !data;
    players.show(data);
    if (!data) return;
    $('.ck-sentence').textContent = data.sentence;
    $('.ck-notes').textContent = data.notes.join(' ');
    $('.ck-notes').hidden = data.notes.length === 0;
    for (const side of ['a', 'b']) half[side] = data[side].times.length > 1 ? (data[side].times[1] - data[side].times[0]) / 2 : 0;
    showViews();
    matrix.show(data.views[0]);
    const closest = matrix.closest(), first = data.matches[0];
    moments.show(data, closest);
    if (first) select(...first.begin); else select(closest.a, closest.b);
  }

  // One button for each matrix, when there are several to choose from.
  function showViews() {
    const choice = $('.ck-views');
    choice.hidden = data.views.length < 2;
    $('.ck-map h3').textContent = data.views[0].label;
    $('.ck-map h3').hidden = !choice.hidden;
    choice.replaceChildren(...data.views.map((view, k) => {
      const button = made('button', '', view.label);
      button.type = 'button';
      button.ariaPressed = String(k === 0);
      button.addEventListener('click', () => {
        for (const other of choice.children) other.ariaPressed = String(other === button);
        matrix.show(view);
        refresh();
      });
      return button;
    }));
  }

  // Both players to these seconds.
  function select(a, b) {
    spot = { a, b };
    players.go(a, b);
    refresh();
  }
  function go(side, time) {
    const found = side === 'a' ? matrix.closest(time, undefined) : matrix.closest(undefined, time);
    const match = data.matches.find((m) => side === 'a' && m.path.length > 1 && time >= m.query_start && time < m.query_end);
    if (side === 'a') select(time, match ? partner(match.path, time) : found.b); else select(found.a, time);
  }
  function moved() {
    if (players.isPlaying()) spot = { a: players.second('a'), b: players.second('b') };
    refresh();
  }
  function refresh() {
    if (!data) return;
    matrix.draw({ here: [spot.a, spot.b], matches: data.matches, half, isPlaying: players.isPlaying() });
    moments.mark(spot, players.matchAt(spot.a, spot.b));
    tell(matrix.words());
    root.dataset.cell = matrix.cell().join(',');
  }
  // The colours of the page have changed.
  function recolour() {
    if (data) matrix.paint();
  }
  return { show, recolour, pause: players.pause, release: () => players.show(null) };
}

// The picture of a second: a tile of a sheet that came along, or a thumbnail of its own behind an address.
function fillStill(node, stills, second) {
  node.hidden = !stills;
  if (!stills) return;
  if (stills.address) {
    node.style.background = '#08090a center / contain no-repeat url("' + stills.address + second.toFixed(2) + '")';
    return;
  }
  const k = nearest(stills.times, second), column = k % stills.columns, row = Math.floor(k / stills.columns);
  node.style.backgroundImage = 'url(' + stills.data + ')';
  node.style.backgroundSize = 100 * stills.columns + '% ' + 100 * stills.rows + '%';
  node.style.backgroundPosition = (stills.columns > 1 ? 100 * column / (stills.columns - 1) : 0) + '% ' + (stills.rows > 1 ? 100 * row / (stills.rows - 1) : 0) + '%';
}
