// The system goes from light to dark while the page is open: what the server drew in the old colours is drawn anew.

const SETTLED = 400; // milliseconds until the page has taken its new colours

export default function ({ setTriggerValue }) {
  const media = matchMedia("(prefers-color-scheme: dark)");
  const tell = () => setTimeout(() => setTriggerValue("turned", Date.now()), SETTLED);
  media.addEventListener("change", tell);
  return () => media.removeEventListener("change", tell);
}
