/** What the engine answers. Numbers that are not finite arrive as null. */

/** Keys and their values as texts, as the program's flags. */
export type Config = Record<string, string>;

/** A number, or null where it is NaN or infinite. */
export type Maybe = number | null;

/** How the values of a layer are distributed. */
export interface Distribution {
  min: Maybe;
  max: Maybe;
  mean: Maybe;
  std: Maybe;
  /** Counts in equal bins from `min` to `max`. */
  histogram: number[];
}

/** A layer with weights at one step; the last of a frame is the output. */
export interface Layer {
  name: string;
  position: number;
  activation: string | null;
  units: number;
  pre: Distribution;
  post: Distribution;
  saturated_low: Maybe;
  saturated_high: Maybe;
  saturated_share: Maybe;
  dead_share: Maybe;
  delta_rms: Maybe;
  delta_ratio: Maybe;
  predicted_ratio: Maybe;
  weight_rms: Maybe;
  update_log10: Maybe;
}

export interface Remedy {
  text: string;
  /** The settings after the remedy; null where it is nothing that settings could do. */
  config: Config | null;
}

export interface Diagnosis {
  illness: string;
  severity: "none" | "warning" | "failure";
  cause: string;
  since_step: number | null;
  layers: number[];
  remedies: Remedy[];
  also: { illness: string; cause: string }[];
  notes: string[];
}

export interface Scores {
  loss: Maybe;
  score: Maybe;
}

/** The record of the head: what it makes of its errors. */
export interface Head {
  name: string;
  matched: boolean;
  error: Maybe;
  gradient: Maybe;
  efficiency: Maybe;
  saturated: Maybe;
  saturated_wrong: Maybe;
}

/** A network at one step. */
export interface Frame {
  step: number;
  epoch: number;
  ended: string | null;
  failure: string | null;
  rate: Maybe;
  train: Scores;
  test: Scores | null;
  score_name: string;
  batch_loss: Maybe;
  layers: Layer[];
  head: Head;
  diagnosis: Diagnosis | null;
}

/** A sample in the plane: x, y, class. */
export type Point = [number, number, number];

/** What is known of a run from its start. */
export interface Started {
  network: string;
  toml: string;
  config: Config;
  task: string;
  inputs: number;
  outputs: number;
  names: string[];
  parameters: number;
  steps: number;
  batch: number;
  notes: string[];
  points: { train: Point[]; test: Point[] | null } | null;
  frame: Frame;
}

/** Outputs all over the plane: rows from the top, each cell `outputs` numbers from 0 to 255. */
export interface Surface {
  size: number;
  outputs: number;
  /** Bytes, as hundreds of surfaces are kept. */
  values: Uint8Array;
}

export interface Samples {
  rows: number[];
  inputs: number[][];
  targets: number[][];
  outputs: number[][];
  marginals: number[][] | null;
}

export interface Key {
  section: string;
  name: string;
  takes: string;
  help: string;
}

/** All that a config can say. */
export interface Keys {
  keys: Key[];
  activations: string[];
  initialisers: string[];
  optimizers: string[];
  schedules: string[];
  losses: string[];
  made: string[];
}
