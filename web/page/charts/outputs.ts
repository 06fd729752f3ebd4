/** A few samples with all their outputs as bars, and what these sum to. */

import { h } from "../dom";
import { short } from "../numbers";
import type { Samples } from "../protocol";
import type { Session } from "../session";
import { RUN_NAMES, theme } from "../theme";
import type { Brush } from "./brush";
import type { Rows, Subject } from "./picture";

const CELL_HEIGHT = 132;
const GAP = 18;
/** Pixels of an image's side; images of the digits are squares. */
const SIDE = 28;

export function outputsPicture(session: Session): Subject {
  const worst = h("input", {
    type: "checkbox",
    change: () => void session.choose(worst.checked),
  });
  session.listen((news) => {
    if (news === "runs") worst.checked = false;
  });
  const samples = () => [0, 1].map((run) => session.moment?.looks[run]?.samples ?? null);
  const some = () => samples().find((each) => each) ?? null;
  const count = () => Math.min(6, some()?.inputs.length ?? 0);
  const columns = (width: number) => (width < 420 ? 1 : width < 640 ? 2 : 3);

  function draw(brush: Brush): void {
    const across = columns(brush.width);
    const width = (brush.width - GAP * (across - 1)) / across;
    for (let i = 0; i < count(); i++) {
      cell(brush, i, (i % across) * (width + GAP), Math.floor(i / across) * CELL_HEIGHT, width);
    }
  }

  function cell(brush: Brush, i: number, left: number, top: number, width: number): void {
    const colours = theme();
    const first = some()!;
    const target = first.targets[i] ?? [];
    const isImage = (first.inputs[i]?.length ?? 0) === SIDE * SIDE;
    const start = left + (isImage ? 66 : 0);
    if (isImage) image(brush, first.inputs[i]!, left, top + 20, 56);
    const [base, height] = [top + 92, 72];
    const column = Math.min((left + width - start) / target.length, 60);
    const runs = samples().flatMap((each, run) => (each ? [{ each, run }] : []));
    brush.rule(start, base - height, left + width, base - height);
    brush.rule(start, base, left + width, base, colours.soft);
    for (let k = 0; k < target.length; k++) {
      const x = start + k * column;
      if ((target[k] ?? 0) > 0.5) brush.box(x, base - height, column, height, colours.band);
      runs.forEach(({ each, run }, place) => {
        const bar = (column - 3) / runs.length;
        const share = Math.min(1, Math.max(0, each.outputs[i]?.[k] ?? 0));
        brush.box(
          x + 1.5 + place * bar,
          base - height * share,
          Math.max(1, bar - 0.5),
          height * share,
          colours.runs[run]!,
          0.9,
        );
      });
      const truth = first.marginals?.[i]?.[k];
      if (truth !== undefined)
        brush.path(
          [
            [x, base - height * truth],
            [x + column, base - height * truth],
          ],
          colours.ink,
          2,
        );
      const isTarget = (target[k] ?? 0) > 0.5;
      if (target.length <= 12)
        brush.text(label(k), x + column / 2, base + 10, {
          align: "center",
          size: 11,
          bold: isTarget,
          colour: isTarget ? colours.ink : colours.soft,
        });
    }
    let x = left;
    const write = (text: string, colour: string, bold: boolean) => {
      brush.text(text, x, top + 8, { colour, bold });
      x += brush.context.measureText(text).width + 10;
    };
    write("sum", colours.soft, false);
    for (const { each, run } of runs) write(`${RUN_NAMES[run]} ${sum(each.outputs[i])}`, colours.runs[run]!, true);
    const truth = first.marginals?.[i];
    if (truth) write(`true ${sum(truth)}`, colours.ink, true);
  }

  /** The name of an output where it is short, else its number. */
  function label(k: number): string {
    const name = session.runs.find((run) => run)?.started.names[k] ?? String(k);
    return name.length <= 2 ? name : (/\d+$/.exec(name)?.[0] ?? String(k + 1));
  }

  return {
    title: "Samples and their outputs",
    caption:
      "A bar for each output, from 0 to 1; shaded where the label holds. A softmax shares out exactly 1. Sigmoids answer each for itself, " +
      "so their sum is free. Lines across are the true probabilities, where these are known: a good head's bars end on them.",
    controls: h("label", { class: "inline" }, worst, " the most wrong ones"),
    height: (width) => Math.ceil(count() / columns(width)) * CELL_HEIGHT - 18,
    applies: () => count() > 0,
    draw,
    describe() {
      const parts = samples().map(
        (each, run) => each && `Run ${RUN_NAMES[run]}: outputs of the first sample sum to ${sum(each.outputs[0])}.`,
      );
      return `Outputs of ${count()} samples as bars. ${parts.filter(Boolean).join(" ")}`;
    },
    table(): Rows {
      const first = some();
      if (!first) return [];
      const rows = [["Sample", ...(first.targets[0] ?? []).map((_, k) => `Output ${label(k)}`), "Sum"]];
      const add = (name: string, each: number[]) => rows.push([name, ...each.map((value) => short(value)), sum(each)]);
      for (let i = 0; i < count(); i++) {
        add(`${first.rows[i]! + 1}, labels`, first.targets[i] ?? []);
        if (first.marginals) add(`${first.rows[i]! + 1}, truth`, first.marginals[i] ?? []);
        samples().forEach((each: Samples | null, run) => {
          if (each) add(`${each.rows[i]! + 1}, run ${RUN_NAMES[run]}`, each.outputs[i] ?? []);
        });
      }
      return rows;
    },
  };
}

function sum(outputs: number[] | undefined): string {
  return (outputs ?? []).reduce((total, output) => total + output, 0).toFixed(2);
}

const tile = document.createElement("canvas");

function image(brush: Brush, pixels: number[], x: number, y: number, side: number): void {
  const data = new ImageData(SIDE, SIDE);
  pixels.forEach((pixel, i) => {
    const grey = 255 - Math.round(255 * pixel);
    data.data.set([grey, grey, grey, 255], 4 * i);
  });
  tile.width = tile.height = SIDE;
  tile.getContext("2d")?.putImageData(data, 0, 0);
  brush.context.imageSmoothingEnabled = false;
  brush.context.drawImage(tile, x, y, side, side);
}
