/** Draws on a canvas in CSS pixels. */

import { theme } from "../theme";

export type Spot = [x: number, y: number];

export const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";

export class Brush {
  constructor(
    readonly context: CanvasRenderingContext2D,
    readonly width: number,
    readonly height: number,
  ) {}

  text(
    text: string,
    x: number,
    y: number,
    options: { align?: CanvasTextAlign; colour?: string; size?: number; bold?: boolean } = {},
  ): void {
    const { context } = this;
    context.font = `${options.bold ? 600 : 400} ${options.size ?? 12}px ${FONT}`;
    context.textAlign = options.align ?? "left";
    context.textBaseline = "middle";
    context.fillStyle = options.colour ?? theme().soft;
    context.fillText(text, x, y);
  }

  rule(x1: number, y1: number, x2: number, y2: number, colour = theme().rule): void {
    this.path(
      [
        [x1, y1],
        [x2, y2],
      ],
      colour,
      1,
    );
  }

  /** A line through spots; null breaks it. */
  path(spots: (Spot | null)[], colour: string, thickness = 2, dash: number[] = []): void {
    const { context } = this;
    context.beginPath();
    let isDown = false;
    for (const spot of spots) {
      if (spot) isDown ? context.lineTo(...spot) : context.moveTo(...spot);
      isDown = spot !== null;
    }
    context.strokeStyle = colour;
    context.lineWidth = thickness;
    context.lineJoin = "round";
    context.setLineDash(dash);
    context.stroke();
    context.setLineDash([]);
  }

  box(x: number, y: number, width: number, height: number, colour: string, alpha = 1): void {
    this.context.globalAlpha = alpha;
    this.context.fillStyle = colour;
    this.context.fillRect(x, y, width, height);
    this.context.globalAlpha = 1;
  }

  /** A mark of a run: filled for A, hollow for B, so that colour is not all that tells them apart. */
  dot(x: number, y: number, colour: string, run: number, radius = 4): void {
    const { context } = this;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = run === 0 ? colour : theme().paper;
    context.fill();
    context.strokeStyle = colour;
    context.lineWidth = 2;
    context.stroke();
  }

  /** The area between a path and its way back. */
  area(spots: Spot[], colour: string, alpha: number): void {
    const { context } = this;
    context.beginPath();
    for (const spot of spots) context.lineTo(...spot);
    context.closePath();
    context.globalAlpha = alpha;
    context.fillStyle = colour;
    context.fill();
    context.globalAlpha = 1;
  }
}
