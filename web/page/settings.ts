/** All that a reader can set: the configs of one or two runs, their table, and rates that were changed on the way. */

import type { RateChange } from "./message";
import type { Config } from "./protocol";

export interface Settings {
  /** Run A, and run B where there is one. */
  configs: [Config, Config | null];
  /** The text of a pasted table. */
  csv: string;
  rates: RateChange[];
  /** Steps a second at most. */
  speed: number;
}

/** Slow enough to see a small network learn. */
export const USUAL_SPEED = 60;

/** Keys that both runs share: what they train on, and the seed. */
export const SHARED = [
  "made",
  "mnist",
  "file",
  "samples",
  "noise",
  "test_share",
  "seed",
  "task",
  "targets",
  "features",
  "ignore",
  "header",
];

/** The name under which a config knows the pasted table. */
export const PASTED = "pasted.csv";

/** A copy with one key set, or left out where the value is null. */
export function set(config: Config, key: string, value: string | null): Config {
  const { [key]: _, ...others } = config;
  return value === null || value === "" ? others : { ...others, [key]: value };
}

/** Settings with a key set in one run; a key that runs share is set in both. */
export function change(settings: Settings, run: number, key: string, value: string | null): Settings {
  const reaches = (other: number) => other === run || SHARED.includes(key);
  const configs = settings.configs.map((config, i) => (config && reaches(i) ? set(config, key, value) : config));
  return { ...settings, configs: configs as Settings["configs"] };
}

/** Settings with the whole config of one run replaced; what runs share goes over to the other. */
export function replace(settings: Settings, run: number, config: Config): Settings {
  const other = settings.configs[1 - run];
  const configs: (Config | null)[] = [null, null];
  configs[run] = config;
  if (other) {
    const own = Object.entries(other).filter(([key]) => !SHARED.includes(key));
    const shared = Object.entries(config).filter(([key]) => SHARED.includes(key));
    configs[1 - run] = Object.fromEntries([...shared, ...own]);
  }
  return { ...settings, configs: configs as Settings["configs"] };
}

export function sameConfig(a: Config | null, b: Config | null): boolean {
  if (!a || !b) return a === b;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => a[key] === b[key]);
}

/** The keys in which B differs from A, with B's values; null where B lacks the key. */
export function differences(a: Config, b: Config): [string, string | null][] {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].filter((key) => a[key] !== b[key]).map((key) => [key, b[key] ?? null]);
}
