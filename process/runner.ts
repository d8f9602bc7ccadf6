/**
 * Runs tasks in this thread, one after the other: takes them, loads their code, runs them, sends the outcomes.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { MESSENGER, type Messenger } from "../procedures/messenger.ts";
import { decode, encode, type WriteLimits } from "../wire/codec.ts";
import { DEFAULT_RESULT_LIMITS } from "../wire/decode_budget.ts";
import type { PushesFromServer, PushesToServer, WireTarget } from "../wire/message.ts";
import type { WireItems, WireTask } from "../wire/worker_message.ts";
import { Peer } from "../wire/peer.ts";
import type { Transport } from "../wire/transport.ts";
import { captureConsole } from "./console_capture.ts";
import { type Outlet, PeerOutlet } from "./outlet.ts";
import { execute, executeItem, type ItemSurroundings, type TaskToRun } from "./execute.ts";
import { LeakCheck } from "./leak_check.ts";
import { loading, loadTarget, onceLoaded } from "./load_target.ts";
import { OutcomeLine, YIELD_MS } from "./outcome_line.ts";
import { StreamLink } from "./stream_link.ts";
import type { openSubtasks, Subtasks } from "./subtasks.ts";
import { TaskLine } from "./task_line.ts";
import { warmUp } from "./warm_up.ts";
import { TaskMessenger } from "./task_messenger.ts";

/**
 * Computed, so that it is not loaded with the rest; when it is needed, because the first URL of a process takes 0.4 ms.
 * What is in one file with all that it imports loads the other such file.
 */
export const subtasksUrl = () =>
  new URL(import.meta.url.endsWith(".js") ? "./subtasks_bundle.js" : "./subtasks.ts", import.meta.url).href;

/** Where a runner runs. */
export interface RunnerParams {
  transport: Transport;
  /** The thread. */
  tid: number;
  /** `console` is the tasks' own: nobody else in this thread prints. */
  ownsConsole: boolean;
  /** By which lines and progress leave. @default {the connection} */
  outlet?(peer: Peer): Outlet;
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
export class Runner implements ItemSurroundings {
  readonly peer: Peer;
  #params: RunnerParams;
  #limits: WriteLimits;
  #outlet: Outlet;
  #subtasks: Subtasks | null = null;
  /** Given, and not begun. */
  #waiting: TaskLine;
  #outcomes: OutcomeLine | null = null;
  /** The one that was begun last. */
  #item: TaskToRun | null = null;
  #messenger: TaskMessenger | null = null;
  #stream: StreamLink | null = null;
  #isRunning = false;
  /** Something was left behind here: nothing is begun any more. */
  #isSpent = false;
  /** Where the tasks to come must find nothing of the tasks before. */
  #leakCheck: LeakCheck | null = null;

