/** From numbers to pixels, and the marks of an axis. */

export type Scale = (value: number) => number;

export function linear(from: number, to: number, start: number, end: number): Scale {
  const factor = (end - start) / (to - from || 1);
  return (value) => start + (value - from) * factor;
}

/** A scale of powers of ten; what is 0 or less lies below its lower end. */
export function logarithmic(from: number, to: number, start: number, end: number): Scale {
  const scale = linear(Math.log10(from), Math.log10(to), start, end);
  return (value) => scale(value > 0 ? Math.log10(value) : -400);
}

/** About `count` round numbers from `from` to `to`. */
export function ticks(from: number, to: number, count: number): number[] {
  if (!(to > from)) return [from];
  const rough = (to - from) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((size) => size >= rough) ?? rough;
  const first = Math.ceil(from / step - 1e-9);
  const marks = [];
  for (let i = first; i * step <= to * (1 + 1e-9); i++) marks.push(Number((i * step).toPrecision(12)));
  return marks;
}

/** Powers of ten, at most `count` of them. */
export function decades(from: number, to: number, count: number): number[] {
  const [low, high] = [Math.ceil(Math.log10(from) - 1e-9), Math.floor(Math.log10(to) + 1e-9)];
  const stride = Math.max(1, Math.ceil((high - low + 1) / count));
  const marks = [];
  for (let power = high; power >= low; power -= stride) marks.push(10 ** power);
  return marks;
}

/** An axis that grows at once and shrinks only when it is far too large, so that a picture does not jump. */
export class Reach {
  private low = NaN;
  private high = NaN;

  constructor(private readonly round: (low: number, high: number) => [number, number]) {}

  /** The ends of the axis for numbers from `low` to `high`. */
  cover(low: number, high: number): [number, number] {
    const [from, to] = this.round(low, high);
    const tooLarge = to - from < 0.4 * (this.high - this.low);
    if (Number.isNaN(this.low) || tooLarge) [this.low, this.high] = [from, to];
    this.low = Math.min(this.low, from);
    this.high = Math.max(this.high, to);
    return [this.low, this.high];
  }

  forget(): void {
    this.low = this.high = NaN;
  }
}
