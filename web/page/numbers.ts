/** Numbers as a person writes them. */

import type { Maybe } from "./protocol";

/** Three digits, 0.00081 or 4 160; an exponent only where the number is very small or large. */
export function short(number: Maybe | undefined): string {
  if (number === null || number === undefined || !Number.isFinite(number)) return "not finite";
  const size = Math.abs(number);
  if (size === 0) return "0";
  if (size < 1e-4 || size >= 1e7) return number.toExponential(1).replace("e+", "e");
  const decimals = Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(size))));
  return grouped(number.toFixed(decimals));
}

/** 73 771, with a space that does not break. */
export function whole(number: number): string {
  return grouped(String(Math.round(number)));
}

/** 98.0 %. */
export function percent(share: Maybe | undefined): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return "not known";
  return `${(100 * share).toFixed(1)}\u00a0%`;
}

/** A mark of an axis: 0.5 and not 0.500. */
export function plainly(number: number): string {
  const text = short(number);
  return text.includes(".") && !text.includes("e")
    ? text.replace(/0+$/, "").replace(/\.$/, "")
    : text.replace(/\.0e/, "e");
}

function grouped(digits: string): string {
  const [before = "", after] = digits.split(".");
  const spaced = before.length > 4 ? before.replace(/\B(?=(\d{3})+$)/g, "\u00a0") : before;
  return after === undefined ? spaced : `${spaced}.${after}`;
}

/** A rate as it is written into a config: 0.003 and not 0.0030000000000000001. */
export function plain(number: number): string {
  const rounded = Number(number.toPrecision(3));
  return Math.abs(rounded) < 1e-6 && rounded !== 0 ? rounded.toExponential() : String(rounded);
}
