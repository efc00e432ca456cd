// The link to a view: where one looks, how, what is sought and what is outlined. It stands in the address of the page,
// without a reload, and in the session for when the page is visited again. What is as always is left out.

const USUAL = { x: "0.5000", y: "0.5000", z: "0.00", show: "auto", by: "cluster", find: "", sel: "" };
const WAYS = { show: ["auto", "points", "pictures", "mosaic"], by: ["cluster", "video", "time"] };

function keptLink(name) {
  const address = new URL(location.href).searchParams;
  const isLink = Object.keys(USUAL).some((key) => address.has(key));
  const kept = isLink ? Object.fromEntries(address) : JSON.parse(sessionStorage.getItem(name) ?? "{}");
  const link = Object.fromEntries(Object.entries(USUAL).map(([key, usual]) => [key, String(kept[key] ?? usual)]));
  for (const key of ["x", "y", "z"]) if (!Number.isFinite(Number(link[key]))) link[key] = USUAL[key];
  for (const key of ["show", "by"]) if (!WAYS[key].includes(link[key])) link[key] = USUAL[key];
  return link;
}

function keepLink(name, changes) {
  if (!name) return;
  const link = { ...keptLink(name), ...changes };
  sessionStorage.setItem(name, JSON.stringify(link));
  const address = new URL(location.href);
  for (const [key, value] of Object.entries(link)) {
    if (value === USUAL[key]) address.searchParams.delete(key);
    else address.searchParams.set(key, value);
  }
  history.replaceState(history.state, "", address);
}

const viewOf = ({ x, y, z }) => ({ x: x.toFixed(4), y: y.toFixed(4), z: z.toFixed(2) });
