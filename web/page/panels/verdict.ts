/** What a run is like, in numbers and words, and what would help. */

import { h, say } from "../dom";
import type { Editor } from "../editor";
import { percent, plainly, short, whole } from "../numbers";
import type { Diagnosis, Frame, Remedy } from "../protocol";
import type { Session } from "../session";
import { RUN_NAMES } from "../theme";
import { illness, inShort } from "../words";

/** A verdict stands at least so long, in milliseconds, before another one takes its place; causes likewise. */
const STANDS = 700;

export class VerdictPanel {
  readonly element: HTMLElement;
  private readonly summary = h("p", { class: "run-summary" });
  private readonly numbers = h("dl", { class: "numbers" });
  private readonly verdict = h("p", { class: "verdict", role: "status" });
  private readonly cause = h("p", { class: "cause" });
  private readonly remedies = h("div", { class: "remedies" });
  private readonly others = h("ul", { class: "others" });
  private readonly past = h("ol", { class: "past" });
  private readonly problem = h("p", { class: "problem", role: "alert" });
  private values = new Map<string, HTMLElement>();
  private changedAt = -Infinity;
  private lastIllness = "";
  private doubt: string | null = null;
  private remedyKey = "";

  constructor(
    private readonly run: number,
    private readonly editor: Editor,
    private readonly session: Session,
  ) {
    const name = RUN_NAMES[run]!;
    this.element = h(
      "section",
      { class: `card run run-${name.toLowerCase()}`, "aria-label": `Run ${name}` },
      h("h2", {}, h("span", { class: "chip" }, name), ` Run ${name}`),
      this.summary,
      this.problem,
      this.numbers,
      this.verdict,
      this.cause,
      this.remedies,
      this.others,
      h("details", { class: "behind" }, h("summary", {}, "Verdicts so far"), this.past),
    );
    session.listen((news) => {
      if (news === "runs") this.forget();
    });
  }

  draw(): void {
    const { session, run } = this;
    this.element.hidden = !session.settings.configs[run];
    if (this.element.hidden) return;
    const config = session.settings.configs[run]!;
    const { started } = session.runs[run] ?? {};
    say(this.summary, `${inShort(config)}${started ? `; ${whole(started.parameters)} parameters` : ""}`);
    const problem = session.problems[run];
    say(this.problem, problem ?? "");
    this.problem.hidden = !problem;
    const frame = session.moment?.frames[run];
    this.numbers.hidden = this.verdict.hidden = !frame;
    if (!frame) return this.clear();
    this.count(frame);
    this.judge(frame);
  }

  private forget(): void {
    this.changedAt = -Infinity;
    this.lastIllness = this.remedyKey = "";
    this.past.replaceChildren();
    this.numbers.replaceChildren();
    this.values.clear();
  }

  private clear(): void {
    delete this.element.dataset.illness;
    delete this.element.dataset.severity;
    this.cause.textContent = "";
    this.remedies.replaceChildren();
    this.others.replaceChildren();
  }

  private count(frame: Frame): void {
    this.number(frame.score_name, percent(frame.train.score));
    if (frame.test) this.number("on test samples", percent(frame.test.score));
    this.number("loss", short(frame.train.loss));
    if (frame.test) this.number("loss on test samples", short(frame.test.loss));
    this.number("step", `${whole(frame.step)}${frame.ended ? `, ${frame.ended}` : ""}`);
    this.number("epoch", whole(frame.epoch));
    this.number("rate", plainly(frame.rate ?? NaN));
    const { efficiency } = frame.head;
    this.number(
      "error past the head",
      efficiency === null || efficiency === undefined ? "not known" : percent(Math.min(efficiency, 1)),
    );
  }

  private number(name: string, text: string): void {
    let value = this.values.get(name);
    if (!value) {
      value = h("dd");
      this.values.set(name, value);
      this.numbers.append(h("div", {}, h("dt", {}, name), value));
    }
    say(value, text);
  }

