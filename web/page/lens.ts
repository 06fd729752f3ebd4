/** What is looked at in a run beside its frames: the plane of its outputs, and a few samples. */

import type { Engine } from "./engine";
import type { Look, Plane } from "./message";
import type { Point, Samples, Started, Surface } from "./protocol";

const SIZE = 44;
const SHOWN = 6;
/** The share of the time that looking may take. */
const SHARE = 0.15;

export class Lens {
  step = 0;
  readonly plane: Plane | null;
  private rows: number[];
  private next = 0;

  constructor(
    private readonly engine: Engine,
    private readonly run: number,
    started: Started,
  ) {
    this.plane = started.points && around([...started.points.train, ...(started.points.test ?? [])]);
    this.rows = first();
  }

  moved(step: number): void {
    this.step = step;
  }

  look(): Look {
    const begun = performance.now();
    const look = {
      surface: this.plane && this.surface(this.plane),
      samples: this.plane ? null : this.samples(),
    };
    this.next = performance.now() + (performance.now() - begun) / SHARE;
    return look;
  }

  /** A look, unless there was one a moment ago. */
  lookAgain(): Look | null {
    return performance.now() >= this.next ? this.look() : null;
  }

  /** Looks at the first samples from now on, or at those with the greatest loss. */
  choose(worst: boolean): Look {
    this.rows = worst
      ? this.engine.ask<{ rows: number[] }>({ do: "worst", run: this.run, count: SHOWN }).rows
      : first();
    return this.look();
  }

  private surface({ from, to }: Plane): Surface {
    const request = { do: "surface", run: this.run, from, to, size: SIZE };
    const { outputs, values } = this.engine.ask<{ outputs: number; values: number[] }>(request);
    return { size: SIZE, outputs, values: Uint8Array.from(values) };
  }

  private samples(): Samples {
    const answer = this.engine.ask<Omit<Samples, "rows">>({ do: "samples", run: this.run, rows: this.rows });
    return { ...answer, rows: this.rows };
  }
}

function first(): number[] {
  return Array.from({ length: SHOWN }, (_, i) => i);
}

/** A square around the points, with a margin. */
function around(points: Point[]): Plane {
  const middle = [0, 0];
  let reach = 0;
  for (const axis of [0, 1] as const) {
    let [low, high] = [Infinity, -Infinity];
    for (const point of points) {
      low = Math.min(low, point[axis]);
      high = Math.max(high, point[axis]);
    }
    middle[axis] = (low + high) / 2;
    reach = Math.max(reach, (high - low) / 2);
  }
  reach = reach > 0 && Number.isFinite(reach) ? reach * 1.1 : 1;
  const [x, y] = middle as [number, number];
  return { from: [x - reach, y - reach], to: [x + reach, y + reach] };
}
