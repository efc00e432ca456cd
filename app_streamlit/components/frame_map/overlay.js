// What is drawn over everything: paths of videos, the outline of the selection, the frame that is pointed at. Nothing
// else is repainted while an outline is drawn.

const TURNS = 80; // of a path, at most

function drawOverlay(paper, { camera, points, colours, paths, polygon, line, hover, keys, hue }) {
  const place = (at) => camera.toScreen(xOf(points, at), yOf(points, at));
  paths.forEach((video, k) => drawPath(paper, points.runs[video] ?? [], place, hue(k), colours.ground));
  const outline = line ?? polygon?.map(([x, y]) => camera.toScreen(x / 65535, y / 65535));
  if (outline?.length > 1) {
    paper.beginPath();
    outline.forEach(([x, y], k) => (k ? paper.lineTo(x, y) : paper.moveTo(x, y)));
    if (!line) paper.closePath();
    paper.fillStyle = `rgb(${rgb(colours.accent).join(" ")} / ${line ? 0.1 : 0.05})`;
    paper.fill();
    paper.setLineDash(line ? [] : [6, 5]);
    paper.lineWidth = 1.75;
    paper.strokeStyle = colours.accent;
    paper.stroke();
    paper.setLineDash([]);
  }
  if (hover >= 0) {
    const [x, y] = place(hover);
    ring(paper, x, y, 8, colours.ground, 4);
    ring(paper, x, y, 8, colours.accent, 2.25);
  }
  if (keys) drawCross(paper, camera.width / 2, camera.height / 2, colours);
}

function ring(paper, x, y, radius, colour, width) {
  paper.beginPath();
  paper.arc(x, y, radius, 0, 2 * Math.PI);
  paper.lineWidth = width;
  paper.strokeStyle = colour;
  paper.stroke();
}

// A line from frame to frame, smooth through the middles between them, with a dot where it begins and an arrow at its end.
function drawPath(paper, run, place, colour, ground) {
  if (!run.length) return;
  const line = calm(run.map(place));
  const [[x, y], [ex, ey]] = [line[0], line.at(-1)];
  paper.lineJoin = paper.lineCap = "round";
  for (const [style, width] of [[ground, 5], [colour, 2.5]]) {
    paper.beginPath();
    paper.moveTo(x, y);
    for (let k = 1; k < line.length - 1; k++) {
      const [mx, my] = [(line[k][0] + line[k + 1][0]) / 2, (line[k][1] + line[k + 1][1]) / 2];
      paper.quadraticCurveTo(...line[k], mx, my);
    }
    paper.lineTo(ex, ey);
    paper.strokeStyle = style;
    paper.lineWidth = width;
    paper.globalAlpha = style === ground ? 0.75 : 1;
    paper.stroke();
  }
  ring(paper, x, y, 4.5, ground, 6);
  ring(paper, x, y, 4.5, colour, 3);
  const before = line.findLast(([bx, by]) => Math.hypot(bx - ex, by - ey) > 6);
  if (!before) return;
  const turn = Math.atan2(ey - before[1], ex - before[0]);
  paper.beginPath();
  for (const [reach, angle] of [[10, 0], [9, 2.5], [9, -2.5]]) paper.lineTo(ex + reach * Math.cos(turn + angle), ey + reach * Math.sin(turn + angle));
  paper.closePath();
  paper.fillStyle = colour;
  paper.strokeStyle = ground;
  paper.lineWidth = 1.5;
  paper.fill();
  paper.stroke();
}

// A long way in short: the means of equal pieces, so that it reads as a line; its ends stay where they are.
function calm(line) {
  if (line.length <= 1.5 * TURNS) return line;
  const pieces = Array.from({ length: TURNS }, (_, k) => {
    const piece = line.slice(Math.floor((k * line.length) / TURNS), Math.floor(((k + 1) * line.length) / TURNS));
    return [0, 1].map((axis) => piece.reduce((sum, place) => sum + place[axis], 0) / piece.length);
  });
  return [line[0], ...pieces, line.at(-1)];
}

// Where the keyboard is.
function drawCross(paper, x, y, colours) {
  for (const [style, width] of [[colours.ground, 4], [colours.ink, 1.5]]) {
    paper.beginPath();
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      paper.moveTo(x + 5 * dx, y + 5 * dy);
      paper.lineTo(x + 14 * dx, y + 14 * dy);
    }
    paper.strokeStyle = style;
    paper.lineWidth = width;
    paper.stroke();
  }
}
