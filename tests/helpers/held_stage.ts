/** A stage that holds its items until the test lets them go. */
import type { Servlet } from "../../procedures/servlet.ts";
import { threadServlet } from "../../servlets/mod.ts";

/** See {@linkcode hold}. */
export interface HeldStage extends Disposable {
  readonly servlet: Servlet<number, number>;
  /** Resolves when an item is with the stage. */
  readonly begun: Promise<void>;
  /** Lets the items go, those to come too. */
  release(): void;
}

let count = 0;

/** A stage in a thread, which speaks with the test over channels. */
export function hold(): HeldStage {
  const name = `held stage ${++count}`;
  const channel = new BroadcastChannel(name);
  const { promise: begun, resolve } = Promise.withResolvers<void>();
  channel.onmessage = () => resolve();
  const servlet = threadServlet(Holding, { options: name });
  return {
    servlet,
    begun,
    release: () => channel.postMessage("go"),
    [Symbol.dispose]: () => channel.close(),
  };
}

/** Made in the thread. */
export class Holding {
  static module = import.meta.url;
  #channel: BroadcastChannel;
  #released: Promise<void>;

  constructor({ options }: { options: string }) {
    this.#channel = new BroadcastChannel(options);
    this.#released = new Promise((resolve) => this.#channel.onmessage = () => resolve());
  }

  async call(x: number): Promise<number> {
    this.#channel.postMessage("begun");
    await this.#released;
    return x;
  }

  [Symbol.dispose](): void {
    this.#channel.close();
  }
}
