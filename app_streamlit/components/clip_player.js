export default function ({ data, parentElement: root }) {
  const screen = root.querySelector(".screen");
  showClip(screen, data, 0);
  return () => release(screen);
}
