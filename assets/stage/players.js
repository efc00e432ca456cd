// Two players that go where they are sent and play together. A leads; B follows the matches, faster or slower where one
// clip was sped up, and jumps where the alignment jumps. Off the matches both keep the distance they started with.

const DRIFT_LIMIT = 0.4; // seconds that B may be off before it jumps instead of catching up
const RATES = [0.25, 4]; // playback rates that browsers keep sound and picture together at

// The second of B that belongs to a second of A inside a match; `path` is its list of [A, B] corners.
function partner(path, a) {
  let k = 0;
  while (k < path.length - 2 && a >= path[k + 1][0]) k++;
  const [[a0, b0], [a1, b1]] = path.length > 1 ? [path[k], path[k + 1]] : [path[0], path[0]];
  return a1 > a0 ? b0 + (a - a0) * (b1 - b0) / (a1 - a0) : b0;
}
// How fast B runs there while A runs at 1.
function slope(path, a) {
  const ahead = 0.05;
  return clamp((partner(path, a + ahead) - partner(path, a)) / ahead, ...RATES);
}

function createPlayers(root, { tell, moved }) {
  const figures = { a: root.querySelector('.ck-player[data-side=a]'), b: root.querySelector('.ck-player[data-side=b]') };
  const videos = { a: figures.a.querySelector('video'), b: figures.b.querySelector('video') };
  const button = root.querySelector('.ck-play'), sound = root.querySelector('.ck-sound'), flip = root.querySelector('.ck-flip');
  let clips = null, matches = [], slack = 1, playing = null, heard = 'a', ticket = 0;

  const second = (side) => clips[side].is_picture ? 0 : Number(videos[side].dataset.wanted || videos[side].currentTime);

  function show(data) {
    pause();
    clips = data;
    if (!data) {
      for (const side of ['a', 'b']) { videos[side].removeAttribute('src'); videos[side].load(); }
      return;
    }
    matches = data.matches;
    slack = 1.2 * (data.a.times.length > 1 ? data.a.times[1] - data.a.times[0] : 1);
    for (const side of ['a', 'b']) showClip(side, data[side]);
    button.hidden = data.a.is_picture && data.b.is_picture;
    sound.hidden = button.hidden;
    flip.hidden = !matches.some((match) => match.is_mirrored);
    turn(false);
    hear('a');
  }

  function showClip(side, clip) {
    const figure = figures[side], video = videos[side], still = figure.querySelector('img'), wait = figure.querySelector('.ck-wait');
    const address = new URL(clip.url, document.baseURI).href;
    video.hidden = clip.is_picture;
    still.hidden = !clip.is_picture;
    wait.textContent = !clip.is_picture && clip.is_ready === false ? 'Preparing a preview that this browser can play' : '';
    if (clip.is_picture) {
      still.onerror = () => { if (clip.poster && still.getAttribute('src') !== clip.poster) still.src = clip.poster; }; // a format that browsers lack
      still.src = address;
      video.removeAttribute('src');
    } else if (video.src !== address) {
      video.poster = clip.poster || '';
      video.src = address;
    } else if (video.readyState) {
      wait.textContent = '';
    }
    figure.querySelector('.ck-title').textContent = figure.querySelector('.ck-title').title = clip.title;
    figure.querySelector('time').textContent = clip.is_picture ? 'picture' : timecode(clip.duration);
  }

  async function explain(side) {
    if (!clips || !videos[side].getAttribute('src')) return;
    const wait = figures[side].querySelector('.ck-wait');
    wait.textContent = 'This clip cannot be shown.';
    const answer = await fetch(videos[side].src, { headers: { Range: 'bytes=0-0' } });
    if (!answer.ok && (answer.headers.get('content-type') || '').includes('json')) wait.textContent = (await answer.json()).error || wait.textContent;
  }

  function seek(side, time) {
    const video = videos[side], target = clamp(time + 0.01, 0, Math.max(0, clips[side].duration - 0.04));
    if (clips[side].is_picture) return;
    if (video.readyState >= 1) video.currentTime = target; else video.dataset.wanted = target;
  }

  // Both to these seconds, at rest.
  function go(a, b) {
    pause();
    seek('a', a);
    seek('b', b);
  }

  const matchOver = (a) => matches.find((match) => match.path.length > 1 && a >= match.query_start - 0.05 && a < match.query_end);
  const matchAt = (a, b) => matches.find((match) => match.path.length > 1 && a >= match.query_start - 0.1 && a < match.query_end && Math.abs(partner(match.path, a) - b) <= slack);

  const ready = (video) => new Promise((done) => {
    const check = () => (!video.seeking && video.readyState >= 3) ? done() : setTimeout(check, 30);
    check();
    setTimeout(done, 4000);
  });

  async function play() {
    const mine = ++ticket, sides = ['a', 'b'].filter((side) => !clips[side].is_picture);
    await Promise.all(sides.map((side) => ready(videos[side])));
    if (mine !== ticket) return;
    const start = { a: second('a'), b: second('b') }, match = sides.length === 2 ? matchAt(start.a, start.b) : undefined;
    videos.b.playbackRate = match ? slope(match.path, start.a) : 1;
    try {
      await Promise.all(sides.map((side) => videos[side].play()));
    } catch (refused) {
      if (mine !== ticket) return; // it was stopped meanwhile
      tell('This browser cannot play the clip: ' + refused.message);
      pause();
      return;
    }
    playing = { sides, match, start, follows: Boolean(match) };
    label();
    requestAnimationFrame(follow);
  }

  function follow() {
    if (!playing || !root.isConnected) return;
    if (playing.sides.length === 2) align();
    const over = playing.sides.filter((side) => videos[side].ended);
    const later = playing.follows && !videos.a.ended && matches.some((match) => match.query_start > videos.a.currentTime);
    if (over.length && !later) pause();
    moved();
    if (playing) requestAnimationFrame(follow);
  }

  function align() {
    const a = videos.a.currentTime;
    if (playing.follows) {
      const inside = playing.match && a >= playing.match.query_start - 0.1 && a < playing.match.query_end;
      const match = inside ? playing.match : matchOver(a);
      if (match !== playing.match) {
        playing.match = match;
        playing.start = { a, b: videos.b.currentTime };
      }
    }
    const match = playing.match;
    const wanted = match ? partner(match.path, a) : playing.start.b + a - playing.start.a;
    const rate = match ? slope(match.path, a) : 1, drift = videos.b.currentTime - wanted;
    root.dataset.drift = drift.toFixed(3);
    if (wanted > clips.b.duration) return;
    if (Math.abs(drift) > DRIFT_LIMIT && !videos.b.seeking) videos.b.currentTime = Math.max(0, wanted);
    else videos.b.playbackRate = clamp(rate * clamp(1 - drift, 0.85, 1.15), ...RATES);
    if (videos.b.paused && !videos.a.paused && !videos.b.ended) videos.b.play().catch(() => pause());
  }

  function pause() {
    ticket++;
    playing = null;
    for (const video of Object.values(videos)) video.pause();
    label();
  }
  function label() {
    button.classList.toggle('ck-on', Boolean(playing));
    root.querySelector('.ck-word').textContent = playing ? 'Pause' : 'Play both from here';
  }
  function hear(side) {
    heard = side;
    videos.a.muted = side !== 'a';
    videos.b.muted = side !== 'b';
    sound.textContent = 'Sound: ' + side.toUpperCase();
  }
  // Left and right of B exchanged, so that a mirrored copy can be held against its source.
  function turn(isTurned) {
    flip.ariaPressed = String(isTurned);
    figures.b.classList.toggle('ck-turned', isTurned);
  }
  const toggle = () => { if (!clips || button.hidden) return; if (playing) { pause(); moved(); } else play(); };

  for (const [side, video] of Object.entries(videos)) {
    video.addEventListener('loadedmetadata', () => {
      figures[side].querySelector('.ck-wait').textContent = '';
      if (video.dataset.wanted) { video.currentTime = Number(video.dataset.wanted); delete video.dataset.wanted; }
    });
    video.addEventListener('error', () => explain(side));
    video.addEventListener('seeked', () => { if (clips) moved(); });
    figures[side].querySelector('.ck-screen').addEventListener('click', toggle);
  }
  button.addEventListener('click', toggle);
  flip.addEventListener('click', () => turn(flip.ariaPressed !== 'true'));
  sound.addEventListener('click', () => hear(heard === 'a' ? 'b' : 'a'));
  return { show, go, toggle, pause, second, matchAt, isPlaying: () => Boolean(playing) };
}
