/** Play, pause, one step, start over; how fast; and back through what was recorded. */

import { h, say } from "../dom";
import type { Editor } from "../editor";
import { whole } from "../numbers";
import type { Session } from "../session";

const SPEEDS: [number, string][] = [
  [2, "2 steps a second"],
  [20, "20 steps a second"],
  [60, "60 steps a second"],
  [200, "200 steps a second"],
  [Infinity, "as fast as it goes"],
];

export class Transport {
  readonly element: HTMLElement;
  private readonly play: HTMLButtonElement;
  private readonly slider: HTMLInputElement;
  private readonly where = h("output", { class: "where" });
  private readonly fast = h("span", { class: "fast" });
  private readonly back: HTMLButtonElement;

  constructor(
    private readonly session: Session,
    editor: Editor,
  ) {
    const toggle = () => (session.playing ? session.pause() : session.play());
    this.play = h("button", { type: "button", class: "main play", click: toggle }, "Play");
    const step = h("button", { type: "button", class: "step", click: () => void session.step() }, "One step");
    const restart = h("button", { type: "button", class: "restart", click: () => void editor.restart() }, "Start over");
    const speed = h(
      "select",
      { "aria-label": "Speed", change: () => editor.setSpeed(SPEEDS[speed.selectedIndex]?.[0] ?? Infinity) },
      ...SPEEDS.map(([, text]) => h("option", {}, text)),
    );
    this.slider = h("input", {
      type: "range",
      min: 0,
      max: 0,
      value: 0,
      class: "back",
      "aria-label": "Back through the recorded steps",
      input: () => session.lookBack(Number(this.slider.value)),
    });
    this.back = h("button", { type: "button", click: () => session.lookBack(Infinity) }, "Back to now");
    this.element = h(
      "div",
      { class: "transport", role: "group", "aria-label": "Training" },
      this.play,
      step,
      restart,
      speed,
      this.slider,
      this.back,
      this.where,
      this.fast,
    );
    const show = () => (speed.selectedIndex = SPEEDS.findIndex(([value]) => value >= editor.settings.speed));
    editor.listen(show);
    show();
    document.addEventListener("keydown", (event) => {
      const isFree = document.activeElement === document.body || document.activeElement === null;
      if (!isFree || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === " ") toggle();
      else if (event.key === "ArrowRight") void session.step();
      else return;
      event.preventDefault();
    });
  }

  draw(): void {
    const { session } = this;
    say(this.play, session.playing ? "Pause" : "Play");
    this.play.disabled = !session.alive && !session.playing;
    const moments = session.history.moments.length;
    this.slider.max = String(Math.max(0, moments - 1));
    this.slider.value = String(session.lookingAt ?? moments - 1);
    const step = session.moment?.step ?? 0;
    this.slider.setAttribute("aria-valuetext", `step ${step}`);
    this.element.dataset.step = String(step);
    this.back.hidden = session.lookingAt === null;
    say(
      this.where,
      session.lookingAt === null
        ? `step ${whole(step)}`
        : `step ${whole(step)} of ${whole(session.history.last?.step ?? 0)}`,
    );
    const rate = session.playing ? session.speedometer.stepsPerSecond : null;
    if (rate) this.element.dataset.stepsPerSecond = rate.toFixed(1);
    say(this.fast, rate ? `${whole(rate)} steps a second` : "");
  }
}
