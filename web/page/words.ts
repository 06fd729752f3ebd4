/** The engine's names in plain words. */

const ILLNESSES: Record<string, string> = {
  healthy: "Healthy",
  learning: "Learning",
  "not-judged": "Too early to judge",
  "vanishing-slope": "The gradient vanishes: the slopes are too small",
  "vanishing-weights": "The gradient vanishes: the weights are too small",
  saturated: "Units are saturated",
  exploding: "The gradient explodes: the weights are too large",
  "dead-units": "Units are dead",
  symmetric: "All units of a layer are the same",
  "bias-plateau": "It learned how often each class occurs, and no more",
  "head-loss-mismatch": "Head and loss do not belong together",
  "rate-too-high": "The learning rate is too high",
  "rate-too-low": "The learning rate is too low",
  "input-scale": "The inputs have the wrong scale",
  "target-scale": "The targets have the wrong scale",
  "output-range": "The outputs cannot reach the targets",
  "constant-targets": "Every sample has the same target",
  "constant-inputs": "Every sample has the same inputs",
  unshuffled: "The samples come class by class",
  "linear-network": "The network is linear",
  dropout: "Dropout leaves too little",
  "class-imbalance": "It always says the most frequent class",
  undertrained: "It needs more training",
  "not-learning": "It does not learn",
  "not-finite": "Numbers are no longer finite",
};

export function illness(name: string): string {
  return ILLNESSES[name] ?? name;
}

/** A network in a few words: 12 × 30 sigmoid, softmax. */
export function inShort(config: Record<string, string>): string {
  const shape = config.layers
    ? "own layers"
    : !config.hidden || config.hidden === "none"
      ? "no hidden layer"
      : `${config.hidden.replace(/^(\d+)x(\d+)$/, "$2 × $1")} ${config.activation ?? ""}`.trim();
  const start = config.init ? `, ${config.init}` : "";
  const rest = [
    config.norm && `${config.norm} norm`,
    config.residual === "true" && "residual",
    config.dropout && `dropout ${config.dropout}`,
  ];
  const head = [config.head, config.loss].filter(Boolean).join(" + ");
  return [shape + start, ...rest, head].filter(Boolean).join(", ");
}
