/** The layers of the network. */

import { h } from "../dom";
import type { Editor } from "../editor";
import { choice, entry, group, slider, tick, type Field, type Option } from "../fields";
import { rowsOf, writeRows, type Row } from "../layerlist";
import type { Keys } from "../protocol";

/** Initialisers as they are offered; those that take a number get one to begin with. */
const NUMBERS: Record<string, string> = {
  constant: "constant:0.1",
  normal: "normal:0.1",
  uniform: "uniform:0.1",
  "normal-shifted": "normal-shifted:0.1,0.1",
  "uniform-range": "uniform-range:0,0.1",
};

export class NetworkPanel {
  readonly element: HTMLElement;
  private readonly fields: [Field, (config: Record<string, string>, rows: Row[] | null) => string | null][];
  private readonly rows = h("div", { class: "rows" });
  private readonly details: HTMLDetailsElement;
  private readonly activations: Option[];

  constructor(
    private readonly editor: Editor,
    keys: Keys,
  ) {
    this.activations = keys.activations.map((name) => [name, name]);
    const initialisers: Option[] = keys.initialisers.map((name) => [NUMBERS[name] ?? name, NUMBERS[name] ?? name]);
    const all = (values: Partial<Row>) => this.changeAll(values);
    const depth = slider("Hidden layers", { min: 0, max: 50, step: 1 }, (value) => this.resize(Number(value), null));
    const width = slider("Units in each", { min: 1, max: 200, step: 1 }, (value) => this.resize(null, Number(value)));
    const activation = choice("Activation", this.activations, (value) => all({ activation: value }));
    const init = choice("Weights start", [["", "as suits the activation"], ...initialisers], (value) =>
      all({ init: value || null }),
    );
    const bias = choice(
      "Biases start",
      [["", "at 0"], ...initialisers.filter(([name]) => name !== "orthogonal")],
      (value) => all({ bias_init: value || null }),
    );
    const norm = choice(
      "Normalisation",
      [
        ["", "none"],
        ["batch", "over the batch"],
        ["layer", "over the layer"],
      ],
      (value) => all({ norm: value || null }),
    );
    const dropout = slider("Dropout", { min: 0, max: 0.9, step: 0.05 }, (value) =>
      all({ dropout: Number(value) > 0 ? value : null }),
    );
    const residual = tick("residual: add what goes into a layer to what comes out", (isOn) =>
      editor.set({ residual: isOn ? "true" : null }),
    );
    const own = entry("All layers as text", { spellcheck: "false" }, (value) => editor.set({ layers: value || null }));
    const common = <K extends keyof Row>(rows: Row[] | null, key: K) => {
      const values = new Set(rows?.map((row) => row[key]));
      return values.size === 1 ? [...values][0]! : values.size === 0 ? null : "(differ)";
    };
    const text = (value: Row[keyof Row] | null) => (value === null ? null : String(value));
    this.fields = [
      [depth, (_, rows) => text(rows?.length ?? null)],
      [width, (_, rows) => text(common(rows, "units"))],
      [activation, (config, rows) => text(common(rows, "activation") ?? config.activation ?? null)],
      [init, (_, rows) => text(common(rows, "init"))],
      [bias, (_, rows) => text(common(rows, "bias_init"))],
      [norm, (_, rows) => text(common(rows, "norm"))],
      [dropout, (_, rows) => text(common(rows, "dropout") ?? "0")],
      [residual, (config) => config.residual ?? null],
      [own, (config) => config.layers ?? null],
    ];
    this.details = h(
      "details",
      { toggle: () => this.showRows() },
      h("summary", {}, "Layer by layer"),
      this.rows,
      own.element,
    );
    this.element = group(
      "Network",
      depth.element,
      width.element,
      activation.element,
      init.element,
      bias.element,
      norm.element,
      dropout.element,
      residual.element,
      this.details,
    );
    editor.listen(() => this.show());
    this.show();
  }

  private show(): void {
    const { config } = this.editor;
    const rows = rowsOf(config);
    for (const [field, value] of this.fields) field.show(value(config, rows));
    this.showRows();
  }

  /** One key for all layers is a key of the config; where layers differ, their list is written. */
  private changeAll(values: Partial<Row>): void {
    const { config } = this.editor;
    const rows = config.layers ? rowsOf(config) : null;
    if (rows) this.write(rows.map((row) => ({ ...row, ...values })));
    else
      this.editor.set(
        Object.fromEntries(Object.entries(values).map(([key, value]) => [key, value === null ? null : String(value)])),
      );
  }

  private resize(depth: number | null, width: number | null): void {
    const { config } = this.editor;
    const rows = rowsOf(config) ?? [];
    const count = Math.min(50, Math.max(0, depth ?? rows.length));
    if (config.layers && rows.length > 0) {
      const next = Array.from({ length: count }, (_, i) => ({
        ...(rows[i] ?? rows.at(-1)!),
        ...(width ? { units: width } : {}),
      }));
      return this.write(next);
    }
    const widths = rows.map((row) => row.units);
    const units = width ?? widths[0] ?? 16;
    const isEven = width !== null || widths.every((other) => other === widths[0]);
    const hidden =
      count === 0
        ? "none"
        : isEven
          ? `${units}x${count}`
          : Array.from({ length: count }, (_, i) => widths[i] ?? widths.at(-1)!).join(",");
    this.editor.set({ hidden, layers: null });
  }

  private write(rows: Row[]): void {
    const outputs = this.editor.session.runs[this.editor.run]?.started.outputs ?? 2;
    this.editor.set({
      layers: writeRows(rows, outputs),
      ...Object.fromEntries(
        ["hidden", "activation", "init", "bias_init", "norm", "dropout", "residual"].map((key) => [key, null]),
      ),
    });
  }

  /** A line for each hidden layer, only where the reader looks. */
  private showRows(): void {
    if (!this.details.open) return;
    if (this.rows.contains(document.activeElement)) return;
    const rows = rowsOf(this.editor.config);
    if (!rows)
      return this.rows.replaceChildren(
        h("p", { class: "note" }, "These layers hold blocks, which only their text shows."),
      );
    this.rows.replaceChildren(
      ...rows.map((row, i) => {
        const put = (values: Partial<Row>) =>
          this.write(rows.map((other, j) => (j === i ? { ...other, ...values } : other)));
        const units = h("input", {
          class: "number",
          inputmode: "numeric",
          value: row.units,
          "aria-label": `Units of hidden layer ${i + 1}`,
          change: () => put({ units: Number(units.value) || row.units }),
        });
        const select = h(
          "select",
          { "aria-label": `Activation of hidden layer ${i + 1}`, change: () => put({ activation: select.value }) },
          ...this.activations.map(([value, text]) => h("option", { value, selected: value === row.activation }, text)),
        );
        const drop = h("input", {
          class: "number",
          inputmode: "decimal",
          value: row.dropout ?? "0",
          "aria-label": `Dropout after hidden layer ${i + 1}`,
          change: () => put({ dropout: Number(drop.value) > 0 ? drop.value : null }),
        });
        return h("div", { class: "row" }, h("span", {}, String(i + 1)), units, select, drop);
      }),
    );
    this.rows.prepend(
      h(
        "div",
        { class: "row heads", "aria-hidden": "true" },
        h("span"),
        h("span", {}, "units"),
        h("span", {}, "activation"),
        h("span", {}, "dropout"),
      ),
    );
  }
}
