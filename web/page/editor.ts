/** Takes what a reader sets, and starts the runs anew with it. */

import { write } from "./address";
import type { Config } from "./protocol";
import type { Session } from "./session";
import { change, replace, type Settings } from "./settings";

/** A slider is let come to rest before its value is tried. */
const REST = 220; // milliseconds

export class Editor {
  /** The run that the form shows. */
  run = 0;
  private pending: Settings | null = null;
  private timer = 0;
  private rateTimer = 0;
  private readonly listeners: (() => void)[] = [];

  constructor(readonly session: Session) {}

  /** Calls back when other settings are shown. */
  listen(listener: () => void): void {
    this.listeners.push(listener);
  }

  get settings(): Settings {
    return this.pending ?? this.session.settings;
  }

  get config(): Config {
    return this.settings.configs[this.run] ?? this.settings.configs[0];
  }

  /** Shows run A or B in the form. */
  show(run: number): void {
    this.run = this.settings.configs[run] ? run : 0;
    this.tell();
  }

  /** Sets keys of the run that is shown; null leaves a key out. */
  set(values: Record<string, string | null>): void {
    let settings = this.settings;
    for (const [key, value] of Object.entries(values)) settings = change(settings, this.run, key, value);
    this.later(settings);
  }

  /** Sets the rate; a run that is on its way goes on with it. */
  setRate(lr: string): void {
    const isUnderWay = !this.pending && (this.session.history.last?.step ?? 0) > 0 && this.session.runs[this.run];
    const rate = Number(lr);
    if (!isUnderWay || !(rate > 0)) return this.set({ lr });
    const run = this.run;
    clearTimeout(this.rateTimer);
    this.rateTimer = window.setTimeout(async () => {
      await this.session.setRate(run, rate);
      this.store();
      this.tell();
    }, REST);
  }

  /** The rate that the run has now. */
  get rate(): string {
    const changes = this.settings.rates.filter((each) => each.run === this.run);
    return changes.length ? String(changes.at(-1)!.lr) : (this.config.lr ?? "");
  }

  /** Sets how many steps a second are made at most; the runs go on. */
  setSpeed(speed: number): void {
    this.session.settings = { ...this.session.settings, speed };
    if (this.pending) this.pending = { ...this.pending, speed };
    this.store();
  }

  setTable(csv: string): void {
    this.pending = { ...this.settings, csv };
  }

  /** Replaces the config of a run, as a remedy does. */
  replace(run: number, config: Config): Promise<void> {
    this.run = run;
    return this.start(replace(this.settings, run, config));
  }

  /** Adds a run B beside run A, or takes it away. */
  pair(isPair: boolean): Promise<void> {
    const [a, b] = this.settings.configs;
    this.run = isPair ? 1 : 0;
    const rates = isPair ? this.settings.rates : this.settings.rates.filter(({ run }) => run === 0);
    return this.start({ ...this.settings, configs: [a, isPair ? (b ?? { ...a }) : null], rates });
  }

  restart(): Promise<void> {
    return this.start(this.settings);
  }

  async start(settings: Settings, keepRates = false): Promise<void> {
    clearTimeout(this.timer);
    clearTimeout(this.rateTimer);
    this.pending = null;
    const started = this.session.start(settings, keepRates);
    if (!this.settings.configs[this.run]) this.run = 0;
    this.store();
    this.tell();
    await started;
    this.tell();
  }

  private later(settings: Settings): void {
    this.pending = settings;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.start(settings), REST);
    this.tell();
  }

  private store(): void {
    history.replaceState(null, "", write(this.session.settings));
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}
