/** The framework as WebAssembly: a request goes in as JSON, an answer comes out as JSON. */

interface Exports {
  memory: WebAssembly.Memory;
  room(length: number): number;
  answer(): number;
  answer_at(): number;
}

/** What the engine could not do, in a sentence for the user. */
export class Refused extends Error {}

export class Engine {
  /** How often it had to be started anew; what it was given before is lost. */
  restarts = 0;

  private constructor(
    private readonly module: WebAssembly.Module,
    private exports: Exports,
  ) {}

  static async load(bytes: BufferSource): Promise<Engine> {
    const module = await WebAssembly.compile(bytes);
    return new Engine(module, instantiate(module));
  }

  /** Asks, and throws `Refused` where the answer is an error. `body` are bytes that follow the request. */
  ask<Answer>(request: object, body?: Uint8Array): Answer {
    const head = new TextEncoder().encode(JSON.stringify(request) + (body ? "\n" : ""));
    const bytes = new Uint8Array(head.length + (body?.length ?? 0));
    bytes.set(head);
    if (body) bytes.set(body, head.length);
    const answer = JSON.parse(this.exchange(bytes)) as Answer & { error?: string };
    if (answer.error !== undefined) throw new Refused(answer.error);
    return answer;
  }

  private exchange(bytes: Uint8Array): string {
    try {
      const at = this.exports.room(bytes.length);
      // A view is made anew each time: the memory may have grown, which detaches older ones.
      new Uint8Array(this.exports.memory.buffer, at, bytes.length).set(bytes);
      const length = this.exports.answer();
      return new TextDecoder().decode(new Uint8Array(this.exports.memory.buffer, this.exports.answer_at(), length));
    } catch (error) {
      // A trap leaves the memory in no known state; what ran is lost, the page is not.
      this.exports = instantiate(this.module);
      this.restarts++;
      throw new Refused(`The engine stopped (${String(error)}). It was started anew; restart the run to go on.`);
    }
  }
}

function instantiate(module: WebAssembly.Module): Exports {
  return new WebAssembly.Instance(module).exports as unknown as Exports;
}
