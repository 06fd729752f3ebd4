/** Runs worth to be looked at, each with a sentence on what to watch. */

import { h, say } from "../dom";
import type { Editor } from "../editor";
import { PRESETS, isShown, settingsOf, type Preset } from "../presets";

export class PresetsPanel {
  readonly element: HTMLElement;
  private readonly watch = h("p", { class: "watch" });
  private readonly buttons: HTMLButtonElement[];

  constructor(private readonly editor: Editor) {
    this.buttons = PRESETS.map((preset) =>
      h(
        "button",
        { type: "button", class: "preset", "data-preset": preset.name, click: () => this.choose(preset) },
        preset.title,
      ),
    );
    this.element = h(
      "section",
      { class: "presets", "aria-label": "Runs to begin with" },
      h("div", { class: "strip", role: "group", "aria-label": "Runs to begin with" }, ...this.buttons),
      this.watch,
    );
    editor.listen(() => this.show());
    this.show();
  }

  /** A preset is there to be watched, so it plays, but for those who want no motion. */
  private async choose(preset: Preset): Promise<void> {
    await this.editor.start(settingsOf(preset));
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) this.editor.session.play();
  }

  private show(): void {
    const shown = PRESETS.findIndex((preset) => isShown(preset, this.editor.settings));
    this.buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(i === shown)));
    say(this.watch, PRESETS[shown]?.watch ?? "A run of your own. Its address is a link to it.");
  }
}
