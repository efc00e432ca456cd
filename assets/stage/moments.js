// What corresponds, apart from the matrix: both readings as bars, the matches as bars over two time lines with ribbons
// between them, and a list of the moments with their pictures.

const SAME_SCALE = 4; // a clip up to so many times longer than the other shares one time scale with it
const SVG = 'http://www.w3.org/2000/svg';

function createMoments(root, { go, visit, fill }) {
  const lanes = root.querySelector('.ck-lanes'), ribbons = root.querySelector('.ck-ribbons');
  const rails = { a: lanes.querySelector('[data-side=a] .ck-rail'), b: lanes.querySelector('[data-side=b] .ck-rail') };
  let data = null, bars = [];

  function show(next, closest) {
    data = next;
    for (const side of ['a', 'b']) showReading(side, data[side]);
    showLanes();
    showList(closest);
  }

  function showReading(side, clip) {
    const meter = root.querySelector('.ck-meter[data-side=' + side + ']');
    meter.querySelector('strong').textContent = Math.round(100 * clip.share) + ' %';
    meter.querySelector('b').style.width = 100 * clip.share + '%';
    const why = meter.querySelector('.ck-why'), [one, other] = side === 'a' ? 'AB' : 'BA';
    why.dataset.told = 'The share of ' + one + ' that lies in a passage of ' + other + '. Similarity: every frame of ' + one + ' held against the most similar one of ' + other + ', on average; 1 is the same picture, 0 is nothing in common.';
    why.ariaLabel = 'What this means: ' + why.dataset.told;
    meter.querySelector('small').textContent = (clip.is_picture ? '' : amount(clip.matched, clip.duration) + ' · ') + clip.reading;
  }

  // Seconds are too coarse for a short clip: 9.6 of 10.0 would read as all of it, or as one second short.
  function amount(matched, whole) {
    if (whole < 60) return matched.toFixed(1) + ' of ' + whole.toFixed(1) + ' s';
    return timecode(matched) + ' of ' + timecode(whole);
  }

  const times = (match, side) => side === 'a' ? [match.query_start, match.query_end] : [match.reference_start, match.reference_end];
  const said = (match) => 'A ' + span(...times(match, 'a')) + ' corresponds to B ' + span(...times(match, 'b')) + ', similarity ' + match.score.toFixed(2);

  function showLanes() {
    const lengths = [data.a.duration, data.b.duration], longest = Math.max(...lengths);
    lanes.hidden = data.a.is_picture || data.b.is_picture;
    ribbons.replaceChildren();
    bars = data.matches.map(() => []);
    if (lanes.hidden) return;
    const isShared = Math.min(...lengths) * SAME_SCALE >= longest;
    const scale = (side) => isShared ? longest : data[side].duration;
    for (const side of ['a', 'b']) {
      const rail = rails[side], length = data[side].duration;
      rail.style.width = 100 * length / scale(side) + '%';
      rail.replaceChildren();
      data.matches.forEach((match, k) => {
        const [start, end] = times(match, side), bar = made('button', match.is_shared ? 'ck-bar ck-shared' : 'ck-bar');
        bar.type = 'button';
        bar.title = bar.ariaLabel = said(match);
        bar.style.left = 100 * start / length + '%';
        bar.style.width = 100 * (Math.min(end, length) - start) / length + '%';
        bar.addEventListener('click', (event) => { event.stopPropagation(); visit(match); });
        rail.append(bar);
        bars[k].push(bar);
      });
      rail.append(made('b'));
      rail.nextElementSibling.textContent = timecode(length);
    }
    data.matches.forEach((match, k) => {
      const [a, b] = ['a', 'b'].map((side) => times(match, side).map((time) => 1000 * Math.min(time, data[side].duration) / scale(side)));
      const ribbon = document.createElementNS(SVG, 'path');
      ribbon.setAttribute('d', 'M' + a[0] + ' 0C' + a[0] + ' 50 ' + b[0] + ' 50 ' + b[0] + ' 100L' + b[1] + ' 100C' + b[1] + ' 50 ' + a[1] + ' 50 ' + a[1] + ' 0Z');
      ribbon.addEventListener('click', () => visit(match));
      ribbons.append(ribbon);
      bars[k].push(ribbon);
    });
  }

  function showList(closest) {
    const list = root.querySelector('.ck-moments ol'), none = root.querySelector('.ck-none');
    none.hidden = data.matches.length > 0;
    none.textContent = 'No passage is alike enough to count as a match. This is the closest pair of frames.';
    const alone = { query_start: closest.a, query_end: closest.a, reference_start: closest.b, reference_end: closest.b, score: closest.similarity, query_best: closest.a, reference_best: closest.b, begin: [closest.a, closest.b], marks: [] };
    list.replaceChildren(...(data.matches.length ? data.matches : [alone]).map((match, k) => {
      const item = made('li'), row = made('button'), pictures = made('span', 'ck-pair'), text = made('span', 'ck-when');
      row.type = 'button';
      for (const [side, best] of [['a', match.query_best], ['b', match.reference_best]]) {
        const still = made('span', 'ck-still');
        fill(still, side, best);
        pictures.append(still);
        const line = made('span'), name = made('b', '', side.toUpperCase());
        line.append(name, ' ' + span(...times(match, side)));
        text.append(line);
      }
      if (match.marks.length) text.append(made('span', 'ck-marks', match.marks.join(' · ')));
      const score = made('span', 'ck-score', match.score.toFixed(2));
      score.title = 'Similarity on average: 1 is the same picture, 0 nothing in common';
      row.append(pictures, text, score);
      row.addEventListener('click', () => visit(match));
      item.append(row);
      if (bars[k]) bars[k].push(item);
      return item;
    }));
  }

  // The playheads, and which match the players are in.
  function mark(seconds, match) {
    for (const side of ['a', 'b']) {
      const head = rails[side].querySelector(':scope > b');
      if (head) head.style.left = 100 * clamp(seconds[side] / (data[side].duration || 1), 0, 1) + '%';
    }
    data.matches.forEach((other, k) => { for (const node of bars[k]) node.classList.toggle('ck-now', other === match); });
  }

  // A place on one clip's line: go there, and to the frame of the other clip that is most like it.
  for (const side of ['a', 'b']) {
    rails[side].addEventListener('click', (event) => {
      const area = rails[side].getBoundingClientRect();
      go(side, (event.clientX - area.left) / area.width * data[side].duration);
    });
  }
  return { show, mark };
}
