/** The head, the optimiser and the rate. */

import { h, say } from "../dom";
import type { Editor } from "../editor";
import { choice, entry, group, slider, type Field, type Option } from "../fields";
import { plain } from "../numbers";
import type { Keys } from "../protocol";

const PAIRINGS: Option[] = [
  ["", "as suits the samples"],
  ["softmax cross-entropy", "softmax with cross-entropy"],
  ["sigmoid binary-cross-entropy", "sigmoid with binary cross-entropy"],
  ["softmax label-cross-entropy", "softmax on labels (a mistake)"],
  ["softmax squared-error", "softmax with squared error"],
  ["sigmoid squared-error", "sigmoid with squared error"],
  ["identity squared-error", "none with squared error, for numbers"],
];
const OWN_LOSS: Record<string, string> = {
  softmax: "cross-entropy",
  sigmoid: "binary-cross-entropy",
  identity: "squared-error",
};

export class TrainingPanel {
  readonly head: HTMLElement;
  readonly training: HTMLElement;
  private readonly rateNote = h("p", { class: "note", role: "status" });

  constructor(editor: Editor, keys: Keys) {
    const pairing = choice("Output and loss", PAIRINGS, (value) => {
      const [head = "", loss = ""] = value.split(" ");
      editor.set({ head: head || null, loss: loss && loss !== OWN_LOSS[head] ? loss : null });
    });
    const optimizer = choice(
      "Optimiser",
      keys.optimizers.map((name) => [name, name]),
      (value) => editor.set({ optimizer: value, momentum: null, nesterov: null, rho: null, beta1: null, beta2: null }),
    );
    const rate = slider(
      "Learning rate",
      { min: -5, max: 2, step: 0.1 },
      (value) => editor.setRate(value),
      (position) => plain(10 ** position),
      (value) => Math.log10(value || 1e-5),
    );
    const batch = choice(
      "Samples a step",
      ["1", "8", "16", "32", "64", "128", "256"].map((n) => [n, n]),
      (value) => editor.set({ batch: value }),
    );
    const epochs = entry("Epochs", { inputmode: "numeric" }, (value) => editor.set({ epochs: value || null }));
    this.head = group(
      "Head",
      pairing.element,
      h(
        "p",
        { class: "note" },
        "The first two pass the whole error on. The squared error takes it away where an output is wrong and sure.",
      ),
    );
    this.training = group(
      "Training",
      optimizer.element,
      rate.element,
      this.rateNote,
      h("div", { class: "pair" }, batch.element, epochs.element),
    );
    const fields: [Field, () => string | null][] = [
      [
        pairing,
        () => {
          const { head, loss } = editor.config;
          return head || loss ? `${head ?? ""} ${loss ?? OWN_LOSS[head ?? ""] ?? ""}`.trim() : null;
        },
      ],
      [optimizer, () => editor.config.optimizer ?? null],
      [rate, () => editor.rate],
      [batch, () => editor.config.batch ?? null],
      [epochs, () => editor.config.epochs ?? null],
    ];
    const show = () => {
      for (const [field, value] of fields) field.show(value());
      const changed = editor.settings.rates.filter(({ run }) => run === editor.run).at(-1);
      say(
        this.rateNote,
        changed
          ? `Changed at step ${changed.step}, kept in the link. A restart begins with it.`
          : "The rate can be changed while a run goes on; all else starts it anew.",
      );
    };
    editor.listen(show);
    show();
  }
}
