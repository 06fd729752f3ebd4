/** What page and worker say to each other. */

import type { Source } from "./bytes";
import type { Config, Frame, Samples, Started, Surface } from "./protocol";

/** A rate that is set when a run gets to a step. */
export interface RateChange {
  run: number;
  step: number;
  lr: number;
}

/** What is looked at beside the frame. */
export interface Look {
  surface: Surface | null;
  samples: Samples | null;
}

export interface Open {
  do: "open";
  engine: Source;
  digits: Source;
}

export interface Start {
  do: "start";
  run: number;
  config: Config;
  csv: string;
}

/** Trains all `runs` by the same number of steps, as many as fit into a short while, `steps` at most. */
export interface Advance {
  do: "advance";
  runs: number[];
  steps: number;
  rates: RateChange[];
}

/** Sets the rate of a run, from the step on at which it stands. */
export interface Rate {
  do: "rate";
  run: number;
  lr: number;
}

/** Chooses the samples that are looked at: the first ones, or those with the greatest loss now. */
export interface Choose {
  do: "choose";
  run: number;
  worst: boolean;
}

/** A part of the plane, from its lower left to its upper right corner. */
export interface Plane {
  from: [number, number];
  to: [number, number];
}

export interface StartAnswer {
  started: Started;
  /** The part of the plane that is looked at; null where inputs are no points. */
  plane: Plane | null;
  look: Look;
}

export interface AdvanceAnswer {
  frames: (Frame | null)[];
  /** Null where they were looked at a moment ago. */
  looks: (Look | null)[];
  /** Steps that each run made. */
  steps: number;
}

export type Message = Open | Start | Advance | Rate | Choose;
export type Envelope = { id: number; message: Message };
export type Reply = { id: number; answer: unknown } | { id: number; error: string };
