() => {
  // A slot would complain of a clip that this browser cannot play before our preview of it has arrived. It will.
  document.addEventListener('error', (event) => { if (event.target.closest?.('#clip-a, #clip-b, #moment-clip')) event.stopImmediatePropagation(); }, true);

  // While a file is on its way or being read, nothing can be asked yet; beside the button it says of what.
  const parts = { frames: ['frame-a', 'frame-b'], videos: ['clip-a', 'clip-b'] };
  const PATIENCE = 3000; // milliseconds from the end of an upload until the server has to have said that it reads it
  const arrived = {};
  const state = (id) => {
    const slot = document.getElementById(id);
    if (slot?.querySelector('.uploading')) {
      arrived[id] = performance.now();
      return 'uploaded';
    }
    const isRead = Boolean(document.querySelector(`#${id}-reading .ck-progress`));
    const waited = performance.now() - arrived[id];
    const isDue = waited < PATIENCE / 10 || (waited < PATIENCE && Boolean(slot?.querySelector('video, img')));
    if (isRead || !isDue) delete arrived[id];
    return isRead || isDue ? 'read' : '';
  };
  const name = (id) => id[0].toUpperCase() + id.slice(1, -1).replace('-', ' ') + id.slice(-1).toUpperCase();
  const hold = (tab, why) => {
    const go = document.getElementById(`${tab}-go`), told = document.querySelector(`#${tab}-held p`);
    const swap = go?.closest('.tabitem')?.querySelector('.ck-swap');
    for (const button of [go, swap]) if (button && button.disabled !== Boolean(why)) button.disabled = Boolean(why);
    if (told && told.textContent !== why) told.textContent = why;
  };
  let soon = 0, later = 0;
  const look = () => {
    clearTimeout(later);
    soon = later = 0;
    for (const [tab, ids] of Object.entries(parts)) {
      const states = ids.map((id) => [name(id), state(id)]).filter(([, what]) => what);
      hold(tab, states.map(([side, what]) => `${side} is being ${what}.`).join(' '));
    }
    if (Object.keys(arrived).length) later = setTimeout(look, PATIENCE / 10);
  };
  new MutationObserver(() => { soon ||= setTimeout(look, 20); }).observe(document.body, { childList: true, subtree: true });

  // Arrow keys go from tab to tab, as people who use no mouse expect.
  document.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key], tab = event.target.closest?.('.ck-tabs [role=tab]');
    if (!step || !tab) return;
    const tabs = [...tab.closest('[role=tablist]').querySelectorAll('[role=tab]')];
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
    next.focus();
    next.click();
  });
}
