/** The page: puts its parts together and begins. */

import { read } from "./address";
import { source, startWorker } from "./assets";
import { picturesOf } from "./charts/all";
import { Client } from "./client";
import { byId, h } from "./dom";
import { Editor } from "./editor";
import { Painter } from "./painter";
import { DataPanel } from "./panels/data";
import { MorePanel } from "./panels/more";
import { NetworkPanel } from "./panels/network";
import { PresetsPanel } from "./panels/presets";
import { RunsPanel } from "./panels/runs";
import { SharePanel } from "./panels/share";
import { TrainingPanel } from "./panels/training";
import { Transport } from "./panels/transport";
import { VerdictPanel } from "./panels/verdict";
import { PRESETS, settingsOf } from "./presets";
import type { Keys } from "./protocol";
import { Session } from "./session";
import { onThemeChange } from "./theme";

/** Lets the browser draw and listen between two pieces of work, so that none of them holds it up. */
function breath(): Promise<void> {
  // A page in the background is not drawn, so there is no picture to wait for.
  return new Promise((done) => (document.hidden ? setTimeout(done) : requestAnimationFrame(() => setTimeout(done))));
}

async function begin(): Promise<void> {
  const client = new Client(startWorker());
  const opened = client.open(source("engine"), source("digits"));
  const session = new Session(client, read(location.hash) ?? settingsOf(PRESETS[0]!));
  const editor = new Editor(session);
  await breath();
  byId("presets").append(new PresetsPanel(editor).element);
  await breath();
  const painter = new Painter();
  const transport = new Transport(session, editor);
  const draw = () => painter.draw();
  await breath();
  const { middle, right } = picturesOf(session, draw);
  const verdicts = [0, 1].map((run) => new VerdictPanel(run, editor, session));
  const empty = h(
    "p",
    { class: "note", hidden: true },
    "There is no run to show: the settings were refused. The message beside says why.",
  );
  byId("pictures").append(empty);
  const emptiness = { draw: () => void (empty.hidden = session.moment !== null || !session.problems.some(Boolean)) };
  painter.parts.push(emptiness, transport, ...verdicts, ...middle, ...right);
  session.listen(draw);
  onThemeChange(draw);
  const place = async (id: string, parts: { element: HTMLElement }[]) => {
    for (const { element } of parts) {
      byId(id).append(element);
      await breath();
    }
  };
  const placed = place("transport", [transport])
    .then(() => place("pictures", middle))
    .then(() => place("verdicts", verdicts))
    .then(() => place("curves", right));

  const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  try {
    const keys = await opened;
    if (!isCalm) session.play();
    await editor.start(session.settings, true);
    await placed;
    await settings(editor, keys);
  } catch (error) {
    byId("pictures").replaceChildren(
      h(
        "p",
        { class: "problem", role: "alert" },
        `The engine did not start: ${error instanceof Error ? error.message : String(error)}`,
      ),
    );
  }
  window.addEventListener("hashchange", () => {
    const settings = read(location.hash);
    if (settings) void editor.start(settings, true);
  });
}

/** The form, put together piece by piece, as it is not needed at once. */
async function settings(editor: Editor, keys: Keys): Promise<void> {
  const place = byId("settings-body");
  const add = async (...elements: HTMLElement[]) => {
    place.append(...elements);
    await breath();
  };
  await add(new RunsPanel(editor).element);
  await add(new DataPanel(editor).element);
  await add(new NetworkPanel(editor, keys).element);
  const training = new TrainingPanel(editor, keys);
  await add(training.head, training.training);
  await add(new MorePanel(editor, keys).element);
  byId("share").append(new SharePanel(editor).element);
  document.documentElement.dataset.ready = "true";
}

/** Wide, the settings are always there; narrow, they are folded away. */
function foldSettings(): void {
  const folded = byId("settings") as HTMLDetailsElement;
  const wide = matchMedia("(min-width: 1000px)");
  const fit = () => (folded.open = wide.matches);
  wide.addEventListener("change", fit);
  fit();
}

foldSettings();
void begin();
