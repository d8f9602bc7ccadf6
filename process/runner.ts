/**
 * Runs tasks in this process, one after the other:
 *
 * 1. connects to the server and gives back the permission to do so;
 * 2. takes tasks, loads their code, runs them, sends the outcomes;
 * 3. leaves as soon as the server is gone.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { ownBytes } from "../core/own_bytes.ts";
import { MESSENGER, type Messenger } from "../procedures/messenger.ts";
import { decode, encode, type WriteLimits } from "../wire/codec.ts";
import { DEFAULT_RESULT_LIMITS } from "../wire/decode_budget.ts";
import type { Greeting, PushesFromServer, PushesToServer, WireTarget, WireTask } from "../wire/message.ts";
import { Peer } from "../wire/peer.ts";
import { presentToken, TOKEN_BYTES } from "../wire/token.ts";
import { Transport } from "../wire/transport.ts";
import { captureConsole } from "./console_capture.ts";
import { execute, type TaskToRun } from "./execute.ts";
import { LeakCheck } from "./leak_check.ts";
import { loading, loadTarget } from "./load_target.ts";
import { StreamLink } from "./stream_link.ts";
import type { openSubtasks, Subtasks } from "./subtasks.ts";
import { TaskMessenger } from "./task_messenger.ts";

/**
 * Computed, so that it is not loaded with the rest; when it is needed, because the first URL of a process takes 0.4 ms.
 * What is in one file with all that it imports loads the other such file.
 */
const subtasksUrl = () =>
  new URL(import.meta.url.endsWith(".js") ? "./subtasks_bundle.js" : "./subtasks.ts", import.meta.url).href;

/** Longest time, in milliseconds, for which quick tasks hold the thread before outcomes are sent. */
const YIELD_MS = 2;

/** Exit code of a worker whose server is gone. */
const ORPHANED = 75;

/**
 * The life of a worker process. `args`: the server's address, what to do once it is connected there (see `WayIn` in
 * `host/worker_door.ts`), the sizes that the server takes (bytes of a message, bytes and items of a result, with
 * commas between), "quotes" when errors of loading may quote the source, else nothing, and the host of this package's
 * modules where the task itself may not import from there.
 */
export async function runWorker([address, afterwards, sizes, quotes, packageHost]: string[]): Promise<void> {
  loading.quotes = !!quotes;
  const { token, greeting } = readStandardInput();
  const conn = await connect(address);
  giveBack(address, afterwards);
  if (packageHost !== undefined) {
    // What would be loaded when it is needed cannot be loaded any more then.
    await import(subtasksUrl());
    Deno.permissions.revokeSync({ name: "import", host: packageHost });
  }
  const [maxFrameBytes, bytes, items] = sizes.split(",").map(Number);
  const transport = new Transport(conn, maxFrameBytes);
  presentToken(transport, token);
  const worker = new Runner({ transport, tid: Deno.pid, ownsConsole: true, limits: { bytes, items } });
  for (const [topic, body] of greeting) worker.onPush(topic, body);
  await worker.peer.closed;
  // Nobody is left to tell: the process must not outlive its server.
  Deno.exit(ORPHANED);
}

/** Milliseconds between attempts to get into a queue that is full; the system has no word for when it is not. */
const QUEUE_MS = 20;

async function connect(address: string): Promise<Deno.Conn> {
  if (!address.startsWith(UNIX)) {
    const [hostname, port] = address.split(":");
    const conn = await Deno.connect({ hostname, port: Number(port) });
    conn.setNoDelay(true);
    return conn;
  }
  // The server ends a process that has not connected in time.
  for (;;) {
    try {
      return await Deno.connect({ transport: "unix", path: address.slice(UNIX.length) });
    } catch (error) {
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
      await new Promise((resolve) => setTimeout(resolve, QUEUE_MS));
    }
  }
}

const UNIX = "unix:";

/** What is connected stays connected; a second connection is refused from here on. */
function giveBack(address: string, afterwards: string): void {
  const path = address.slice(UNIX.length);
  for (const act of afterwards.split(",")) {
    if (act === "net") Deno.permissions.revokeSync({ name: "net", host: address });
    else if (act === "read" || act === "write") Deno.permissions.revokeSync({ name: act, path });
    else if (act === "unlink") removeLink(path);
  }
}

function removeLink(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // Another task that may write there was quicker.
  }
}

/** Where a runner runs. */
export interface RunnerParams {
  transport: Transport;
  /** The thread. */
  tid: number;
  /** `console` is the tasks' own: nobody else in this thread prints. */
  ownsConsole: boolean;
  /** A failure is logged, unless whoever asked for the task gets the error itself. @default {true} */
  logsFailures?: boolean;
  /** Those of a result, and of each item that a task yields. @default {64 MiB, and 20 million items} */
  limits?: WriteLimits;
  /** Loads what a task needs to submit tasks. @default {by its computed URL} */
  loadSubtasks?(): Promise<{ openSubtasks: typeof openSubtasks }>;
  /** Runs a task so that its messenger is found; by default there is one task at a time in this thread. */
  enter?(messenger: Messenger, run: () => Promise<void>): Promise<void>;
}

/** Runs the tasks that it is given, one after the other. */
export class Runner {
  readonly peer: Peer;
  #params: RunnerParams;
  #limits: WriteLimits;
  #subtasks: Subtasks | null = null;
  /** Given, and not begun. */
  #waiting: TaskToRun[] = [];
  #lastTarget: WireTarget | null = null;
  #messenger: TaskMessenger | null = null;
  #stream: StreamLink | null = null;
  #isRunning = false;
  /** Where the tasks to come must find nothing of the tasks before. */
  #leakCheck: LeakCheck | null = null;

