// Whoever comes by a link is shown the comparison that it names.
const [tab, ...name] = (new URLSearchParams(location.search).get('compare') || '').split('.');
if (['frames', 'videos'].includes(tab)) trigger(tab, { name: name.join('.') });
