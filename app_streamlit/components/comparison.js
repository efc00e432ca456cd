// This app as the host of the stage: it is shown anew when the answer is another one, and takes the colours of the page.
export default function ({ data, parentElement: root }) {
  const section = root.querySelector(".ck-stage");
  root.stage ??= createStage(section);
  data.ramp.forEach((colour, k) => section.style.setProperty(`--ck-ramp-${k}`, colour));
  if (root.answer === data.answer) root.stage.recolour();
  else root.stage.show(data.comparison);
  root.answer = data.answer;
  return () => root.stage.release();
}
