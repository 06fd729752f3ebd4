/** A table that a reader pastes or opens. It stays in the browser. */

import { LONGEST_TABLE, tableFits } from "../address";
import { freshId, h, say } from "../dom";
import type { Editor } from "../editor";
import { choice, type Field } from "../fields";
import { PASTED } from "../settings";

const EXAMPLE = "x,y,class\n0.1,0.2,in\n0.9,0.8,out\n...";

export class TablePanel {
  readonly element: HTMLElement;
  private readonly text: HTMLTextAreaElement;
  private readonly note = h("p", { class: "note" });
  private readonly problem = h("p", { class: "problem", hidden: true });
  private readonly target: HTMLElement = h("div");
  private targetField: Field | null = null;
  private chosen: string | null = null;
  private names = "";

  constructor(
    private readonly editor: Editor,
    private readonly taken: () => void,
  ) {
    const id = freshId();
    this.text = h("textarea", {
      id,
      rows: 7,
      spellcheck: "false",
      placeholder: EXAMPLE,
      input: () => this.readNames(),
    });
    const file = h("input", {
      type: "file",
      accept: ".csv,.tsv,.txt",
      "aria-label": "Open a file",
      change: async () => {
        const chosen = file.files?.[0];
        if (!chosen) return;
        this.text.value = await chosen.text();
        this.readNames();
      },
    });
    this.element = h(
      "div",
      { class: "table-panel" },
      h("div", { class: "field" }, h("label", { for: id }, "Rows, the first with names"), this.text),
      file,
      this.target,
      h("button", { type: "button", class: "main", click: () => this.train() }, "Train on this table"),
      this.problem,
      this.note,
    );
  }

  show(): void {
    const { csv, configs } = this.editor.settings;
    if (document.activeElement !== this.text && this.text.value === "") this.text.value = csv;
    if (configs[0].file === PASTED && csv !== this.text.value && csv !== "" && document.activeElement !== this.text)
      this.text.value = csv;
    this.chosen = configs[0].targets ?? this.chosen;
    this.readNames();
    const problem = configs[0].file === PASTED ? this.editor.session.problems.find((each) => each) : null;
    say(this.problem, problem ?? "");
    this.problem.hidden = !problem;
    const isLong = csv !== "" && !tableFits(this.editor.settings);
    say(
      this.note,
      isLong
        ? `The table is longer than ${LONGEST_TABLE / 1000} kB, so the link does not contain it.`
        : "The table stays in this browser; the link contains it.",
    );
  }

  /** Offers the columns of the first line as targets. */
  private readNames(): void {
    const line = this.text.value.split("\n", 1)[0]?.trim() ?? "";
    if (line === this.names) return;
    this.names = line;
    const separator = [";", "\t", ","].find((mark) => line.includes(mark)) ?? ",";
    const names = line
      .split(separator)
      .map((name) => name.trim().replace(/^"|"$/g, ""))
      .filter(Boolean);
    this.target.replaceChildren();
    if (names.length === 0) return;
    if (!this.chosen || !names.includes(this.chosen)) this.chosen = names.at(-1)!;
    this.targetField = choice(
      "Target column",
      names.map((name) => [name, name]),
      (value) => (this.chosen = value),
    );
    this.targetField.show(this.chosen);
    this.target.append(this.targetField.element);
  }

  private train(): void {
    this.taken();
    this.editor.setTable(this.text.value);
    this.editor.set({
      file: PASTED,
      targets: this.chosen,
      ...Object.fromEntries(["made", "mnist", "samples", "noise", "task"].map((key) => [key, null])),
      ...(this.editor.config.file
        ? {}
        : { head: null, loss: null, layers: null, hidden: this.editor.config.hidden ?? "16x2" }),
    });
  }
}