  constructor(params: RunnerParams) {
    this.#params = params;
    this.#limits = params.limits ?? DEFAULT_RESULT_LIMITS;
    this.#waiting = new TaskLine(params.tid);
    this.peer = new Peer(params.transport, {
      onCall: (command) => {
        throw new TaskError("UNKNOWN_COMMAND", `A worker has no command "${command}"`);
      },
      onPush: (topic, body) => this.onPush(topic, body),
    });
    this.#outlet = params.outlet?.(this.peer) ?? new PeerOutlet(this.peer);
    if (params.ownsConsole) {
      captureConsole(() => this.#messenger !== null || this.#item !== null ? this.messenger : undefined);
    }
  }

  /** Does what the server says. */
  onPush(topic: string, body: unknown): void {
    switch (topic) {
      case "tasks":
        if (this.#isSpent) return;
        this.#waiting.addTasks(body as WireTask[]);
        if (!this.#isRunning) void this.#runAll();
        return;
      case "groupItems":
        if (this.#isSpent) return;
        this.#waiting.addItems(body as WireItems);
        if (!this.#isRunning) void this.#runAll();
        return;
      case "load":
        void this.#load(...body as PushesFromServer["load"]);
        return;
      case "share":
        this.#leakCheck ??= new LeakCheck();
        // What a module does as it is loaded is its own business.
        onceLoaded(() => this.#leakCheck!.begin());
        return;
      case "recall":
        this.peer.push("recalled", this.#waiting.clear());
        return;
      case "abort":
        this.#abort(...body as PushesFromServer["abort"]);
        return;
      default:
        if (!this.#stream?.onPush(topic, body)) this.#subtasks?.link.onPush(topic, body);
    }
  }

  async #load(target: WireTarget, expectsItems: boolean): Promise<void> {
    // What is wrong with the module is the business of the task that will ask for it.
    await loadTarget(target).catch(() => {});
    if (expectsItems) warmUp(this.#limits);
    this.#pushReady();
  }

  async #runAll(): Promise<void> {
    this.#isRunning = true;
    // More may come while this waits for anything.
    while (this.#waiting.length > 0) {
      await this.#runWaiting();
      if (this.#leakCheck !== null) await this.#lookForLeaks(this.#leakCheck);
    }
    this.#isRunning = false;
  }

  /**
   * Once the outcome has left, and while it is on its way: to look takes as long as a small task. What comes meanwhile is
   * not begun before, and not at all when something is found.
   */
  async #lookForLeaks(check: LeakCheck): Promise<void> {
    await this.peer.flushed();
    const leak = check.find();
    if (leak === null) return;
    this.#isSpent = true;
    this.#waiting.clear();
    this.peer.push("ready", leak);
  }

  async #runWaiting(): Promise<void> {
    let flushedAt = performance.now();
    let now = flushedAt;
    let next: TaskToRun | undefined;
    // More may have come while it yielded behind the last.
    for (let task = this.#waiting.shift(); task !== undefined; task = next ?? this.#waiting.shift()) {
      if (!task.isItem) {
        await this.#run(task);
        // The next must not begin before it is known.
        if (this.#leakCheck?.isSuspect) return;
      } else {
        this.outcomes.began(now);
        const running = this.#runItem(task);
        if (running !== null) await running;
        this.#itemEnded();
      }
      // Once it hears of the end of this one the server takes the next for begun: that is not handed back any more.
      next = this.#waiting.shift();
      if (task.isCareful) {
        this.outcomes.flush();
        await this.peer.flushed();
      }
      now = performance.now();
      // Quick tasks never yield by themselves: what is done must leave, and what the server says must be heard.
      if (next !== undefined && now - flushedAt > YIELD_MS) {
        this.#outcomes?.flush();
        await this.peer.flushed();
        now = flushedAt = performance.now();
      }
    }
  }

  /** One of many. Null when it is over already. */
  #runItem(task: TaskToRun): Promise<void> | null {
    this.#stream = null;
    this.#messenger = null;
    // Items find their messenger through this, which makes it.
    if (this.#item === null) defineMessenger(() => this.messenger, (messenger) => this.#messenger = messenger);
    this.#item = task;
    return executeItem(task, this);
  }

  /** Made with the first item: most processes never have one. */
  get outcomes(): OutcomeLine {
    return this.#outcomes ??= new OutcomeLine(this.peer, this.#limits);
  }

  /** That of the item that runs; what it says goes behind the outcomes of those before it. */
  get messenger(): TaskMessenger {
    if (this.#messenger !== null) return this.#messenger;
    const outlet: Outlet = {
      say: (...said) => {
        this.outcomes.flush();
        this.#outlet.say(...said);
      },
      tell: () => {
        this.outcomes.flush();
        this.#outlet.tell();
      },
    };
    return this.#messenger = new TaskMessenger(outlet, this.#item!, this.#openSubtasks);
  }

  /** Sends what is still to be sent of the task, ahead of its outcome. */
  flush(): void {
    this.#messenger?.flush();
  }

  #itemEnded(): void {
    this.#subtasks?.link.clear();
    if (loading.hasFailed) this.#handBack();
    // What calls the server by itself does not pass by here.
    if (this.#subtasks !== null) this.outcomes.flush();
    if (this.#waiting.length > 0) return;
    this.outcomes.flush();
    this.#pushReady();
  }

  #openSubtasks = (): Promise<Subtasks> => {
    this.outcomes.flush();
    return this.#loadSubtasks();
  };

  async #loadSubtasks(): Promise<Subtasks> {
    const { openSubtasks } = await (this.#params.loadSubtasks?.() ?? import(subtasksUrl()));
    return this.#subtasks ??= openSubtasks(this.peer, this.#limits.items);
  }

  async #run(task: TaskToRun): Promise<void> {
    const stream = this.#stream = task.isStream ? new StreamLink(this.peer, this.#limits) : null;
    const messenger = this.#messenger = new TaskMessenger(
      this.#outlet,
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
    this.#subtasks?.link.clear();
    // What stands behind it would fail as it did; in another process it may not.
    if (loading.hasFailed) {
      this.#handBack();
      // Ahead of the outcome, with which others take the place of the task.
      this.#pushReady();
      return this.#pushOutcome(outcome);
    }
    const isLast = this.#waiting.length === 0;
    this.#pushOutcome(outcome);
    // In one write with the outcome: whoever asks for more right away finds this process ready.
    if (isLast) this.#pushReady();
  }

  /** What does not run has nothing to abort. */
  #abort(taskId: string, reason: Uint8Array): void {
    const current = this.#messenger?.taskId ?? this.#item?.id;
    if (current !== taskId) return;
    const error = decode(reason);
    this.messenger.abort(error);
    this.#subtasks?.link.abort(error);
  }

  #handBack(): void {
    if (this.#waiting.length > 0) this.peer.push("recalled", this.#waiting.clear());
  }

  #pushReady(): void {
    if (loading.hasFailed) this.peer.push("unfit", null);
    else this.peer.push("ready", null);
  }

  #pushOutcome(outcome: PushesToServer["outcome"]): void {
    try {
      this.peer.push("outcome", outcome);
    } catch (error) {
      const refusal = new TaskError("RESULT_TOO_LARGE", `Cannot send the result: ${(error as Error).message}`);
      this.peer.push("outcome", ["failed", encode(refusal), false]);
    }
  }
}

/** Where `currentMessenger()` looks. */
function defineMessenger(get: () => TaskMessenger, set: (messenger: TaskMessenger) => void): void {
  Object.defineProperty(globalThis, MESSENGER, { get, set, configurable: true });
}
