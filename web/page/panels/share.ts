/** The run as a link, and as a file that the native program continues with. */

import { tableFits } from "../address";
import { h, say } from "../dom";
import type { Editor } from "../editor";
import { RUN_NAMES } from "../theme";

export class SharePanel {
  readonly element: HTMLElement;
  private readonly said = h("p", { class: "note", role: "status" });
  private readonly text = h("textarea", {
    readonly: true,
    rows: 10,
    hidden: true,
    "aria-label": "Copied text",
    spellcheck: "false",
  });
  private readonly tomls: HTMLButtonElement[];

  constructor(private readonly editor: Editor) {
    const link = h("button", { type: "button", click: () => this.copy(location.href, this.aboutLink()) }, "Copy link");
    this.tomls = RUN_NAMES.map((name, run) =>
      h("button", { type: "button", class: "toml", click: () => this.copyToml(run) }, `Copy run.toml of ${name}`),
    );
    this.element = h(
      "section",
      { class: "card share", "aria-label": "Take it along" },
      h("h2", {}, "Take it along"),
      h(
        "p",
        { class: "note" },
        "The address holds all settings: a link repeats the run, bit for bit. So does the native program: gradlens train run.toml.",
      ),
      h("div", { class: "buttons" }, link, ...this.tomls),
      this.said,
      this.text,
    );
    editor.listen(() => this.show());
    this.show();
  }

  private show(): void {
    this.tomls.forEach((button, run) => (button.hidden = !this.editor.session.runs[run]));
  }

  private aboutLink(): string {
    const { settings } = this.editor;
    return settings.configs[0].file && !tableFits(settings)
      ? "Copied. The table is too long for a link: send it along."
      : "Copied.";
  }

  private copyToml(run: number): void {
    const { session, settings } = this.editor;
    const changed = settings.rates.some((change) => change.run === run);
    const { toml = "" } = session.runs[run]?.started ?? {};
    void this.copy(
      `# The same bits as in the page: GRADLENS_VECTORS=portable gradlens train run.toml\n${toml}`,
      changed ? "Copied. It has the rate that the run began with." : "Copied.",
    );
  }

  /** Some browsers keep the clipboard from pages that were opened from disk: then the text is there to be copied. */
  private async copy(text: string, done: string): Promise<void> {
    this.text.value = text;
    try {
      await navigator.clipboard.writeText(text);
      say(this.said, done);
    } catch {
      this.text.hidden = false;
      this.text.select();
      say(this.said, "The browser does not let this page copy. The text is below, selected.");
    }
  }
}