  constructor(params: RunnerParams) {
    this.#params = params;
    this.#limits = params.limits ?? DEFAULT_RESULT_LIMITS;
    this.peer = new Peer(params.transport, {
      onCall: (command) => {
        throw new TaskError("UNKNOWN_COMMAND", `A worker has no command "${command}"`);
      },
      onPush: (topic, body) => this.onPush(topic, body),
    });
    if (params.ownsConsole) captureConsole({ log: (level, values) => this.#messenger?.log(level, values) });
  }

  /** Byte strings in a push are views that the next read overwrites. */
  #toRun([id, input, attempt, target, isStream, host]: WireTask): TaskToRun {
    if (target !== null) this.#lastTarget = target;
    const plain = { id, input: ownBytes(input), attempt, target: this.#lastTarget!, isStream };
    return host === undefined ? plain : { ...plain, place: [host, Deno.pid, this.#params.tid] };
  }

  /** Does what the server says. */
  onPush(topic: string, body: unknown): void {
    switch (topic) {
      case "tasks":
        for (const task of body as WireTask[]) this.#waiting.push(this.#toRun(task));
        if (!this.#isRunning) void this.#runAll();
        return;
      case "load":
        // What is wrong with the module is the business of the task that will ask for it.
        loadTarget(body as WireTarget).catch(() => {}).then(() => this.#pushReady(null));
        return;
      case "share":
        this.#leakCheck = new LeakCheck();
        return;
      case "recall":
        this.peer.push("recalled", this.#waiting.splice(0).length);
        return;
      case "abort":
        this.#messenger?.abort(decode(body as PushesFromServer["abort"]));
        return;
      default:
        if (!this.#stream?.onPush(topic, body)) this.#subtasks?.link.onPush(topic, body);
    }
  }

  async #runAll(): Promise<void> {
    this.#isRunning = true;
    let flushedAt = performance.now();
    for (let task = this.#waiting.shift(); task !== undefined; task = this.#waiting.shift()) {
      await this.#run(task);
      // Quick tasks never yield by themselves: what is done must leave, and what the server says must be heard.
      if (this.#waiting.length > 0 && performance.now() - flushedAt > YIELD_MS) {
        await this.peer.flushed();
        flushedAt = performance.now();
      }
    }
    this.#isRunning = false;
  }

  async #loadSubtasks(): Promise<Subtasks> {
    const { openSubtasks } = await (this.#params.loadSubtasks?.() ?? import(subtasksUrl()));
    return this.#subtasks ??= openSubtasks(this.peer, this.#limits.items);
  }

  async #run(task: TaskToRun): Promise<void> {
    const stream = this.#stream = task.isStream ? new StreamLink(this.peer, this.#limits) : null;
    const messenger = this.#messenger = new TaskMessenger(
      this.peer,
      task,
      () => this.#loadSubtasks(),
      // A worker's inbox holds its calls.
      task.place === undefined ? stream?.inbox ?? null : null,
    );
    const run = () => this.#runTo(task, messenger, stream);
    if (this.#params.enter !== undefined) return await this.#params.enter(messenger, run);
    (globalThis as { [MESSENGER]?: TaskMessenger })[MESSENGER] = messenger;
    await run();
  }

  async #runTo(task: TaskToRun, messenger: TaskMessenger, stream: StreamLink | null): Promise<void> {
    const outcome: PushesToServer["outcome"] = await execute(
      task,
      messenger,
      stream,
      this.#limits,
      this.#params.logsFailures ?? true,
    );
    messenger.flush();
    // Those that it left open end with it, and the server says no more of them.
    this.#subtasks?.link.streams.clear();
    // What stands behind it would fail as it did; in another process it may not.
    if (loading.hasFailed) this.#handBack();
    const isLast = this.#waiting.length === 0;
    const leak = isLast ? this.#leakCheck?.find() ?? null : null;
    this.#pushOutcome(outcome);
    // In one write with the outcome: whoever asks for more right away finds this process ready.
    if (isLast) this.#pushReady(leak);
  }

  #handBack(): void {
    if (this.#waiting.length > 0) this.peer.push("recalled", this.#waiting.splice(0).length);
  }

  #pushReady(leak: string | null): void {
    if (loading.hasFailed) this.peer.push("unfit", null);
    else this.peer.push("ready", leak);
  }

  #pushOutcome(outcome: PushesToServer["outcome"]): void {
    try {
      this.peer.push("outcome", outcome);
    } catch (error) {
      const refusal = new TaskError("RESULT_TOO_LARGE", `Cannot send the result: ${(error as Error).message}`);
      this.peer.push("outcome", ["failed", encode(refusal)]);
    }
  }
}

/** Read synchronously: nothing else can be done before it is there, and the server has written it already. */
function readStandardInput(): { token: Uint8Array; greeting: Greeting } {
  let bytes = new Uint8Array(4096);
  let length = 0;
  for (let count: number | null = 0; count !== null; count = Deno.stdin.readSync(bytes.subarray(length))) {
    length += count;
    if (length < bytes.length) continue;
    const larger = new Uint8Array(2 * length);
    larger.set(bytes);
    bytes = larger;
  }
  if (length < TOKEN_BYTES) throw new Error("This program is started by a Palpable server, not by hand");
  const greeting = length === TOKEN_BYTES ? [] : decode(bytes.subarray(TOKEN_BYTES, length)) as Greeting;
  return { token: bytes.subarray(0, TOKEN_BYTES), greeting };
}
