/** The plane of a network's outputs, with the samples on it. */

import { percent } from "../numbers";
import type { Plane } from "../message";
import type { Point, Surface } from "../protocol";
import type { Session } from "../session";
import { RUN_NAMES, rgb, theme } from "../theme";
import type { Brush } from "./brush";
import type { Rows, Subject } from "./picture";

const GAP = 16;
const LABEL = 22;
/** So many points are enough to see a class. */
const MOST_POINTS = 300;

export function surfacePicture(session: Session): Subject {
  const shown = () => [0, 1].filter((run) => session.runs[run]?.plane && session.moment?.looks[run]?.surface);
  const side = (width: number) => Math.min(320, (width - GAP * (shown().length - 1)) / Math.max(1, shown().length));

  function draw(brush: Brush): void {
    const runs = shown();
    const size = side(brush.width);
    const left = (brush.width - runs.length * size - (runs.length - 1) * GAP) / 2;
    runs.forEach((run, place) => {
      const { started, plane } = session.runs[run]!;
      const x = left + place * (size + GAP);
      brush.text(`Run ${RUN_NAMES[run]}`, x, 8, { colour: theme().runs[run]!, bold: true, size: 13 });
      paint(brush, session.moment!.looks[run]!.surface!, x, LABEL, size);
      points(brush, started.points!.train, plane!, x, LABEL, size);
    });
  }

  return {
    title: "What the network answers, all over the plane",
    caption:
      "Every place has the colour of its likeliest class, the stronger the surer the network is. Dots are training samples in the colour " +
      "and shape of their class. Healthy: each dot lies on its own colour.",
    height: (width) => side(width) + LABEL + 2,
    applies: () => shown().length > 0,
    draw,
    describe() {
      const parts = shown().map(
        (run) => `Run ${RUN_NAMES[run]}: training score ${percent(session.moment?.frames[run]?.train.score)}.`,
      );
      return `Outputs over the plane, with the samples. ${parts.join(" ")}`;
    },
    table(): Rows {
      const rows = [
        [
          "Place, from the left",
          ...shown().map((run) => `Run ${RUN_NAMES[run]}: likeliest class at the top, in the middle, at the bottom`),
        ],
      ];
      for (let i = 0; i < 5; i++) {
        const column = (look: Surface) =>
          [0, 0.5, 1].map((height) => String(likeliest(look, i / 4, height) + 1)).join(", ");
        rows.push([`${25 * i} %`, ...shown().map((run) => column(session.moment!.looks[run]!.surface!))]);
      }
      return rows;
    },
  };
}

function likeliest({ size, outputs, values }: Surface, x: number, y: number): number {
  const at = (Math.round(y * (size - 1)) * size + Math.round(x * (size - 1))) * outputs;
  if (outputs === 1) return (values[at] ?? 0) > 127 ? 1 : 0;
  const cell = values.slice(at, at + outputs);
  return cell.indexOf(Math.max(...cell));
}

const tile = document.createElement("canvas");

function paint(brush: Brush, { size, outputs, values }: Surface, x: number, y: number, side: number): void {
  const paper = rgb(theme().paper);
  const classes = theme().classes.map(rgb);
  const image = new ImageData(size, size);
  for (let cell = 0; cell < size * size; cell++) {
    const mixed = [0, 0, 0];
    let sum = 0;
    for (let k = 0; k < Math.max(2, outputs); k++) {
      const output = (values[cell * outputs + k] ?? 255 - (values[cell * outputs] ?? 0)) / 255;
      // A single output is the probability of the second class.
      const share = outputs === 1 ? (k === 1 ? values[cell]! / 255 : 1 - values[cell]! / 255) : output;
      const colour = classes[k % classes.length]!;
      sum += share;
      for (let c = 0; c < 3; c++) mixed[c]! += share * colour[c]!;
    }
    for (let c = 0; c < 3; c++) {
      const colour = sum > 1 ? mixed[c]! / sum : mixed[c]! + (1 - sum) * paper[c]!;
      image.data[4 * cell + c] = 0.55 * colour + 0.45 * paper[c]!;
    }
    image.data[4 * cell + 3] = 255;
  }
  tile.width = tile.height = size;
  tile.getContext("2d")?.putImageData(image, 0, 0);
  brush.context.imageSmoothingEnabled = true;
  brush.context.drawImage(tile, x, y, side, side);
}

function points(brush: Brush, all: Point[], { from, to }: Plane, left: number, top: number, side: number): void {
  const { context } = brush;
  const { classes, paper } = theme();
  context.lineWidth = 1;
  context.strokeStyle = paper;
  for (const [px, py, label] of all.slice(0, MOST_POINTS)) {
    const x = left + (side * (px - from[0])) / (to[0] - from[0]);
    const y = top + side - (side * (py - from[1])) / (to[1] - from[1]);
    context.beginPath();
    shape(context, x, y, label, Math.max(1.8, side / 80));
    context.fillStyle = classes[label % classes.length]!;
    context.fill();
    context.stroke();
  }
}

/** Circle, square, triangle, diamond: a class has a shape as well as a colour. */
function shape(context: CanvasRenderingContext2D, x: number, y: number, label: number, size: number): void {
  const corners = [0, 4, 3, 4][label % 4]!;
  if (corners === 0) return context.arc(x, y, 0.85 * size, 0, 2 * Math.PI);
  const turn = label % 4 === 1 ? Math.PI / 4 : -Math.PI / 2;
  for (let i = 0; i < corners; i++) {
    const angle = turn + (2 * Math.PI * i) / corners;
    context.lineTo(x + 1.1 * size * Math.cos(angle), y + 1.1 * size * Math.sin(angle));
  }
  context.closePath();
}
