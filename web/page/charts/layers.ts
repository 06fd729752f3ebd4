/** Each hidden layer as the distribution of its activations, and the share of them that is saturated. */

import { h } from "../dom";
import { percent, plainly, short } from "../numbers";
import type { Distribution, Frame, Layer } from "../protocol";
import type { Session } from "../session";
import { RUN_NAMES, theme } from "../theme";
import type { Brush, Spot } from "./brush";
import type { Rows, Subject } from "./picture";
import { linear, Reach, ticks } from "./scale";

const LEFT = 48;
const RIGHT = 8;
/** The shapes of a run, the bars below them, and the room between two runs. */
const SHAPES = 128;
const BARS = 22;
const GAP = 12;
const TOP = 12;
const BELOW = 38;
const BAND = SHAPES + GAP + BARS;

type Side = "post" | "pre";

/** The hidden layers of a frame. */
export function hidden(frame: Frame | null | undefined): Layer[] {
  return frame?.layers.slice(0, -1) ?? [];
}

export function layersPicture(session: Session, redraw: () => void): Subject {
  let side: Side = "post";
  // An axis for each run: activations of different kinds do not fit on one.
  const reaches = [0, 1].map(
    () =>
      new Reach((low, high) => {
        const margin = 0.04 * (high - low || 1);
        return [low - margin, high + margin];
      }),
  );
  const forget = () => reaches.forEach((reach) => reach.forget());
  session.listen((news) => {
    if (news === "runs") forget();
  });
  const select = h(
    "select",
    {
      "aria-label": "What is shown of a layer",
      change: () => {
        side = select.value as Side;
        forget();
        redraw();
      },
    },
    h("option", { value: "post" }, "activations"),
    h("option", { value: "pre" }, "before the activation"),
  );

  const frames = () => session.moment?.frames ?? [];
  const depth = () => Math.max(...frames().map((frame) => hidden(frame).length));

  const shown = () => frames().flatMap((frame, run) => (frame ? [run] : []));

  function draw(brush: Brush): void {
    const count = depth();
    const column = (brush.width - LEFT - RIGHT) / count;
    shown().forEach((run, place) => {
      band(brush, run, TOP + place * (BAND + 2 * GAP), column);
    });
    const bottom = brush.height - BELOW + 10;
    const stride = Math.ceil(count / Math.max(1, Math.floor((brush.width - LEFT) / 34)));
    for (let i = 0; i < count; i += stride)
      brush.text(String(i + 1), LEFT + column * (i + 0.5), bottom, { align: "center" });
    brush.text("input side", LEFT, brush.height - 7, { size: 11 });
    brush.text("output side", brush.width - RIGHT, brush.height - 7, { size: 11, align: "right" });
  }

  /** A run: the shapes of its layers, and under each the share that is flat. */
  function band(brush: Brush, run: number, top: number, column: number): void {
    const colours = theme();
    const layers = hidden(frames()[run]);
    const bottom = top + SHAPES;
    const [low, high] = reaches[run]!.cover(...ends(layers.map((layer) => layer[side])));
    const y = linear(low, high, bottom, top);
    for (const mark of ticks(low, high, 3)) {
      brush.rule(LEFT, y(mark), brush.width - RIGHT, y(mark));
      brush.text(plainly(mark), LEFT - 8, y(mark), { align: "right" });
    }
    brush.text(RUN_NAMES[run]!, 2, top + 4, { bold: true, size: 13, colour: colours.runs[run]! });
    brush.text("flat", LEFT - 8, bottom + GAP + BARS / 2, { align: "right" });
    const half = Math.min(column * 0.42, 30);
    layers.forEach((layer, i) => {
      const middle = LEFT + column * (i + 0.5);
      violin(brush, layer[side], y, middle, half, colours.runs[run]!);
      const share = layer.saturated_share ?? 1;
      const width = Math.max(2, 2 * half - 2);
      const floor = bottom + GAP + BARS;
      brush.box(middle - width / 2, floor - BARS, width, BARS, colours.band);
      brush.box(
        middle - width / 2,
        floor - BARS * share,
        width,
        BARS * share,
        isIll(layer) ? colours.warn : colours.runs[run]!,
        0.85,
      );
    });
  }

  return {
    title: "What the layers do",
    caption:
      "One shape for each hidden layer: where it is wide, many activations have this value. The bars below, from 0 to 100 %, say how many sit " +
      "where the activation is nearly flat and lets little gradient through. Healthy: shapes alike from left to right, and low bars; " +
      "rectifiers such as ReLU are flat half of the time, which is how they work.",
    controls: select,
    height: () => TOP + shown().length * (BAND + 2 * GAP) - 2 * GAP + BELOW,
    applies: () => depth() > 0,
    draw,
    describe() {
      const parts = frames().map((frame, run) => {
        const layers = hidden(frame);
        const worst = Math.max(...layers.map((layer) => layer.saturated_share ?? 0));
        return (
          frame &&
          `Run ${RUN_NAMES[run]}: ${layers.length} hidden layers, at most ${percent(worst)} of a layer saturated.`
        );
      });
      return `Distribution of activations by layer. ${parts.filter(Boolean).join(" ")}`;
    },
    table(): Rows {
      const rows = [["Layer", "Activation", "Mean", "Deviation", "Least", "Greatest", "Saturated", "Dead"]];
      frames().forEach((frame, run) => {
        for (const layer of hidden(frame)) {
          const { mean, std, min, max } = layer[side];
          rows.push([
            `${RUN_NAMES[run]} ${layer.name}`,
            layer.activation ?? "none",
            short(mean),
            short(std),
            short(min),
            short(max),
            percent(layer.saturated_share),
            percent(layer.dead_share),
          ]);
        }
      });
      return rows;
    },
  };
}

