/** Draws the parts of the page, as many in one go as fit into a moment. */

interface Part {
  draw(): void;
}

/** In milliseconds; the browser needs as much again to lay out and paint. */
const MOMENT = 8;
/** What took less was not there to be drawn yet, and says nothing of what it will take. */
const NOTHING = 0.2;

export class Painter {
  readonly parts: Part[] = [];
  private due: Part[] = [];
  private isWaiting = false;
  /** How long each part took the last time; one that was never drawn gets a picture of the browser's to itself. */
  private readonly costs = new Map<Part, number>();

  /** All parts are to be drawn; those that still wait from before keep their turn. */
  draw(): void {
    const waiting = new Set(this.due);
    this.due.push(...this.parts.filter((part) => !waiting.has(part)));
    if (this.isWaiting) return;
    this.isWaiting = true;
    requestAnimationFrame(() => this.paint());
  }

  private paint(): void {
    let spent = 0;
    while (this.due.length > 0 && (spent === 0 || spent + this.cost(this.due[0]!) < MOMENT)) {
      const part = this.due.shift()!;
      const begun = performance.now();
      part.draw();
      const took = performance.now() - begun;
      if (took > NOTHING) this.costs.set(part, took);
      spent += Math.max(took, 0.01);
    }
    this.isWaiting = this.due.length > 0;
    if (this.isWaiting) requestAnimationFrame(() => this.paint());
  }

  private cost(part: Part): number {
    return this.costs.get(part) ?? MOMENT;
  }
}
