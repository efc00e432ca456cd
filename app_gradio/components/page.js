() => {
  // A slot would complain of a clip that this browser cannot play before our preview of it has arrived. It will.
  const keep = (event) => { if (event.target.closest?.('#clip-a, #clip-b')) event.stopImmediatePropagation(); };
  document.addEventListener('error', keep, true);
}
