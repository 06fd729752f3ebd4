/**
 * Settings in the address, behind the #, so that a link is a run.
 *
 * Keys of run A stand as they are; those in which run B differs have "b." before them, empty where B lacks the key.
 * `rates` are changes on the way, run@step:rate. `csv` is the pasted table, `speed` how
 * many steps a second are made.
 */

import type { RateChange } from "./message";
import type { Config } from "./protocol";
import { differences, USUAL_SPEED, type Settings } from "./settings";

/** A longer table is left out: links of that size break on their way. */
export const LONGEST_TABLE = 20_000;

export function write(settings: Settings): string {
  const [a, b] = settings.configs;
  const parts = Object.entries(a);
  if (b) {
    parts.push(["b", "1"]);
    for (const [key, value] of differences(a, b)) parts.push([`b.${key}`, value ?? ""]);
  }
  if (settings.rates.length) {
    parts.push(["rates", settings.rates.map(({ run, step, lr }) => `${"ab"[run]}@${step}:${lr}`).join(",")]);
  }
  if (settings.speed !== USUAL_SPEED)
    parts.push(["speed", Number.isFinite(settings.speed) ? String(settings.speed) : "free"]);
  if (a.file && tableFits(settings)) parts.push(["csv", settings.csv]);
  return "#" + parts.map(([key, value]) => `${encode(key)}=${encode(value)}`).join("&");
}

/** Whether the link holds all that the run needs. */
export function tableFits(settings: Settings): boolean {
  return new TextEncoder().encode(settings.csv).length <= LONGEST_TABLE;
}

/** The settings of an address; null where it has none. */
export function read(hash: string): Settings | null {
  const parts = new URLSearchParams(hash.replace(/^#/, "").replace(/\+/g, "%2B"));
  const a: Config = {};
  const changed: Config = {};
  let [hasB, csv, rates, speed] = [false, "", "", USUAL_SPEED];
  for (const [key, value] of parts) {
    if (key === "b") hasB = true;
    else if (key === "csv") csv = value;
    else if (key === "rates") rates = value;
    else if (key === "speed") speed = value === "free" ? Infinity : Number(value) > 0 ? Number(value) : USUAL_SPEED;
    else if (key.startsWith("b.")) changed[key.slice(2)] = value;
    else a[key] = value;
  }
  if (Object.keys(a).length === 0) return null;
  const b = Object.fromEntries(Object.entries({ ...a, ...changed }).filter(([, value]) => value !== ""));
  return { configs: [a, hasB ? b : null], csv, rates: readRates(rates), speed };
}

function readRates(text: string): RateChange[] {
  return [...text.matchAll(/([ab])@(\d+):([^,]+)/g)]
    .map(([, run, step, lr]) => ({ run: run === "b" ? 1 : 0, step: Number(step), lr: Number(lr) }))
    .filter(({ lr }) => Number.isFinite(lr));
}

/** As `encodeURIComponent`, but what is harmless behind a # stays readable. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/%(2C|3A|40|2F)/g, (code) => decodeURIComponent(code));
}
