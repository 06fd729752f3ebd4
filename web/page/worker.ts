/** The worker: the engine trains here, so that the page's thread is free to draw. */

import { bytesOf, type Source } from "./bytes";
import { Engine } from "./engine";
import { Lens } from "./lens";
import type {
  Advance,
  AdvanceAnswer,
  Choose,
  Envelope,
  Look,
  Message,
  Open,
  Rate,
  RateChange,
  Reply,
  Start,
  StartAnswer,
} from "./message";
import { Pace } from "./pace";
import type { Frame, Started } from "./protocol";

let engine: Engine;
let digits: Source;
/** At which start of the engine the digits were handed over. */
let digitsGivenAt = -1;
const lenses: (Lens | null)[] = [null, null];
const pace = new Pace();

async function open(message: Open): Promise<object> {
  digits = message.digits;
  engine = await Engine.load(await bytesOf(message.engine));
  return engine.ask({ do: "keys" });
}

async function start({ run, config, csv }: Start): Promise<StartAnswer> {
  if (config.mnist === "true" && digitsGivenAt !== engine.restarts) {
    engine.ask({ do: "images" }, await bytesOf(digits));
    digitsGivenAt = engine.restarts;
  }
  const request = { do: "start", run, config, ...(config.file ? { csv } : {}) };
  const started = engine.ask<Started>(request);
  const lens = new Lens(engine, run, started);
  lenses[run] = lens;
  pace.reset();
  return { started, plane: lens.plane, look: lens.look() };
}

function advance({ runs, steps, rates }: Advance): AdvanceAnswer {
  for (const run of runs) {
    for (const change of rates) {
      if (change.run === run && change.step === lenses[run]?.step) engine.ask({ do: "rate", run, lr: change.lr });
    }
  }
  const count = Math.min(steps, pace.steps, untilChange(runs, rates));
  const begun = performance.now();
  if (count > 1) {
    for (const run of runs) engine.ask({ do: "steps", run, count: count - 1, measure: false });
    pace.stepsTook(performance.now() - begun, count - 1);
  }
  const trained = performance.now();
  const frames = runs.map((run) => engine.ask<Frame>({ do: "steps", run, count: 1 }));
  pace.frameTook(performance.now() - trained);
  frames.forEach((frame, i) => lenses[runs[i]!]?.moved(frame.step));
  return { frames, looks: runs.map((run) => lenses[run]?.lookAgain() ?? null), steps: count };
}

/** How many steps there are until some rate changes. */
function untilChange(runs: number[], rates: RateChange[]): number {
  const ahead = rates.map(({ run, step }) => (runs.includes(run) ? step - (lenses[run]?.step ?? 0) : 0));
  return Math.min(Infinity, ...ahead.filter((steps) => steps > 0));
}

/** Answers with the step from which on the rate holds. */
function rate({ run, lr }: Rate): { step: number } {
  engine.ask({ do: "rate", run, lr });
  return { step: lenses[run]?.step ?? 0 };
}

function choose({ run, worst }: Choose): Look | null {
  return lenses[run]?.choose(worst) ?? null;
}

function handle(message: Message): unknown {
  switch (message.do) {
    case "open":
      return open(message);
    case "start":
      return start(message);
    case "advance":
      return advance(message);
    case "rate":
      return rate(message);
    case "choose":
      return choose(message);
  }
}

// One message is done before the next begins, as some of them wait for bytes.
let queue = Promise.resolve();
self.onmessage = (event: MessageEvent<Envelope>) => {
  const { id, message } = event.data;
  queue = queue.then(async () => {
    let reply: Reply;
    try {
      reply = { id, answer: await handle(message) };
    } catch (error) {
      reply = { id, error: error instanceof Error ? error.message : String(error) };
    }
    self.postMessage(reply);
  });
};
