/** A picture with its title, a caption that says what is seen, and a table behind it. */

import { h, say } from "../dom";
import type { Session } from "../session";
import { Brush } from "./brush";

/** Rows of texts; the first holds the headings. */
export type Rows = string[][];

/** What a picture shows, and how. */
export interface Subject {
  title: string;
  caption: string;
  /** In CSS pixels. */
  height(width: number, session: Session): number;
  /** Whether there is anything to show of these runs. */
  applies(session: Session): boolean;
  draw(brush: Brush, session: Session): void;
  /** The picture in a sentence. */
  describe(session: Session): string;
  table(session: Session): Rows;
  /** Controls that belong to the picture. */
  controls?: HTMLElement;
}

/** Texts of a picture change no more often than this, in milliseconds: who listens wants to listen to the end. */
const TEXT_EVERY = 1000;

/** A mark for those who measure how soon there is something to see. */
const FIRST = "first-picture";

export class Picture {
  readonly element: HTMLElement;
  private readonly canvas: HTMLCanvasElement;
  private readonly title = h("h2");
  private readonly table = h("table");
  private readonly details: HTMLDetailsElement;
  private width = 0;
  private height = 0;
  private texted = -Infinity;

  constructor(
    private readonly subject: Subject,
    private readonly session: Session,
    redraw: () => void,
  ) {
    this.canvas = h("canvas", { role: "img", "aria-label": subject.title });
    this.details = h(
      "details",
      { class: "behind", toggle: () => this.text() },
      h("summary", {}, "As a table"),
      h(
        "div",
        { class: "scroll", tabindex: "0", role: "region", "aria-label": `${subject.title}, as a table` },
        this.table,
      ),
    );
    say(this.title, subject.title);
    this.element = h(
      "figure",
      { class: "picture card", hidden: true },
      h("div", { class: "picture-head" }, this.title, subject.controls ?? null),
      this.canvas,
      h("figcaption", {}, subject.caption),
      this.details,
    );
    new ResizeObserver(([entry]) => {
      const width = Math.round(entry?.contentRect.width ?? 0);
      if (width === this.width) return;
      this.width = width;
      redraw();
    }).observe(this.canvas);
  }

  draw(): void {
    const shown = this.session.moment !== null && this.subject.applies(this.session);
    this.element.hidden = !shown;
    if (!shown || this.width === 0) return;
    this.fit();
    const context = this.canvas.getContext("2d");
    if (!context) return;
    const scale = this.canvas.width / this.width;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    this.subject.draw(new Brush(context, this.width, this.height), this.session);
    if (performance.getEntriesByName(FIRST).length === 0) performance.mark(FIRST);
    if (!this.session.playing || performance.now() - this.texted > TEXT_EVERY) this.text();
  }

  /** Gives the canvas as many pixels as the screen has for it. */
  private fit(): void {
    const height = this.subject.height(this.width, this.session);
    const scale = Math.min(devicePixelRatio || 1, 2);
    const [x, y] = [Math.round(this.width * scale), Math.round(height * scale)];
    if (this.canvas.width === x && this.canvas.height === y) return;
    this.height = height;
    this.canvas.width = x;
    this.canvas.height = y;
    this.canvas.style.height = `${height}px`;
  }

  private text(): void {
    this.texted = performance.now();
    if (this.session.moment === null || !this.subject.applies(this.session)) return;
    const sentence = this.subject.describe(this.session);
    if (this.canvas.getAttribute("aria-label") !== sentence) this.canvas.setAttribute("aria-label", sentence);
    say(this.title, this.subject.title);
    if (this.details.open) fill(this.table, this.subject.table(this.session));
  }
}

/** Puts rows into a table; cells that are there already are written over, so that nobody loses their place. */
function fill(table: HTMLTableElement, rows: Rows): void {
  while (table.rows.length > rows.length) table.deleteRow(-1);
  rows.forEach((texts, i) => {
    const row = table.rows[i] ?? table.insertRow();
    while (row.cells.length > texts.length) row.deleteCell(-1);
    texts.forEach((text, j) => {
      const isHead = i === 0 || j === 0;
      let cell = row.cells[j];
      if (!cell) row.append((cell = h(isHead ? "th" : "td", isHead ? { scope: i === 0 ? "col" : "row" } : {})));
      say(cell, text);
    });
  });
}
