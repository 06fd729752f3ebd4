/** What is trained on. */

import { h } from "../dom";
import type { Editor } from "../editor";
import { choice, entry, group, slider, type Field, type Option } from "../fields";
import { rowsOf } from "../layerlist";
import { PASTED } from "../settings";
import { TablePanel } from "./table";

const SOURCES: Option[] = [
  ["circles", "circles"],
  ["xor", "XOR"],
  ["spiral", "spiral"],
  ["moons", "two moons"],
  ["blobs", "four blobs"],
  ["mnist", "digits (MNIST)"],
  ["teacher", "many labels, truth known"],
  ["table", "a table of your own"],
];

export class DataPanel {
  readonly element: HTMLElement;
  private readonly fields: [Field, (config: Record<string, string>) => string | null][];
  private readonly noise: Field;
  private readonly share: Field;
  private readonly table: TablePanel;
  /** The table is chosen, and not yet filled in. */
  private isWaiting = false;

  constructor(private readonly editor: Editor) {
    const source = choice("Samples from", SOURCES, (value) => this.choose(value));
    const samples = entry("How many", { inputmode: "numeric" }, (value) => editor.set({ samples: value || null }));
    this.noise = slider("Noise", { min: 0, max: 0.5, step: 0.05 }, (noise) => editor.set({ noise }));
    this.share = slider("Share set aside to test", { min: 0, max: 0.5, step: 0.05 }, (value) =>
      editor.set({ test_share: Number(value) > 0 ? value : null }),
    );
    const seed = entry("Seed", { inputmode: "numeric" }, (value) => editor.set({ seed: value || null }));
    this.table = new TablePanel(editor, () => (this.isWaiting = false));
    this.fields = [
      [source, (config) => (this.isWaiting || config.file ? "table" : config.mnist ? "mnist" : (config.made ?? null))],
      [samples, (config) => config.samples ?? null],
      [this.noise, (config) => config.noise ?? "0.1"],
      [this.share, (config) => config.test_share ?? "0"],
      [seed, (config) => config.seed ?? null],
    ];
    this.element = group(
      "Data",
      source.element,
      this.table.element,
      h("div", { class: "pair" }, samples.element, seed.element),
      this.noise.element,
      this.share.element,
    );
    editor.listen(() => this.show());
    this.show();
  }

  private choose(source: string): void {
    this.isWaiting = source === "table";
    if (this.isWaiting) return this.show();
    const isMade = source !== "mnist";
    const none = {
      made: null,
      mnist: null,
      file: null,
      targets: null,
      task: null,
      noise: null,
      samples: null,
      standardise: null,
    };
    this.editor.set({
      ...none,
      ...(isMade ? { made: source, samples: "500" } : { mnist: "true", samples: "2000", test_share: null }),
      ...this.withoutLayers(),
      ...(source === "teacher" ? { head: "sigmoid", loss: null } : {}),
    });
  }

  /** A list of layers ends with the outputs of other samples; its hidden layers are kept. */
  private withoutLayers(): Record<string, string | null> {
    const { config } = this.editor;
    const rows = config.layers ? rowsOf(config) : null;
    if (!config.layers) return {};
    const hidden = rows?.length ? rows.map((row) => row.units).join(",") : "16x2";
    return { layers: null, hidden, activation: rows?.[0]?.activation ?? "relu" };
  }

  private show(): void {
    const { config } = this.editor;
    for (const [field, value] of this.fields) field.show(value(config));
    // MNIST has test images of its own.
    this.share.element.hidden = Boolean(config.mnist) || this.isWaiting;
    this.noise.element.hidden = !config.made || config.made === "teacher" || this.isWaiting;
    this.table.element.hidden = !(this.isWaiting || config.file === PASTED);
    if (!this.table.element.hidden) this.table.show();
  }
}