  private judge(frame: Frame): void {
    const found = this.underWay(frame);
    const isLive = this.session.playing;
    if (isLive && performance.now() - this.changedAt < STANDS) return;
    this.changedAt = performance.now();
    // Another verdict has to be found twice: a single batch may be unlike the others.
    const isNew = found?.illness !== this.element.dataset.illness && this.element.dataset.illness !== undefined;
    if (isLive && !frame.ended && isNew && this.doubt !== (found?.illness ?? null) && this.lastIllness !== "") {
      this.doubt = found?.illness ?? null;
      return;
    }
    this.doubt = null;
    if (!found) {
      say(this.verdict, "Too early to judge");
      return this.clear();
    }
    this.element.dataset.illness = found.illness;
    this.element.dataset.severity = found.severity;
    say(this.verdict, illness(found.illness));
    say(this.cause, sentence(found.cause));
    this.remedy(found.severity === "none" ? [] : found.remedies);
    this.list(found, frame.failure && !found.cause.includes(frame.failure) ? frame.failure : null);
    if (found.illness !== this.lastIllness && this.session.lookingAt === null) {
      this.lastIllness = found.illness;
      this.past.append(h("li", {}, `step ${whole(frame.step)}: ${illness(found.illness)}`));
      while (this.past.children.length > 12) this.past.firstChild?.remove();
    }
  }

  /**
   * The diagnosis of a run that goes on. That more training would help is no illness before the end: it is learning, and
   * where it was healthy a moment ago it still is.
   */
  private underWay(frame: Frame): Diagnosis | null {
    const found = frame.diagnosis;
    if (!found || found.illness !== "undertrained" || frame.ended) return found;
    const illness = this.lastIllness === "healthy" ? "healthy" : "learning";
    return {
      ...found,
      illness,
      severity: "none",
      cause: "nothing is found wrong, and the loss is still falling",
      remedies: [],
    };
  }

  /** Buttons stay as they are while the remedies do, so that none moves from under a pointer. */
  private remedy(remedies: Remedy[]): void {
    const key = JSON.stringify(remedies.map(({ text, config }) => [text, config]));
    if (key === this.remedyKey || (this.remedies.contains(document.activeElement) && this.session.playing)) return;
    this.remedyKey = key;
    const other = 1 - this.run;
    this.remedies.replaceChildren(
      ...remedies
        .slice(0, 3)
        .map(({ text, config }) =>
          h(
            "div",
            { class: "remedy" },
            h("span", {}, `${text[0]?.toUpperCase() ?? ""}${text.slice(1)}.`),
            config &&
              h(
                "button",
                { type: "button", class: "apply", click: () => void this.editor.replace(this.run, config) },
                "Apply",
              ),
            config &&
              h(
                "button",
                { type: "button", click: () => void this.editor.replace(other, config) },
                `Try as ${RUN_NAMES[other]}`,
              ),
          ),
        ),
    );
  }

  private list({ also, notes }: Diagnosis, failure: string | null): void {
    // What the engine found out about the table of a reader; of made samples there is nothing to find out.
    const isTable = Boolean(this.session.settings.configs[this.run]?.file);
    const started = isTable ? (this.session.runs[this.run]?.started.notes ?? []) : [];
    const texts = [
      ...(failure ? [sentence(failure)] : []),
      ...also.map((each) => `Also: ${illness(each.illness)}. ${sentence(each.cause)}`),
      ...notes.map(sentence),
      ...started.map(sentence),
    ];
    texts.forEach((text, i) => {
      const item = this.others.children[i] ?? this.others.appendChild(h("li"));
      say(item as HTMLElement, text);
    });
    while (this.others.children.length > texts.length) this.others.lastChild?.remove();
  }
}

/** With a capital letter and a full stop. */
function sentence(text: string): string {
  if (!text) return "";
  return `${text[0]!.toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}
