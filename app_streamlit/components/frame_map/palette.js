// Colours of the points, told apart by people with any kind of colour vision: nine hues after Okabe and Ito (2008),
// darker on paper and lighter on near-black, and for time a ramp whose lightness rises evenly. A category beyond the
// ninth takes a colour again; neighbours in the list never share one.

const HUES = {
  light: ["#0072B2", "#B4530A", "#007A5E", "#A6417F", "#8A6D00", "#3B8FC4", "#5B5BB5", "#6E5F4E", "#C2352B"],
  dark: ["#56B4E9", "#F0A848", "#2FC29B", "#E08BBE", "#F0E442", "#3F8FD8", "#A9A2F0", "#CDBFA8", "#FF8F7D"],
};
const RAMPS = {
  light: ["#12305E", "#34598A", "#6F7B86", "#A58A55", "#C99A2E", "#E0B64A"],
  dark: ["#2F5FA8", "#5C80B0", "#8E97A0", "#B9A777", "#E0BE55", "#FCEB9A"],
};

function rgb(colour) {
  const text = colour.trim();
  if (text.startsWith("#")) {
    const full = text.length === 4 ? [...text.slice(1)].map((digit) => digit + digit).join("") : text.slice(1, 7);
    return [0, 2, 4].map((at) => parseInt(full.slice(at, at + 2), 16));
  }
  return text.match(/[\d.]+/g).slice(0, 3).map(Number);
}

// The theme of the page as it is now.
function theme(node) {
  const style = getComputedStyle(node);
  const read = (name) => style.getPropertyValue(`--st-${name}`).trim();
  const [ground, ink] = [read("background-color") || "#FBFAF8", read("text-color") || "#1C1B19"];
  const [red, green, blue] = rgb(ground);
  const isDark = 0.3 * red + 0.59 * green + 0.11 * blue < 128;
  return { name: isDark ? "dark" : "light", isDark, ground, ink, accent: read("primary-color") || "#A84E08" };
}

// 256 colours, RGBA in one array: the palette that a shade of a point is looked up in.
function paletteOf(by, name) {
  const table = new Uint8Array(256 * 4);
  const stops = (by === "time" ? RAMPS : HUES)[name].map(rgb);
  for (let shade = 0; shade < 256; shade++) {
    const at = (shade / 255) * (stops.length - 1);
    const low = Math.min(stops.length - 2, Math.floor(at));
    const colour = by === "time" ? stops[low].map((value, k) => value + (stops[low + 1][k] - value) * (at - low)) : stops[shade % stops.length];
    table.set([...colour, 255], shade * 4);
  }
  return table;
}

// The shade of every point, 0–255.
function shadesOf(by, points) {
  const shades = new Uint8Array(points.count);
  for (let at = 0; at < points.count; at++)
    shades[at] =
      by === "time" ? Math.round(255 * Math.min(1, points.times[at] / (points.ends[points.videos[at]] || 1)))
      : by === "cluster" ? points.labels[at]
      : points.videos[at] % HUES.light.length;
  return shades;
}

const hueOf = (number, name) => HUES[name][number % HUES[name].length];
