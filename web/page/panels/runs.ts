/** Which of the two runs the form shows, and whether there is a second one. */

import { h } from "../dom";
import type { Editor } from "../editor";
import { RUN_NAMES } from "../theme";

export class RunsPanel {
  readonly element: HTMLElement;
  private readonly buttons: HTMLButtonElement[];
  private readonly pair: HTMLButtonElement;

  constructor(private readonly editor: Editor) {
    this.buttons = RUN_NAMES.map((name, run) =>
      h(
        "button",
        { type: "button", class: `tab run-${name.toLowerCase()}`, click: () => editor.show(run) },
        h("span", { class: "chip" }, name),
        ` Run ${name}`,
      ),
    );
    this.pair = h("button", {
      type: "button",
      class: "pair-up",
      click: () => void editor.pair(!editor.settings.configs[1]),
    });
    this.element = h(
      "div",
      { class: "runs" },
      h("div", { class: "tabs", role: "group", "aria-label": "Settings of" }, ...this.buttons, this.pair),
      h(
        "p",
        { class: "note" },
        "Data and seed are the same for both. All else is set for the run that is chosen here.",
      ),
    );
    editor.listen(() => this.show());
    this.show();
  }

  private show(): void {
    const hasB = this.editor.settings.configs[1] !== null;
    this.buttons.forEach((button, run) => {
      button.setAttribute("aria-pressed", String(run === this.editor.run));
      button.hidden = run === 1 && !hasB;
    });
    this.pair.textContent = hasB ? "Remove B" : "Add run B";
  }
}
