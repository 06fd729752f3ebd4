/** Steps a second, over the last second and a half. */
const WINDOW = 1500; // milliseconds

export class Speedometer {
  private marks: { at: number; steps: number }[] = [];

  reset(): void {
    this.marks = [{ at: performance.now(), steps: 0 }];
  }

  count(steps: number): void {
    const now = performance.now();
    this.marks.push({ at: now, steps });
    while (this.marks.length > 2 && now - this.marks[0]!.at > WINDOW) this.marks.shift();
  }

  /** Null until there is enough to tell. */
  get stepsPerSecond(): number | null {
    const [first, last] = [this.marks[0], this.marks.at(-1)];
    if (!first || !last || last.at - first.at < 200) return null;
    const steps = this.marks.slice(1).reduce((sum, mark) => sum + mark.steps, 0);
    return (1000 * steps) / (last.at - first.at);
  }
}
