/** The `layers` of a config as rows that a reader can change, one for each hidden layer. */

import type { Config } from "./protocol";

export interface Row {
  units: number;
  activation: string;
  init: string | null;
  bias_init: string | null;
  norm: string | null;
  dropout: string | null;
}

type Item = string | { dense?: number; init?: string; bias_init?: string; norm?: string; dropout?: number };

/** The rows of a list; null where it has something that rows do not show, a block say. */
export function readRows(layers: string): Row[] | null {
  const items = parse(layers);
  if (!items) return null;
  const rows: Row[] = [];
  let row: Row | null = null;
  for (const item of items) {
    if (typeof item === "object" && item.dense !== undefined) {
      row = {
        units: item.dense,
        activation: "identity",
        init: item.init ?? null,
        bias_init: item.bias_init ?? null,
        norm: null,
        dropout: null,
      };
      rows.push(row);
    } else if (!row) return null;
    else if (item === "batch-norm" || item === "layer-norm") row.norm = item.slice(0, 5);
    else if (typeof item === "string") row.activation = item;
    else if (item.dropout !== undefined) row.dropout = String(item.dropout);
    else return null;
  }
  return rows.length > 0 ? rows.slice(0, -1) : null;
}

/** The list of hidden rows and a last layer of so many outputs. */
export function writeRows(rows: Row[], outputs: number): string {
  const items = rows.flatMap((row) => [
    dense(row.units, row.init, row.bias_init),
    row.norm && `"${row.norm}-norm"`,
    row.activation !== "identity" && `"${row.activation}"`,
    row.dropout && `{ dropout = ${row.dropout} }`,
  ]);
  return `[${[...items.filter(Boolean), dense(outputs, null, null)].join(", ")}]`;
}

/** The widths of `hidden`: 30x12, or 128,64, or none; null where it is something else. */
export function readWidths(hidden: string): number[] | null {
  if (hidden === "none" || hidden === "") return [];
  const widths = hidden.split(",").flatMap((part) => {
    const [, width, times] = /^\s*(\d+)(?:x(\d+))?\s*$/.exec(part) ?? [];
    return width ? Array<number>(Math.min(100, Number(times ?? 1))).fill(Number(width)) : [NaN];
  });
  return widths.every((width) => width > 0) ? widths : null;
}

/** The rows of a config, whichever way it writes its layers. */
export function rowsOf(config: Config): Row[] | null {
  if (config.layers) return readRows(config.layers);
  const widths = readWidths(config.hidden ?? "");
  return (
    widths?.map((units) => ({
      units,
      activation: config.activation ?? "relu",
      init: config.init ?? null,
      bias_init: config.bias_init ?? null,
      norm: config.norm ?? null,
      dropout: config.dropout ?? null,
    })) ?? null
  );
}

function dense(units: number, init: string | null, bias: string | null): string {
  const parts = [`dense = ${units}`, init && `init = "${init}"`, bias && `bias_init = "${bias}"`];
  return `{ ${parts.filter(Boolean).join(", ")} }`;
}

/** The list as TOML writes it: a table's `name = value` is JSON's `"name": value`, as long as there is no block in it. */
function parse(layers: string): Item[] | null {
  try {
    const items: unknown = JSON.parse(layers.replace(/([{,]\s*)(\w+)\s*=/g, '$1"$2":'));
    return Array.isArray(items) ? (items as Item[]) : null;
  } catch {
    return null;
  }
}
