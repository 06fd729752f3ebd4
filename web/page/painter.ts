/** Draws the parts of the page, as many in one go as fit into a moment. */

/** In milliseconds; the browser needs as much again to lay out and paint. */
const MOMENT = 8;

export class Painter {
  readonly parts: { draw(): void }[] = [];
  private due: { draw(): void }[] = [];
  private isWaiting = false;

  /** All parts are to be drawn; those that still wait from before keep their turn. */
  draw(): void {
    const waiting = new Set(this.due);
    this.due.push(...this.parts.filter((part) => !waiting.has(part)));
    this.wait();
  }

  private wait(): void {
    if (this.isWaiting) return;
    this.isWaiting = true;
    requestAnimationFrame(() => {
      this.isWaiting = false;
      const begun = performance.now();
      do this.due.shift()?.draw();
      while (this.due.length > 0 && performance.now() - begun < MOMENT);
      if (this.due.length > 0) this.wait();
    });
  }
}
