/** The recorded steps, to slide back through. */

import type { Look } from "./message";
import type { Frame } from "./protocol";

/** Both runs as they stood after some step. */
export interface Moment {
  step: number;
  frames: (Frame | null)[];
  looks: (Look | null)[];
}

/** Memory is bounded: beyond so many moments, every second one of the older half is dropped. */
const MOST = 400;

export class History {
  private kept: Moment[] = [];

  get moments(): readonly Moment[] {
    return this.kept;
  }

  get last(): Moment | null {
    return this.kept.at(-1) ?? null;
  }

  clear(): void {
    this.kept = [];
  }

  /** A look that is missing is that of the moment before. */
  push(moment: Moment): void {
    const before = this.last;
    const looks = moment.looks.map((look, run) => look ?? before?.looks[run] ?? null);
    this.kept.push({ ...moment, looks });
    if (this.kept.length > MOST) {
      const half = MOST / 2;
      this.kept = this.kept.filter((_, i) => i >= half || i % 2 === 0);
    }
  }

  /** The looks of the last moment are other ones. */
  see(looks: (Look | null)[]): void {
    const last = this.kept.at(-1);
    if (last) last.looks = last.looks.map((look, run) => looks[run] ?? look);
  }
}
