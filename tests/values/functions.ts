/** Functions and a procedure that values pass through. */
import {
  AuthenticationFailed,
  currentMessenger,
  type Messenger,
  Procedure,
  remote,
  task,
  TaskError,
  TaskFailed,
  TaskTimeout,
} from "../../mod.ts";

const self = remote<typeof import("./functions.ts")>(import.meta.url);

/** What comes goes. */
export function echo(value: unknown): unknown {
  return value;
}

/** What the caller cannot send is made here. */
export function make(expression: string): unknown {
  return new Function(`return ${expression}`)();
}

const RAISES: Record<string, () => unknown> = {
  TaskFailed: () => new TaskFailed("on purpose", { n: 1 }),
  AuthenticationFailed: () => new AuthenticationFailed("the password has expired"),
  TaskTimeout: () => new TaskTimeout("it took too long", 5),
  Disguised: () => Object.assign(new Error("x"), { code: "TASK_CANCELLED", raisedByTask: false }),
  Coded: () => new TaskError("SERVER_OFFLINE", "no"),
  SuppressedError: () => new SuppressedError(new RangeError("a"), new TypeError("b"), "both"),
  NotFound: () => new Deno.errors.NotFound("no such thing"),
  LinkError: () => new WebAssembly.LinkError("linked"),
  Fields: () => Object.assign(new Error("with fields"), { fn: () => 1, kept: "x".match(/(?<x>x)/) }),
  object: () => ({ a: [1, { b: 2 }] }),
  text: () => "just a text",
  nothing: () => undefined,
};

/** Names of what a task can throw. */
export const RAISED: readonly string[] = Object.keys(RAISES);

export function raise(which: string): never {
  throw RAISES[which]();
}

export function* echoEach(value: unknown): Generator<unknown> {
  yield value;
}

export function* raiseEach(which: string): Generator<unknown> {
  yield raise(which);
}

export function* makeEach(expression: string): Generator<unknown> {
  yield make(expression);
}

/** Gives back what comes through the inbox. */
export async function* echoInbox(): AsyncGenerator<unknown> {
  for await (const value of currentMessenger().inbox) yield value;
}

export class Echo extends Procedure {
  static override module = import.meta.url;

  constructor(readonly value: unknown) {
    super();
  }

  run(): unknown {
    return this.value;
  }
}

export async function echoBelow(value: unknown): Promise<unknown> {
  return await currentMessenger().run(self.echo, value);
}

export async function echoItemBelow(value: unknown): Promise<unknown> {
  const [echoed] = await currentMessenger().map(self.echo, [value]);
  return echoed;
}

/** Never ends. */
export function spin(): never {
  for (;;);
}

/** A subtask that runs longer than it may; its error is this task's own. */
export async function failsBelow(): Promise<unknown> {
  return await currentMessenger().with({ timeoutMs: 50 }).run(self.spin);
}

/** What a subtask's end looks like from here. */
export async function looksBelow(): Promise<unknown[]> {
  const ends = await Promise.allSettled([
    currentMessenger().with({ timeoutMs: 50 }).run(self.spin),
    run("TaskTimeout"),
  ]);
  return ends.map((end) => {
    const { code, raisedByTask } = (end as PromiseRejectedResult).reason as TaskError;
    return [code, raisedByTask ?? false];
  });
}

function run(which: string): Promise<never> {
  return currentMessenger().run(self.raise, which);
}

/** Says that it is at two of five, and waits until it is told to end. */
export async function halfway(): Promise<string> {
  const messenger: Messenger = currentMessenger();
  messenger.progress(2, 5);
  await new Promise((resolve) => messenger.signal.addEventListener("abort", resolve, { once: true }));
  return "told to end";
}

/** How far a subtask is, and how long it took. */
export async function pollsBelow(): Promise<[number[], number | null, number | null]> {
  const messenger = currentMessenger();
  const handle = await messenger.submit(self.halfway);
  await handle.progress[Symbol.asyncIterator]().next();
  const before = (await messenger.queryResult(handle.id, { peek: true }))!;
  await handle.cancel();
  const after = (await messenger.queryResult(handle.id, { waitMs: -1 }))!;
  return [[before.progress!.done, before.progress!.total!], before.durationMs, after.durationMs];
}

/** A map over tasks, one of which may run for too short a time. */
export async function mapsBelow(): Promise<unknown[]> {
  const tasks = [task(self.echo, 1), task(self.spin).with({ timeoutMs: 50 }), task(self.echo, 3)];
  const results = await currentMessenger().map<unknown>(tasks, { settled: true });
  return results.map(({ data, error }) => error?.name ?? data);
}
