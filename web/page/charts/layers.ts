/** Each hidden layer as the distribution of its activations, and the share of them that is saturated. */

import { h } from "../dom";
import { percent, short } from "../numbers";
import type { Distribution, Frame, Layer } from "../protocol";
import type { Session } from "../session";
import { RUN_NAMES, theme } from "../theme";
import type { Brush, Spot } from "./brush";
import type { Rows, Subject } from "./picture";
import { linear, Reach, ticks } from "./scale";

const LEFT = 48;
const RIGHT = 8;
const TOP = 12;
/** Room for the bars of the saturated share and the numbers of the layers. */
const BELOW = 78;

type Side = "post" | "pre";

/** The hidden layers of a frame; of a network without any, its output. */
export function hidden(frame: Frame | null | undefined): Layer[] {
  if (!frame) return [];
  return frame.layers.length > 1 ? frame.layers.slice(0, -1) : frame.layers;
}

export function layersPicture(session: Session, redraw: () => void): Subject {
  let side: Side = "post";
  const reach = new Reach((low, high) => {
    const margin = 0.04 * (high - low || 1);
    return [low - margin, high + margin];
  });
  session.listen((news) => {
    if (news === "runs") reach.forget();
  });
  const select = h(
    "select",
    {
      "aria-label": "What is shown of a layer",
      change: () => {
        side = select.value as Side;
        reach.forget();
        redraw();
      },
    },
    h("option", { value: "post" }, "activations"),
    h("option", { value: "pre" }, "before the activation"),
  );

  const frames = () => session.moment?.frames ?? [];
  const depth = () => Math.max(...frames().map((frame) => hidden(frame).length));

  function draw(brush: Brush): void {
    const colours = theme();
    const count = depth();
    const bottom = brush.height - BELOW;
    const columns = (brush.width - LEFT - RIGHT) / count;
    const shown = frames().map((frame) => hidden(frame).map((layer) => layer[side]));
    const [low, high] = reach.cover(...ends(shown.flat()));
    const y = linear(low, high, bottom, TOP);
    for (const mark of ticks(low, high, 4)) {
      brush.rule(LEFT, y(mark), brush.width - RIGHT, y(mark));
      brush.text(mark === 0 ? "0" : short(mark).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, ""), LEFT - 8, y(mark), { align: "right" });
    }
    const isPair = frames().every((frame) => frame);
    shown.forEach((layers, run) => {
      layers.forEach((distribution, i) => {
        const middle = LEFT + columns * (i + 0.5);
        const half = Math.min(columns * 0.44, 34);
        violin(brush, distribution, y, middle, isPair ? [run === 0 ? -half : half] : [-half, half], colours.runs[run]!);
      });
    });
    saturation(brush, bottom, columns, count);
  }

  function saturation(brush: Brush, bottom: number, columns: number, count: number): void {
    const colours = theme();
    const [top, height] = [bottom + 16, 26];
    brush.text("flat", LEFT - 8, top + 7, { align: "right" });
    brush.text("0–100 %", LEFT - 8, top + 21, { align: "right", size: 10 });
    const runs = frames().flatMap((frame, run) => (frame ? [run] : []));
    for (let i = 0; i < count; i++) {
      const width = Math.min(columns * 0.8, 60);
      const left = LEFT + columns * (i + 0.5) - width / 2;
      runs.forEach((run, place) => {
        const layer = hidden(frames()[run])[i];
        if (!layer) return;
        const part = width / runs.length;
        const share = layer.saturated_share ?? 1;
        const x = left + place * part;
        brush.box(x, top, part - 1, height, colours.band);
        brush.box(x, top + height * (1 - share), part - 1, height * share, share > 0.5 ? colours.warn : colours.runs[run]!, 0.85);
      });
    }
    const stride = Math.ceil(count / Math.max(1, Math.floor((brush.width - LEFT) / 34)));
    for (let i = 0; i < count; i += stride) {
      brush.text(String(i + 1), LEFT + columns * (i + 0.5), top + height + 13, { align: "center" });
    }
    brush.text("input side", LEFT, brush.height - 6, { size: 11 });
    brush.text("output side", brush.width - RIGHT, brush.height - 6, { size: 11, align: "right" });
  }

  return {
    title: "What the layers do",
    caption:
      "One shape for each hidden layer: where it is wide, many activations have this value. The bars below say how many sit where the " +
      "activation is nearly flat and lets little gradient through. Healthy: shapes that keep their width from left to right, and low bars.",
    controls: select,
    height: (width) => (width < 500 ? 250 : 290),
    applies: () => depth() > 0,
    draw,
    describe() {
      const parts = frames().map((frame, run) => {
        const layers = hidden(frame);
        const worst = Math.max(...layers.map((layer) => layer.saturated_share ?? 0));
        return frame && `Run ${RUN_NAMES[run]}: ${layers.length} hidden layers, at most ${percent(worst)} of a layer saturated.`;
      });
      return `Distribution of activations by layer. ${parts.filter(Boolean).join(" ")}`;
    },
    table(): Rows {
      const rows = [["Layer", "Activation", "Mean", "Deviation", "Least", "Greatest", "Saturated", "Dead"]];
      frames().forEach((frame, run) => {
        for (const layer of hidden(frame)) {
          const { mean, std, min, max } = layer[side];
          rows.push([
            `${RUN_NAMES[run]} ${layer.name}`, layer.activation ?? "none", short(mean), short(std), short(min), short(max),
            percent(layer.saturated_share), percent(layer.dead_share),
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

/** A histogram on its side; `reaches` are the ways from the middle to the widest bin, one for each side that is drawn. */
function violin(brush: Brush, { min, max, histogram }: Distribution, y: (value: number) => number, middle: number, reaches: number[], colour: string): void {
  if (min === null || max === null) {
    brush.text("!", middle, y(0), { align: "center", colour: theme().warn, bold: true, size: 16 });
    return;
  }
  const most = Math.max(...histogram, 1);
  const bin = (max - min) / histogram.length;
  for (const reach of reaches) {
    if (Math.abs(y(max) - y(min)) < 3) {
      brush.box(Math.min(middle, middle + reach), y((min + max) / 2) - 1.5, Math.abs(reach), 3, colour, 0.9);
      continue;
    }
    const spots: Spot[] = [[middle, y(min)]];
    histogram.forEach((count, i) => {
      // The root, so that a few activations far from the others are seen.
      const x = middle + reach * Math.sqrt(count / most);
      spots.push([x, y(min + bin * i)], [x, y(min + bin * (i + 1))]);
    });
    spots.push([middle, y(max)]);
    brush.area(spots, colour, 0.75);
  }
}
