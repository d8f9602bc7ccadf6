/**
 * Main module of a thread: runs the tasks that it is given, one after the other.
 *
 * @module
 */

import { decode } from "../../wire/codec.ts";
import type { PushesToServer } from "../../wire/message.ts";
import type { TaskToRun } from "./execute.ts";
import { LocalMessenger } from "./local_messenger.ts";
import { runLocally } from "./run_locally.ts";

/** To a thread: tasks to run behind those that it has; the current one is to end, with the encoded reason. */
export type ToThread =
  | readonly ["tasks", readonly TaskToRun[]]
  | readonly ["abort", Uint8Array];

/** From a thread: the outcome of a task; it ends, with an exit code. */
export type FromThread =
  | readonly ["outcome", taskId: string, PushesToServer["outcome"]]
  | readonly ["exit", code: number];

/** Quick tasks hold the thread for at most this many milliseconds before it listens again. */
const YIELD_MS = 10;

interface Scope {
  onmessage: ((event: MessageEvent<ToThread>) => void) | null;
  postMessage(message: FromThread): void;
  close(): void;
}

const scope = globalThis as unknown as Scope;
const post = scope.postMessage.bind(scope);
const waiting: TaskToRun[] = [];
let messenger: LocalMessenger | null = null;
let isRunning = false;

async function runAll(): Promise<void> {
  isRunning = true;
  let heardAt = performance.now();
  for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
    messenger = new LocalMessenger(task.id);
    const outcome = await runLocally(task, messenger);
    messenger = null;
    post(["outcome", task.id, outcome]);
    if (waiting.length === 0 || performance.now() - heardAt < YIELD_MS) continue;
    await new Promise((resolve) => setTimeout(resolve));
    heardAt = performance.now();
  }
  isRunning = false;
}

/** The runtime does not tell the other side when a thread ends itself: the thread has to. */
function tellOfEnd(): void {
  const close = scope.close.bind(scope);
  const exit = Deno.exit;
  scope.close = () => {
    post(["exit", 0]);
    close();
  };
  const tellAndExit = (code: number = Deno.exitCode): never => {
    post(["exit", code]);
    return exit(code);
  };
  Object.defineProperty(Deno, "exit", { value: tellAndExit, configurable: true, writable: true, enumerable: true });
}

tellOfEnd();
scope.onmessage = ({ data }) => {
  if (data[0] === "abort") {
    messenger?.abort(decode(data[1]));
    return;
  }
  waiting.push(...data[1]);
  if (!isRunning) void runAll();
};
