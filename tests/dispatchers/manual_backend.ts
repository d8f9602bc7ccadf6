/** A backend whose tasks end when the test says so. */
import { type Task, task } from "../../mod.ts";
import { type Backend, failure, type Work } from "../../dispatchers/backend.ts";
import { QueueDispatcher } from "../../dispatchers/queue_dispatcher.ts";

export class ManualBackend implements Backend {
  parallelism: number;
  /** What is at work, in the order in which it was started. */
  readonly works: Work[] = [];
  readonly cancelled: Work[] = [];
  isClosed = false;

  constructor(parallelism: number) {
    this.parallelism = parallelism;
  }

  start(work: Work): void {
    this.works.push(work);
  }

  /** What was cancelled settles like the rest, when the test says so. */
  cancel(works: readonly Work[]): void {
    this.cancelled.push(...works);
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }

  /** The first arguments of what is at work. */
  get names(): unknown[] {
    return this.works.flatMap(({ tasks }) => tasks.map(({ args }) => args[0]));
  }

  /** Ends the unit that has the task of this name: each of its tasks gives its name, or fails with the error. */
  finish(name: unknown, error?: Error): void {
    const at = this.works.findIndex(({ tasks }) => tasks.some(({ args }) => args[0] === name));
    const [work] = this.works.splice(at, 1);
    for (const [index, { args }] of work.tasks.entries()) {
      work.settle(index, error === undefined ? { status: "succeeded", value: args[0] } : failure(error));
    }
  }

  /** Ends everything, and what is started thereby. */
  finishAll(): void {
    while (this.works.length > 0) this.finish(this.names[0]);
  }
}

/** A task that is known by its name. */
export function named(name: unknown): Task<unknown> {
  return task((name: unknown) => name, name);
}

/** A dispatcher whose workers do as they are told. */
export function manualDispatcher(
  size: number,
  parallelism = 1,
): { dispatcher: QueueDispatcher; backend: ManualBackend } {
  const backend = new ManualBackend(parallelism);
  return { backend, dispatcher: new QueueDispatcher(backend, size) };
}

/** Whether a promise has settled by now, with all that this turn's microtasks do. */
export async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  promise.then(() => settled = true, () => settled = true);
  // Enough turns of the microtask queue for whatever follows without waiting.
  for (let turn = 0; turn < 20; turn++) await null;
  return settled;
}
