/**
 * How many steps one call takes.
 *
 * A call should be short, so that the page moves and a pause is heard at once. But each call also measures the network,
 * which costs as much as some steps of a large network: there, calls may be longer.
 */
const SHORT = 15; // milliseconds
const LONG = 90;
/** Steps that make it worth to measure once. */
const WORTH = 12;

export class Pace {
  steps = 1;

  reset(): void {
    this.steps = 1;
  }

  /** A call of `count` steps took so many milliseconds. */
  took(milliseconds: number, count: number): void {
    if (count < this.steps) return;
    const limit = count < WORTH ? LONG : SHORT;
    if (milliseconds < limit / 2) this.steps = Math.min(count * 2, 1000);
    else if (milliseconds > limit) this.steps = Math.max(1, Math.floor((count * limit) / milliseconds));
  }
}
