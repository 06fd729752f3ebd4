/** Runs worth to be looked at. */

import type { Config } from "./protocol";
import { sameConfig, USUAL_SPEED, type Settings } from "./settings";

export interface Preset {
  name: string;
  title: string;
  /** What to watch, in a sentence or two. */
  watch: string;
  a: Config;
  /** What run B has in place of A's settings; null leaves a key out. No B where there is none. */
  b?: Record<string, string | null>;
  csv?: string;
  /** Steps a second, where it is another than usual. */
  speed?: number;
  /** The verdicts that the sentence promises, of A and of B. */
  verdicts: [string, string?];
}

const CIRCLES = {
  made: "circles",
  samples: "500",
  noise: "0.1",
  test_share: "0.2",
  seed: "1",
  optimizer: "sgd",
  batch: "32",
  epochs: "400",
};
const DIGITS = { mnist: "true", samples: "2000", seed: "1", optimizer: "sgd", batch: "64", epochs: "100" };

export const PRESETS: Preset[] = [
  {
    name: "twelve-sigmoids",
    title: "Twelve sigmoids",
    watch:
      "The gradient dies. A sigmoid passes on at most a quarter, so of twelve layers the first ones get next to nothing (blue falls to the left). " +
      "Run B has ReLU instead, and learns.",
    a: { ...CIRCLES, hidden: "30x12", activation: "sigmoid", head: "softmax", lr: "0.1" },
    b: { activation: "relu" },
    verdicts: ["vanishing-slope", "healthy"],
  },
  {
    name: "he-cures-it",
    title: "He cures it",
    watch:
      "Sixteen ReLU layers from the customary small weights: each keeps 0.41 of the gradient. He's start makes the weights just as large as ReLU needs, " +
      "and the line becomes level.",
    a: { ...CIRCLES, hidden: "60x16", activation: "relu", init: "standard", head: "softmax", lr: "0.03" },
    b: { init: "he-normal" },
    verdicts: ["vanishing-weights", "healthy"],
  },
  {
    name: "too-large",
    title: "Weights too large",
    watch:
      "Units in their corners: with weights this large, three quarters of all tanh activations sit at -1 or 1, where tanh is flat. B starts with Glorot's weights and uses the whole curve.",
    a: { ...CIRCLES, hidden: "50x10", activation: "tanh", init: "normal:1", head: "softmax", lr: "0.02" },
    b: { init: "glorot-normal" },
    verdicts: ["saturated", "healthy"],
  },
  {
    name: "exploding",
    title: "It explodes",
    watch:
      "ReLU has no flat end to stop at: from weights twice as large as He's, the gradient grows from layer to layer, and after a few steps " +
      "numbers are no longer finite. B starts with He's.",
    a: { ...CIRCLES, hidden: "50x10", activation: "relu", init: "normal:0.4", head: "softmax", lr: "0.03" },
    b: { init: "he-normal" },
    verdicts: ["exploding", "healthy"],
  },
  {
    name: "wrong-and-saturated",
    title: "One neuron, wrong and saturated",
    watch:
      "A single sigmoid that starts sure of the wrong answers. Under the squared error its flat ends take the gradient away, and it sits still for hundreds of steps; cross-entropy (B) hands it the whole error, and it turns at once.",
    a: {
      file: "pasted.csv",
      targets: "y",
      task: "labels",
      layers: '[{ dense = 1, init = "constant:3" }]',
      head: "sigmoid",
      loss: "squared-error",
      optimizer: "sgd",
      lr: "0.15",
      batch: "8",
      epochs: "1000",
      seed: "1",
    },
    b: { loss: null },
    csv: "x,y\n-1.5,1\n-1.2,1\n-1,1\n-0.8,1\n0.8,0\n1,0\n1.2,0\n1.5,0\n",
    speed: 20,
    verdicts: ["head-loss-mismatch", "healthy"],
  },
  {
    name: "labels",
    title: "Softmax on labels",
    watch:
      "Ten labels of which several hold at once. A softmax has 1 to share out, so its bars stay far below the truth (the lines across them); the bars of the sigmoids end there.",
    a: {
      made: "teacher",
      samples: "2000",
      test_share: "0.2",
      seed: "1",
      hidden: "10x1",
      activation: "relu",
      head: "softmax",
      loss: "label-cross-entropy",
      optimizer: "adam",
      lr: "0.01",
      batch: "64",
      epochs: "60",
    },
    b: { head: "sigmoid", loss: null },
    speed: 200,
    verdicts: ["head-loss-mismatch", "healthy"],
  },
  {
    name: "digits",
    title: "Digits, two heads",
    watch:
      "The same network under both heads. Both learn equally well; softmax outputs sum to 1, the sums of the sigmoids only come near it.",
    a: { ...DIGITS, hidden: "100x2", activation: "relu", head: "softmax", lr: "0.1" },
    b: { head: "sigmoid" },
    speed: Infinity,
    verdicts: ["healthy", "healthy"],
  },
  {
    name: "deep-digits",
    title: "Six layers of digits",
    watch:
      "784-100x6-10 with sigmoids: no unit is saturated, and yet the first layer gets a thousandth of the gradient. Apply the remedy and watch it learn.",
    a: { ...DIGITS, hidden: "100x6", activation: "sigmoid", head: "softmax", lr: "0.1" },
    speed: Infinity,
    verdicts: ["vanishing-slope"],
  },
  {
    name: "dead",
    title: "Dead units",
    watch:
      "Biases so low that ReLU is off for every sample: its slope is 0 there, so no gradient comes that could bring the units back.",
    a: { ...CIRCLES, hidden: "30x3", activation: "relu", bias_init: "constant:-2", head: "softmax", lr: "0.05" },
    b: { bias_init: null },
    verdicts: ["dead-units", "healthy"],
  },
  {
    name: "nan",
    title: "Why is everything NaN?",
    watch:
      "The rate is far too high, and under a squared error without a sigmoid nothing bounds the steps: in four of them the weights are beyond what numbers hold. The verdict says so, and what rate would do; B has one.",
    a: { ...CIRCLES, hidden: "30x3", activation: "relu", head: "identity", loss: "squared-error", lr: "2" },
    b: { lr: "0.05" },
    speed: 20,
    verdicts: ["rate-too-high", "healthy"],
  },
  {
    name: "symmetric",
    title: "All start the same",
    watch: "Every weight starts at 0.1: units that start the same get the same gradient, and stay one unit for ever.",
    a: { ...CIRCLES, hidden: "16x2", activation: "tanh", init: "constant:0.1", head: "softmax", lr: "0.1" },
    b: { init: null },
    verdicts: ["symmetric", "healthy"],
  },
  {
    name: "linear",
    title: "No activation",
    watch:
      "Three layers with nothing between them compute what one could: a straight line, which XOR does not yield to.",
    a: { ...CIRCLES, made: "xor", hidden: "16x3", activation: "identity", head: "softmax", lr: "0.1" },
    b: { activation: "relu" },
    verdicts: ["linear-network", "healthy"],
  },
  {
    name: "fifty",
    title: "Fifty layers",
    watch:
      "How far a start reaches: from the customary weights each of fifty tanh layers keeps 0.57 of the gradient, a millionth of a millionth in all. Orthogonal weights (B) keep lengths as they are, and the whole depth learns.",
    a: {
      ...CIRCLES,
      hidden: "20x50",
      activation: "tanh",
      init: "standard",
      head: "softmax",
      optimizer: "adam",
      lr: "0.0003",
    },
    b: { init: "orthogonal" },
    verdicts: ["vanishing-weights", "healthy"],
  },
];

/** The settings of a preset. */
export function settingsOf({ a, b, csv, speed }: Preset): Settings {
  const pair =
    b &&
    Object.fromEntries(Object.entries({ ...a, ...b }).filter((entry): entry is [string, string] => entry[1] !== null));
  return { configs: [a, pair ?? null], csv: csv ?? "", rates: [], speed: speed ?? USUAL_SPEED };
}

/** Whether the settings are those of the preset. */
export function isShown(preset: Preset, settings: Settings): boolean {
  const { configs, csv } = settingsOf(preset);
  return (
    sameConfig(configs[0], settings.configs[0]) &&
    sameConfig(configs[1], settings.configs[1]) &&
    (!preset.csv || csv === settings.csv)
  );
}
