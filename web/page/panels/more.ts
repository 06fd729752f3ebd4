/** All other keys that a config knows. */

import { h } from "../dom";
import type { Editor } from "../editor";
import type { Key, Keys } from "../protocol";

/** Keys that have a control of their own, or that mean files of the native program. */
const ELSEWHERE = new Set([
  "made",
  "mnist",
  "file",
  "images",
  "test",
  "samples",
  "noise",
  "test_share",
  "seed",
  "targets",
  "layers",
  "hidden",
  "activation",
  "init",
  "bias_init",
  "dropout",
  "norm",
  "residual",
  "head",
  "loss",
  "optimizer",
  "lr",
  "batch",
  "epochs",
  "csv",
  "threads",
]);

export class MorePanel {
  readonly element: HTMLDetailsElement;
  private readonly rows = h("div", { class: "rows" });
  private readonly keys: Key[];

  constructor(
    private readonly editor: Editor,
    keys: Keys,
  ) {
    this.keys = keys.keys.filter(({ name }) => !ELSEWHERE.has(name));
    const select = h(
      "select",
      { "aria-label": "A further setting" },
      ...this.keys.map(({ name }) => h("option", { value: name }, name)),
    );
    const value = h("input", { "aria-label": "Its value", placeholder: "value" });
    const help = h("p", { class: "note" });
    const explain = () => {
      const key = this.keys.find(({ name }) => name === select.value);
      help.textContent = key ? `${key.help}. Takes: ${key.takes}.` : "";
    };
    select.addEventListener("change", explain);
    explain();
    const add = h(
      "button",
      { type: "button", click: () => value.value.trim() && editor.set({ [select.value]: value.value.trim() }) },
      "Set",
    );
    this.element = h(
      "details",
      { class: "card more" },
      h("summary", {}, "All other settings"),
      this.rows,
      h("div", { class: "row adding" }, select, value, add),
      help,
    );
    editor.listen(() => this.show());
    this.show();
  }

  private show(): void {
    if (this.rows.contains(document.activeElement)) return;
    const set = Object.entries(this.editor.config).filter(([name]) => !ELSEWHERE.has(name));
    this.rows.replaceChildren(
      ...set.map(([name, text]) => {
        const input = h("input", {
          value: text,
          "aria-label": name,
          change: () => this.editor.set({ [name]: input.value.trim() || null }),
        });
        const remove = h(
          "button",
          {
            type: "button",
            "aria-label": `Leave ${name} out`,
            click: () => {
              remove.blur();
              this.editor.set({ [name]: null });
            },
          },
          "×",
        );
        return h("div", { class: "row adding" }, h("code", {}, name), input, remove);
      }),
    );
  }
}