/** The least and the greatest number of all, leaving out what is not finite. */
function ends(distributions: Distribution[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const { min, max } of distributions) {
    if (min !== null) low = Math.min(low, min);
    if (max !== null) high = Math.max(high, max);
  }
  if (!(high >= low)) return [0, 1];
  return high > low ? [low, high] : [low - 0.5, high + 0.5];
}

/** Activations that are flat on both sides. Others are off for a part of the samples, and ill only where that is all of them. */
const FLAT_ON_BOTH_SIDES = /^(sigmoid|tanh|softsign)/i;

function isIll({ activation, saturated_share, dead_share }: Layer): boolean {
  return (dead_share ?? 0) > 0.5 || (FLAT_ON_BOTH_SIDES.test(activation ?? "") && (saturated_share ?? 1) > 0.5);
}

/** A histogram on its side. */
function violin(
  brush: Brush,
  { min, max, histogram }: Distribution,
  y: (value: number) => number,
  middle: number,
  half: number,
  colour: string,
): void {
  if (min === null || max === null) {
    brush.text("!", middle, y(0), { align: "center", colour: theme().warn, bold: true, size: 16 });
    return;
  }
  if (Math.abs(y(max) - y(min)) < 3) {
    brush.box(middle - half, y((min + max) / 2) - 1.5, 2 * half, 3, colour, 0.9);
    return;
  }
  const shares = smooth(histogram);
  const most = Math.max(...shares, 1);
  const bin = (max - min) / shares.length;
  const [left, right]: [Spot[], Spot[]] = [[], []];
  shares.forEach((share, i) => {
    // The root, so that a few activations far from the others are seen.
    const width = half * Math.sqrt(share / most);
    const at = i === 0 ? min : i === shares.length - 1 ? max : min + bin * (i + 0.5);
    left.push([middle - width, y(at)]);
    right.push([middle + width, y(at)]);
  });
  brush.area([...right, ...left.reverse()], colour, 0.75);
}

/** Each bin with a half of its neighbours: a shape is easier to follow than 32 steps. */
function smooth(counts: number[]): number[] {
  return counts.map((count, i) => (2 * count + (counts[i - 1] ?? count) + (counts[i + 1] ?? count)) / 4);
}
