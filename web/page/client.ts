/** The page's side of the worker: a message goes out, a promise comes back. */

import type { Source } from "./bytes";
import type { Advance, AdvanceAnswer, Look, Message, Reply, Start, StartAnswer } from "./message";
import type { Config, Keys } from "./protocol";

export class Client {
  private readonly waiting = new Map<number, { done(answer: unknown): void; failed(error: Error): void }>();
  private last = 0;

  constructor(private readonly worker: Worker) {
    worker.onmessage = (event: MessageEvent<Reply>) => this.hear(event.data);
    worker.onerror = (event) => {
      for (const { failed } of this.waiting.values()) failed(new Error(event.message || "The worker did not start."));
      this.waiting.clear();
    };
  }

  open(engine: Source, digits: Source): Promise<Keys> {
    return this.send({ do: "open", engine, digits });
  }

  start(run: number, config: Config, csv: string): Promise<StartAnswer> {
    return this.send({ do: "start", run, config, csv } satisfies Start);
  }

  advance(message: Omit<Advance, "do">): Promise<AdvanceAnswer> {
    return this.send({ do: "advance", ...message });
  }

  rate(run: number, lr: number): Promise<{ step: number }> {
    return this.send({ do: "rate", run, lr });
  }

  choose(run: number, worst: boolean): Promise<Look | null> {
    return this.send({ do: "choose", run, worst });
  }

  private send<Answer>(message: Message): Promise<Answer> {
    const id = ++this.last;
    return new Promise((done, failed) => {
      this.waiting.set(id, { done: (answer) => done(answer as Answer), failed });
      this.worker.postMessage({ id, message });
    });
  }

  private hear(reply: Reply): void {
    const waiting = this.waiting.get(reply.id);
    this.waiting.delete(reply.id);
    if ("error" in reply) waiting?.failed(new Error(reply.error));
    else waiting?.done(reply.answer);
  }
}
