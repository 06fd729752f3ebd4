/** The runs of the page: started, stepped, paused, changed, and looked back at. */

import type { Client } from "./client";
import { History, type Moment } from "./history";
import type { Plane } from "./message";
import type { Started } from "./protocol";
import { set, type Settings } from "./settings";
import { Speedometer } from "./speedometer";

/** A run that was started. */
export interface Run {
  started: Started;
  plane: Plane | null;
}

/** What listeners hear of: other runs, another moment, or that it plays or not. */
export type News = "runs" | "moment" | "playing";

/** More steps than a call makes. */
const MANY = 1_000_000;

export class Session {
  readonly history = new History();
  readonly speedometer = new Speedometer();
  runs: (Run | null)[] = [null, null];
  /** Why a run did not start or go on, in the engine's words. */
  problems: (string | null)[] = [null, null];
  /** The moment that is looked back at; null for the present. */
  lookingAt: number | null = null;
  private wantsToPlay = false;
  private generation = 0;
  private looping = false;
  /** Other runs are on their way; those that are there make no more steps. */
  private isStarting = false;
  private readonly listeners: ((news: News) => void)[] = [];

  constructor(
    private readonly client: Client,
    public settings: Settings,
  ) {
    document.addEventListener("visibilitychange", () => this.loop());
  }

  listen(listener: (news: News) => void): void {
    this.listeners.push(listener);
  }

  /** A run that has ended does not play; one that is started in its place does, where this one did. */
  get playing(): boolean {
    return this.wantsToPlay && this.alive;
  }

  /** The moment that is shown. */
  get moment(): Moment | null {
    return this.lookingAt === null ? this.history.last : (this.history.moments[this.lookingAt] ?? null);
  }

  /** Whether there is a run that has not ended. */
  get alive(): boolean {
    return this.running().length > 0;
  }

  /** Starts the runs of the settings. Rates that were changed on the way count from the start, unless they are kept. */
  async start(settings: Settings, keepRates = false): Promise<void> {
    this.settings = keepRates ? settings : fold(settings);
    const generation = ++this.generation;
    this.isStarting = true;
    const answers = await Promise.all(
      this.settings.configs.map(async (config, run) => {
        if (!config) return null;
        try {
          return await this.client.start(run, config, this.settings.csv);
        } catch (error) {
          return String(error instanceof Error ? error.message : error);
        }
      }),
    );
    if (generation !== this.generation) return;
    this.isStarting = false;
    const started = answers.map((answer) => (typeof answer === "string" ? null : answer));
    this.runs = started.map((answer) => answer && { started: answer.started, plane: answer.plane });
    this.problems = answers.map((answer) => (typeof answer === "string" ? answer : null));
    this.history.clear();
    this.lookingAt = null;
    this.speedometer.reset();
    if (started.some((answer) => answer)) {
      this.history.push({
        step: 0,
        frames: started.map((answer) => answer?.started.frame ?? null),
        looks: started.map((answer) => answer?.look ?? null),
      });
    }
    this.tell("runs");
    this.loop();
  }

  play(): void {
    this.wantsToPlay = true;
    this.lookingAt = null;
    this.speedometer.reset();
    this.tell("playing");
    this.loop();
  }

  pause(): void {
    this.wantsToPlay = false;
    this.tell("playing");
  }

  /** One step, of a run that is paused. */
  async step(): Promise<void> {
    this.pause();
    this.lookingAt = null;
    await this.advance(1);
  }

  /** Shows a recorded moment, and pauses. */
  lookBack(index: number): void {
    if (this.wantsToPlay) this.pause();
    this.lookingAt = index >= this.history.moments.length - 1 ? null : index;
    this.tell("moment");
  }

  /** Changes the rate of a run as it goes. */
  async setRate(run: number, lr: number): Promise<void> {
    const { step } = await this.client.rate(run, lr);
    const rates = this.settings.rates.filter((change) => change.run !== run || change.step < step);
    this.settings = { ...this.settings, rates: [...rates, { run, step, lr }] };
  }

  /** Looks at the samples with the greatest loss, or at the first ones again. */
  async choose(worst: boolean): Promise<void> {
    const looks = await Promise.all(this.runs.map((run, i) => run && this.client.choose(i, worst)));
    this.history.see(looks);
    this.tell("moment");
  }

  private running(): number[] {
    const frames = this.history.last?.frames ?? [];
    return [0, 1].filter((run) => this.runs[run] && !this.problems[run] && frames[run] && !frames[run].ended);
  }

  private async loop(): Promise<void> {
    if (this.looping) return;
    this.looping = true;
    let last = performance.now();
    let owed = 1;
    while (this.wantsToPlay && !this.isStarting && !document.hidden && this.alive) {
      const now = performance.now();
      const isBound = Number.isFinite(this.settings.speed);
      // No more is owed than a second's worth: who was away does not come back to a burst.
      owed = isBound
        ? Math.min(owed + ((now - last) / 1000) * this.settings.speed, Math.max(1, this.settings.speed))
        : MANY;
      last = now;
      if (owed < 1) await nextPicture();
      else owed -= await this.advance(Math.floor(owed));
    }
    this.looping = false;
    this.tell("playing");
  }

  /** Trains by some steps, `most` at most, and says how many. */
  private async advance(most: number): Promise<number> {
    const generation = this.generation;
    const runs = this.running();
    if (runs.length === 0 || this.isStarting) return 0;
    const { rates } = this.settings;
    try {
      const answer = await this.client.advance({ runs, steps: most, rates });
      if (generation !== this.generation) return 0;
      const place = <T>(values: (T | null)[], run: number) =>
        runs.includes(run) ? (values[runs.indexOf(run)] ?? null) : null;
      const before = this.history.last;
      const frames = [0, 1].map((run) => place(answer.frames, run) ?? before?.frames[run] ?? null);
      const looks = [0, 1].map((run) => place(answer.looks, run));
      this.history.push({ step: Math.max(...frames.map((frame) => frame?.step ?? 0)), frames, looks });
      this.speedometer.count(answer.steps);
      if (this.lookingAt === null) this.tell("moment");
      return answer.steps;
    } catch (error) {
      if (generation === this.generation) {
        for (const run of runs) this.problems[run] = error instanceof Error ? error.message : String(error);
        this.tell("runs");
      }
      return 0;
    }
  }

  private tell(news: News): void {
    for (const listener of this.listeners) listener(news);
  }
}

/** The rates that hold in the end are those that the runs start with. */
function fold(settings: Settings): Settings {
  const configs = settings.configs.map((config, run) => {
    const latest = settings.rates.filter((change) => change.run === run).at(-1);
    return config && latest ? set(config, "lr", String(latest.lr)) : config;
  });
  return { ...settings, configs: configs as Settings["configs"], rates: [] };
}

function nextPicture(): Promise<void> {
  return new Promise((done) => requestAnimationFrame(() => done()));
}
