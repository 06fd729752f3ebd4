/**
 * How many steps one call takes.
 *
 * A call should be short, so that the page moves and a pause is heard at once. But each call ends with a measurement, which
 * costs as much as some steps of a large network: there, calls are longer, so that most of the time is spent on steps.
 */
const SHORT = 12; // milliseconds of steps in a call
const LONG = 200;
/** Milliseconds of steps for each that is spent on measuring. */
const WORTH = 1.5;
/** How much of what is known a new time replaces. */
const NEW = 0.3;

export class Pace {
  private step = NaN;
  private frame = NaN;

  reset(): void {
    this.step = this.frame = NaN;
  }

  /** As many steps as a call should take. Before more is known, a step is held to cost a quarter of a measurement. */
  get steps(): number {
    if (Number.isNaN(this.frame)) return 1;
    const budget = Math.min(LONG, Math.max(SHORT, WORTH * this.frame));
    const step = Number.isNaN(this.step) ? this.frame / 4 : this.step;
    return Math.max(1, Math.min(2000, Math.floor(budget / Math.max(step, 1e-3))));
  }

  /** So many steps took so many milliseconds. */
  stepsTook(milliseconds: number, count: number): void {
    this.step = mixed(this.step, milliseconds / count);
  }

  /** A step with a measurement took so many. */
  frameTook(milliseconds: number): void {
    this.frame = mixed(this.frame, milliseconds);
  }
}

function mixed(known: number, added: number): number {
  return Number.isNaN(known) ? added : (1 - NEW) * known + NEW * added;
}
