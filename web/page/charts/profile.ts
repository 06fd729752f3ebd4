/** The gradient by layer, beside what theory predicts from weights and slopes. */

import { short } from "../numbers";
import type { Layer } from "../protocol";
import type { Session } from "../session";
import { RUN_NAMES, theme } from "../theme";
import type { Brush, Spot } from "./brush";
import { hidden } from "./layers";
import type { Rows, Subject } from "./picture";
import { decades, logarithmic, Reach } from "./scale";

const LEFT = 64;
const RIGHT = 16;
const TOP = 14;
const BELOW = 42;
/** Below the first the gradient vanishes, above the second it explodes. */
const HEALTHY = [0.01, 70] as const;

/** The gradient at each hidden layer over that at the last of them; null where there is none to divide by. */
function measured(layers: Layer[]): (number | null)[] {
  const last = layers.at(-1)?.delta_rms;
  return layers.map(({ delta_rms }) => (last && delta_rms !== null ? delta_rms / last : null));
}

/** The same as theory has it: the product of the ratios from the last hidden layer downwards. */
function predicted(layers: Layer[]): (number | null)[] {
  const shares: (number | null)[] = [];
  let share: number | null = 1;
  for (let i = layers.length - 1; i >= 0; i--) {
    const ratio = layers[i]!.predicted_ratio;
    if (i < layers.length - 1) share = share === null || ratio === null ? null : share * ratio;
    shares.unshift(share);
  }
  return shares;
}

export function profilePicture(session: Session): Subject {
  const reach = new Reach((low, high) => [Math.floor(low), Math.ceil(high)]);
  session.listen((news) => {
    if (news === "runs") reach.forget();
  });
  const layers = () => (session.moment?.frames ?? []).map(hidden);

  function draw(brush: Brush): void {
    const colours = theme();
    const profiles = layers().map((each) => ({ real: measured(each), theory: predicted(each) }));
    // Theory may lie far outside, as it does where weights are no longer finite: it does not make the axis by itself.
    const logs = profiles.flatMap(({ real, theory }) => [
      ...powers(real),
      ...powers(theory).map((power) => Math.max(-14, Math.min(4, power))),
    ]);
    const [low, high] = reach
      .cover(Math.max(-30, Math.min(-2, ...logs)), Math.min(30, Math.max(1, ...logs)))
      .map((power) => 10 ** power) as [number, number];
    const bottom = brush.height - BELOW;
    const y = logarithmic(low, high, bottom, TOP);
    const count = Math.max(...layers().map((each) => each.length));
    const column = (brush.width - LEFT - RIGHT) / count;
    const x = (i: number) => LEFT + column * (i + 0.5);

    const [top, floor] = [Math.max(TOP, y(HEALTHY[1])), Math.min(bottom, y(HEALTHY[0]))];
    brush.box(LEFT, top, brush.width - LEFT - RIGHT, floor - top, colours.band);
    for (const mark of decades(low, high, 6)) {
      brush.rule(LEFT, y(mark), brush.width - RIGHT, y(mark));
      brush.text(power(mark), LEFT - 8, y(mark), { align: "right" });
    }
    const stride = Math.ceil(count / Math.max(1, Math.floor((brush.width - LEFT) / 34)));
    for (let i = 0; i < count; i += stride) brush.text(String(i + 1), x(i), bottom + 14, { align: "center" });
    brush.text("first hidden layer", LEFT, brush.height - 8, { size: 11 });
    brush.text("last", brush.width - RIGHT, brush.height - 8, { size: 11, align: "right" });

    profiles.forEach(({ real, theory }, run) => {
      const colour = colours.runs[run]!;
      const spots = (shares: (number | null)[]) =>
        shares.map((share, i): Spot | null =>
          share === null ? null : [x(i), Math.min(bottom, Math.max(TOP, y(share)))],
        );
      brush.context.globalAlpha = 0.55;
      brush.path(spots(theory), colour, 1.5, [5, 4]);
      brush.context.globalAlpha = 1;
      const marks = spots(real);
      brush.path(marks, colour, 2.5);
      if (real.length > 0 && real.at(-1) === null) {
        brush.text(`Run ${RUN_NAMES[run]}: no gradient arrives at all`, LEFT + 8, bottom - 14 - 16 * run, {
          colour,
          bold: true,
        });
      }
      if (count <= 30) for (const spot of marks) if (spot) brush.dot(...spot, colour, run, count > 16 ? 3 : 4);
    });
  }

  return {
    title: "Where the gradient goes",
    caption:
      "The gradient at each hidden layer, as a share of that at the last one, on an axis of powers of ten. Dashed: what theory " +
      "predicts from weights and slopes alone. Healthy: a line that stays level, inside the band. Where it falls to the left, the first layers hardly learn.",
    height: (width) => (width < 500 ? 230 : 260),
    applies: () => layers().some((each) => each.length > 1),
    draw,
    describe() {
      const parts = layers().map((each, run) => {
        const first = measured(each)[0];
        return (
          each.length > 0 &&
          `Run ${RUN_NAMES[run]}: the first of ${each.length} hidden layers gets ${first === null || first === undefined ? "no known share" : short(first)} of the gradient at the last one.`
        );
      });
      return `Gradient by layer. ${parts.filter(Boolean).join(" ")}`;
    },
    table(): Rows {
      const rows = [["Layer", "Gradient, rms", "Share of the last", "By theory", "Weights, rms", "Update, log10"]];
      layers().forEach((each, run) => {
        const [real, theory] = [measured(each), predicted(each)];
        each.forEach((layer, i) => {
          rows.push([
            `${RUN_NAMES[run]} ${layer.name}`,
            short(layer.delta_rms),
            short(real[i]),
            short(theory[i]),
            short(layer.weight_rms),
            layer.update_log10 === null ? "none" : layer.update_log10.toFixed(1),
          ]);
        });
      });
      return rows;
    },
  };
}

/** Of which power of ten the shares are. */
function powers(shares: (number | null)[]): number[] {
  return shares.flatMap((share) => (share && share > 0 ? [Math.log10(share)] : []));
}

const RAISED = [..."⁰¹²³⁴⁵⁶⁷⁸⁹"];

/** 0.01, or 10⁻⁶ where the number is small or large. */
function power(value: number): string {
  const exponent = Math.round(Math.log10(value));
  if (Math.abs(exponent) <= 3) return String(Number(value.toPrecision(1)));
  return (
    "10" + (exponent < 0 ? "⁻" : "") + [...String(Math.abs(exponent))].map((digit) => RAISED[Number(digit)]).join("")
  );
}
