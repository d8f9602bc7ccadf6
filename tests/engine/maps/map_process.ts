/**
 * A process in memory that runs items of maps, and tasks: what it is told goes through the real decoder and the real
 * line of a process, and what it says is heard by the real worker. It answers when it is told to.
 *
 * @module
 */

import type { ProcessExit, ProcessWorker } from "../../../host/process_worker.ts";
import type { Worker } from "../../../host/worker.ts";
import type { TaskRun } from "../../../engine/task_run.ts";
import type { TaskToRun } from "../../../process/execute.ts";
import { TaskLine } from "../../../process/task_line.ts";
import { decode, encode } from "../../../wire/codec.ts";
import type { Greeting, WireItems, WireTask } from "../../../wire/worker_message.ts";
import { ValuePacker } from "../../../wire/packed_values.ts";
import type { Peer } from "../../../wire/peer.ts";
import { maps } from "./map_task.ts";

/** What an item gives that has this argument. */
export function outcomeOf(argument: number): { failed: boolean; value: number } {
  return { failed: argument % 7 === 0, value: 2 * argument };
}

/** Whether an item with this argument, which fails, says that no other attempt would mend it. */
function isForGood(argument: number): boolean {
  return argument % 21 === 0;
}

type MapOf = (run: TaskRun, argument: number) => { readonly isDone: boolean };

/** A process. It has all that a real one has: what a worker asks of that is not to be missing here. */
export class MapProcess implements Pick<ProcessWorker, keyof ProcessWorker> {
  readonly pid = 1;
  readonly taskPid = this.pid;
  readonly token = new Uint8Array();
  isConnected = false;
  isDead = false;
  /** It was asked to hand back what it has not begun. */
  isRecalled = false;
  worker: Worker | null = null;
  /** It runs what stood behind a task that had lent its slot. */
  hasOvertaken = false;
  #exit = Promise.withResolvers<ProcessExit>();
  #closed = Promise.withResolvers<Error>();
  #line = new TaskLine(0);
  #running: TaskToRun | null = null;
  /** What the one that runs has submitted; null before it has. */
  #mapping: { readonly isDone: boolean } | null = null;
  #map: MapOf;
  #onBegin: (task: TaskToRun) => void;
  #onFailed: (id: string, isForGood: boolean) => void;

  /** `map` has a task map that is to; `onBegin` is told what begins, `onFailed` what fails. */
  constructor(
    greeting: Uint8Array,
    map: MapOf,
    onBegin: (task: TaskToRun) => void,
    onFailed: (id: string, isForGood: boolean) => void,
  ) {
    this.#map = map;
    this.#onBegin = onBegin;
    this.#onFailed = onFailed;
    if (greeting.length > 0) { for (const [topic, body] of decode(greeting) as Greeting) this.#hear(topic, body); }
  }

  get exited(): Promise<ProcessExit> {
    return this.#exit.promise;
  }

  /** True when it has something to do. */
  get isBusy(): boolean {
    return this.#running !== null;
  }

  /** There is no wall around it. */
  connected(): void {}

  /** All that it said was heard. */
  heard(): undefined {}

  /** Connects to its worker. */
  connect(worker: Worker): void {
    this.worker = worker;
    this.isConnected = true;
    const peer = {
      closeReason: null,
      maxFrameBytes: 1 << 20,
      closed: this.#closed.promise,
      push: (topic: string, body: unknown) => {
        if (!this.isDead) this.#hear(topic, decode(encode(body)));
      },
    };
    worker.connected(peer as unknown as Peer);
    if (!this.isBusy) worker.ready(null);
  }

  /** Ends up to `count` of its tasks, as many as it may say together in one message. */
  answer(count: number): void {
    const packer = new ValuePacker();
    const flags: number[] = [];
    const say = () => {
      if (packer.count === 0) return;
      const failed = flags.some((flag) => flag > 0) ? Uint8Array.from(flags) : null;
      flags.length = 0;
      this.worker!.itemsReturned({ failed, values: packer.take(), ms: 1 });
    };
    for (let n = 0; n < count && this.#running !== null && !this.isDead; n++) {
      const task = this.#running;
      const [argument] = task.input as [number];
      if (maps(argument)) {
        // What it says of an item comes behind the outcomes of those before it.
        say();
        if (this.isDead || this.worker!.current === null) return;
        this.#mapping ??= this.#map(this.#known(this.worker!.current), argument);
        if (!this.#mapping.isDone) return;
        this.#mapping = null;
        // What stands behind it begins before the server hears that it has ended.
        this.hasOvertaken ||= this.worker!.head!.slot !== "held" && this.worker!.waiting > 0;
      }
      this.#running = null;
      this.#next();
      const { failed, value } = outcomeOf(argument);
      if (failed) this.#onFailed(task.id, isForGood(argument));
      if (task.isItem) {
        packer.append(encode(value));
        flags.push(failed ? isForGood(argument) ? 2 : 1 : 0);
        continue;
      }
      say();
      this.worker!.returned(failed ? "failed" : "succeeded", encode(value), isForGood(argument) ? false : undefined);
    }
    say();
    if (this.#running === null && !this.isDead) this.worker!.ready(null);
  }

  #known(run: TaskRun): TaskRun {
    run.isKnown = true;
    return run;
  }

  /** Hands back what it has not begun. */
  handBack(): void {
    this.isRecalled = false;
    this.worker!.recalled(this.#line.clear());
  }

  /** Is gone, whatever it was doing. */
  kill(): void {
    if (this.isDead) return;
    this.isDead = true;
    this.#closed.resolve(new Error("The process is gone"));
    this.#exit.resolve({ exitCode: null, signal: "SIGKILL", stderr: "" });
  }

  #hear(topic: string, body: unknown): void {
    if (topic === "tasks") this.#line.addTasks(body as WireTask[]);
    else if (topic === "groupItems") this.#line.addItems(body as WireItems);
    else if (topic === "recall") this.isRecalled = true;
    if (this.#running === null) this.#next();
  }

  #next(): void {
    this.#running = this.#line.shift() ?? null;
    if (this.#running !== null) this.#onBegin(this.#running);
  }
}

/** As a host gives it. */
export function asProcessWorker(process: MapProcess): ProcessWorker {
  return process as unknown as ProcessWorker;
}
