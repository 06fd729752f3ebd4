/** Loss and score over the steps, training and test. */

import type { Moment } from "../history";
import { percent, plainly, short, whole } from "../numbers";
import type { Frame, Maybe } from "../protocol";
import type { Session } from "../session";
import { RUN_NAMES, theme } from "../theme";
import type { Brush, Spot } from "./brush";
import type { Rows, Subject } from "./picture";
import { decades, linear, logarithmic, Reach, ticks, type Scale } from "./scale";

const LEFT = 52;
const RIGHT = 12;
const TOP = 12;
const BELOW = 26;
/** The greatest loss that is shown, over the least. */
const MOST = 1e4;

interface Quantity {
  title(session: Session): string;
  caption: string;
  of(frame: Frame, part: "train" | "test"): Maybe | undefined;
  /** The vertical axis for numbers between two ends: its scale, and marks with their texts. */
  axis(low: number, high: number, bottom: number): { y: Scale; marks: [number, string][] };
  write(value: Maybe | undefined): string;
}

export function lossPicture(session: Session): Subject {
  const reach = new Reach((low, high) => [Math.floor(2 * low) / 2, Math.ceil(2 * high) / 2]);
  session.listen((news) => {
    if (news === "runs") reach.forget();
  });
  return curves(session, {
    title: () => "Loss",
    caption:
      "How wrong the outputs are, on a logarithmic axis. Solid: training samples. Dashed: test samples. Healthy: both fall.",
    of: (frame, part) => frame[part]?.loss,
    axis(low, high, bottom) {
      const power = (value: number) => Math.log10(Math.max(value, 1e-6));
      // A run that diverges leaves the picture at its top, so that the other one can still be read.
      const highest = Math.min(high, Math.max(10, MOST * low));
      const [from, to] = reach.cover(power(low), power(highest)).map((exponent) => 10 ** exponent) as [number, number];
      const marks =
        to / from > 30
          ? decades(from, to, 5)
          : [1, 2, 5].flatMap((n) => [-6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6].map((p) => n * 10 ** p));
      return {
        y: logarithmic(from, to, bottom, TOP),
        marks: marks.filter((mark) => mark >= from * 0.999 && mark <= to * 1.001).map((mark) => [mark, plainly(mark)]),
      };
    },
    write: short,
  });
}

export function scorePicture(session: Session): Subject {
  return curves(session, {
    title: (session) => capital(session.moment?.frames.find((frame) => frame)?.score_name ?? "score"),
    caption:
      "The share that is right. Solid: training samples. Dashed: test samples; what was learned by heart shows in the gap.",
    of: (frame, part) => frame[part]?.score,
    axis: (_low, _high, bottom) => ({
      y: linear(0, 1, bottom, TOP),
      marks: [0, 0.25, 0.5, 0.75, 1].map((mark) => [mark, `${100 * mark} %`]),
    }),
    write: percent,
  });
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function curves(session: Session, quantity: Quantity): Subject {
  const name = () => quantity.title(session);
  const all = (): readonly Moment[] => session.history.moments;

  function draw(brush: Brush): void {
    const colours = theme();
    const bottom = brush.height - BELOW;
    const lines = [0, 1].flatMap((run) =>
      (["train", "test"] as const).map((part) => ({
        run,
        part,
        values: all().flatMap(({ frames }): [number, number][] => {
          const frame = frames[run];
          const value = frame && quantity.of(frame, part);
          return frame && value !== null && value !== undefined ? [[frame.step, value]] : [];
        }),
      })),
    );
    let [low, high] = [Infinity, -Infinity];
    for (const { values } of lines)
      for (const [, value] of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
    if (!(high >= low)) [low, high] = [0.1, 1];
    const { y, marks } = quantity.axis(low, high, bottom);
    for (const [mark, text] of marks) {
      brush.rule(LEFT, y(mark), brush.width - RIGHT, y(mark));
      brush.text(text, LEFT - 8, y(mark), { align: "right" });
    }
    const most = Math.max(10, all().at(-1)?.step ?? 0);
    const x = linear(0, most, LEFT, brush.width - RIGHT);
    for (const mark of ticks(0, most, 4)) {
      brush.text(whole(mark), x(mark), bottom + 14, {
        align: mark === 0 ? "left" : x(mark) > brush.width - 40 ? "right" : "center",
      });
    }
    for (const { run, part, values } of lines) {
      const spots = values.map(([step, value]): Spot => [x(step), Math.min(bottom, Math.max(TOP, y(value)))]);
      if (part === "test") brush.path(spots, colours.runs[run]!, 1.5, [4, 3]);
      else {
        brush.path(spots, colours.runs[run]!, 2.2);
        const end = spots.at(-1);
        if (end) brush.dot(...end, colours.runs[run]!, run, 3.5);
      }
    }
    if (session.lookingAt !== null && session.moment) {
      brush.rule(x(session.moment.step), TOP, x(session.moment.step), bottom, colours.ink);
    }
  }

  return {
    get title() {
      return name();
    },
    caption: quantity.caption,
    height: () => 170,
    applies: () => session.moment !== null,
    draw,
    describe() {
      const parts = (session.moment?.frames ?? []).map(
        (frame, run) =>
          frame &&
          `Run ${RUN_NAMES[run]} at step ${frame.step}: training ${quantity.write(quantity.of(frame, "train"))}${frame.test ? `, test ${quantity.write(quantity.of(frame, "test"))}` : ""}.`,
      );
      return `${name()} over the steps. ${parts.filter(Boolean).join(" ")}`;
    },
    table(): Rows {
      const rows = [["Step", "A training", "A test", "B training", "B test"]];
      const stride = Math.max(1, Math.ceil(all().length / 20));
      all().forEach(({ step, frames }, i) => {
        if (i % stride !== 0 && i !== all().length - 1) return;
        const write = (run: number, part: "train" | "test") => {
          const frame = frames[run];
          return frame && frame[part] ? quantity.write(quantity.of(frame, part)) : "";
        };
        rows.push([whole(step), write(0, "train"), write(0, "test"), write(1, "train"), write(1, "test")]);
      });
      return rows;
    },
  };
}
