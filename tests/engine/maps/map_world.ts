/**
 * A server in memory to which clients submit maps: the real engine, the real workers, processes that answer when they are
 * told to. One act after the other, and what must hold is looked at after each.
 *
 * @module
 */

import { prefixOf } from "../../../core/item_id.ts";
import type { LimitPolicy } from "../../../core/key_limit.ts";
import type { Profile } from "../../../core/profile.ts";
import { RETRY_DEFAULTS, type RetryPolicy } from "../../../core/retry.ts";
import { Ticker } from "../../../core/ticker.ts";
import type { Submission } from "../../../engine/submission.ts";
import { type Departure, Dispatcher } from "../../../engine/dispatcher.ts";
import { FairQueue } from "../../../engine/fair_queue.ts";
import type { WorkerRun } from "../../../engine/items_run.ts";
import type { Origin } from "../../../engine/task.ts";
import { TaskRun } from "../../../engine/task_run.ts";
import { Slots } from "../../../engine/slots.ts";
import type { ProcessHost } from "../../../host/process_host.ts";
import { Worker } from "../../../host/worker.ts";
import type { TaskToRun } from "../../../process/execute.ts";
import { MemoryStore } from "../../../store/memory_store.ts";
import { FakeClock } from "../../helpers/fake_clock.ts";
import { profile } from "../../helpers/task_record.ts";
import { MapClient } from "./map_client.ts";
import { asProcessWorker, MapProcess } from "./map_process.ts";
import { MapTask } from "./map_task.ts";

/** One thing that happens. */
export type Act =
  | {
    readonly act: "submit";
    readonly client: number;
    readonly count: number;
    readonly chunkSize: number | null;
    readonly kind: number;
  }
  | { readonly act: "connect" | "kill" | "hand back"; readonly which: number }
  | { readonly act: "answer"; readonly which: number; readonly count: number }
  | { readonly act: "read" | "come back"; readonly client: number }
  | { readonly act: "leave"; readonly client: number; readonly how: Departure }
  | { readonly act: "cancel" | "give up" | "look up" | "await"; readonly client: number; readonly which: number }
  | { readonly act: "wait"; readonly ms: number };

/** A process that has not connected after so many milliseconds is given up; a task is after some of them. */
const CONNECT_MS = 30_000;

const ENOUGH_PROCESSES = 100;

const RETENTION_MS = 1e9;

const NO_STREAMS = {
  mayResume: false,
  requireRoom() {},
  open() {},
  settled() {},
  discard() {},
  leave() {},
};

/** What maps are submitted with: in chunks or in a shared process, with much time or little. */
const PROFILES: readonly Profile[] = [
  profile({ timeoutMs: 1e9 }),
  profile({ timeoutMs: 1e9, isolation: "module", spawnKey: "shared" }),
  profile({ timeoutMs: 40, spawnKey: "quick" }),
];

/** By when their items are to have begun, of some kinds. */
const START_LIMITS: readonly (number | null)[] = [null, null, null, 30, 500];

/** How long their items wait before they come into line, of some kinds; and what attempts they have. */
const DELAYS: readonly (number | null)[] = [null, null, 15, null];
const RETRY: RetryPolicy = { ...RETRY_DEFAULTS, attempts: 3, delayMs: 10, jitter: 0 };
const RETRIES: readonly (RetryPolicy | null)[] = [null, RETRY, null, RETRY, { ...RETRY, on: ["crash"] }];

/** How many of their items may run at once, and start in which time: kinds beyond the first five name keys. */
const LIMITS: readonly LimitPolicy[] = [
  { key: "one", concurrency: 1, perSecond: null, burst: 1 },
  { key: "two", concurrency: 2, perSecond: null, burst: 1 },
  { key: "rate", concurrency: null, perSecond: 100, burst: 3 },
  { key: "both", concurrency: 2, perSecond: 50, burst: 1 },
  { key: "two", concurrency: 2, perSecond: null, burst: 1 },
];

/** The server. */
export class MapWorld {
  readonly clock = new FakeClock();
  readonly slots: Slots;
  /** Acts behind which items waited for a key. */
  heldBack = 0;
  readonly queue = new FairQueue();
  readonly store = new MemoryStore({ clock: this.clock, capacity: 10_000, retentionMs: RETENTION_MS });
  readonly dispatcher: Dispatcher;
  readonly clients: MapClient[];
  readonly violations: string[] = [];
  /** Processes that have died by themselves. */
  deaths = 0;
  /** Items that clients have asked for which are not theirs. */
  readonly shared = new Set<string>();
  isStopping = false;
  /** A client has left. */
  hasLeft = false;
  /** How far the clock was turned. */
  waitedMs = 0;
  /** Maps of tasks. */
  below = 0;
  /** Items that went with others. */
  together = 0;
  /** Items that were given up since they had not begun in time. */
  expired = 0;
  /** Attempts that failed and were not the last. */
  retried = 0;
  /** How often each item has failed, as its processes said. */
  #failures = new Map<string, number>();
  /** What attempts the items of a map have. */
  #retries = new Map<string, RetryPolicy | null>();
  /** By when the items of a map are to have begun: as they were submitted first, and last. */
  #startBy = new Map<string, { first: number; last: number }>();
  /** Those of them that have. */
  #begun = new Set<string>();
  #processes = new Map<Worker, MapProcess>();
  #owners = 0;
  #maxProcesses: number;

  constructor(numWorkers: number) {
    const { clock } = this;
    const ticker = new Ticker(clock);
    this.slots = new Slots(numWorkers);
    // Few, of which tasks that wait may need more; or enough.
    this.#maxProcesses = numWorkers < 3 ? 2 * numWorkers : ENOUGH_PROCESSES;
    this.dispatcher = new Dispatcher({
      clock,
      ticker,
      queue: this.queue,
      slots: this.slots,
      store: this.store,
      queueCapacity: 10_000,
      queueCapacityBytes: 1e9,
      maxDepth: 2,
      maxProcesses: this.#maxProcesses,
      maxTasksPerWorker: 50,
      maxSpares: 1,
      maxStartFailures: 3,
      maxCrashes: 3,
      processors: 2,
      random: () => 0.5,
      owners: () => new Set(this.clients.filter(({ isAway }) => !isAway).map(({ owner }) => owner)),
      openStreams: () => NO_STREAMS,
      onItemsEnded: (_block, _from, count) => this.together += count,
      onSettled: () => {},
      createWorker: (profile, number, events) => {
        const worker: Worker = new Worker({
          profile,
          number,
          ticker,
          graceMs: 10,
          allHeard: () => Promise.resolve(),
          caughtUp: () => Promise.resolve(),
          host: this.#hostOf(() => worker),
          events: {
            ...events,
            onSpawned() {},
            onLeak() {},
            onLine() {},
            onSaid() {},
            onGone: (worker) => {
              this.#processes.delete(worker);
              events.onGone(worker);
            },
          },
        });
        return worker;
      },
    });
    this.clients = [new MapClient(this), new MapClient(this)];
  }

  violated(rule: string): void {
    this.violations.push(rule);
  }

  /** An item has not given what it should: only for what has happened to it. */
  requireExcuse(id: string, status: string, given: unknown, { timeoutMs }: Profile): void {
    const { code } = given as { code: string };
    if (code === "TASK_KILLED_BY_MONITORING" && this.waitedMs > CONNECT_MS) return;
    if (code === "PROCESS_LIMIT" && this.#maxProcesses < ENOUGH_PROCESSES) return;
    if (code === "TASK_CRASHED" && this.deaths > 0) return;
    if (code === "TASK_TIMEOUT" && timeoutMs < 1000) return;
    if (code === "TASK_EXPIRED") return this.#requireExpired(id);
    this.violated(`item ${id} ${status}: ${Deno.inspect(given)}`);
  }

  /** "None that expired began", and its time was over. */
  #requireExpired(id: string): void {
    this.expired++;
    // One whose client has left may run on for another, while the client that is back waits to submit it anew.
    if (this.#begun.has(id) && !this.hasLeft) this.violated(`item ${id} was given up as late, and has begun`);
    const { first = Infinity } = this.#startBy.get(prefixOf(id)) ?? {};
    if (first > this.clock.now() + 0.001) this.violated(`item ${id} was given up before its time was over`);
  }

  /** Items are submitted, perhaps again: then they may begin anew. */
  onSubmit({ group, startBeforeMs, retry = null }: Submission): void {
    const of = prefixOf(group!.id);
    this.#retries.set(of, retry);
    for (const id of this.#failures.keys()) if (prefixOf(id) === of) this.#failures.delete(id);
    if (startBeforeMs == null) return;
    const prefix = prefixOf(group!.id);
    const last = this.clock.now() + startBeforeMs;
    this.#startBy.set(prefix, { first: this.#startBy.get(prefix)?.first ?? last, last });
    for (const id of this.#begun) if (prefixOf(id) === prefix) this.#begun.delete(id);
  }

  /** "No item begins after its time", unless it had begun before. */
  #onBegin({ id, attempt }: TaskToRun): void {
    const limit = this.#startBy.get(prefixOf(id));
    if (limit === undefined) return;
    this.#begun.add(id);
    if (attempt === 1 && this.clock.now() >= limit.last) this.violated(`item ${id} begins after its time`);
  }

  /** "Attempts are never more than allowed." Whatever of its map runs on for another client had its own. */
  #onFailed(id: string, isFinal: boolean): void {
    const failures = (this.#failures.get(id) ?? 0) + 1;
    this.#failures.set(id, failures);
    const retry = this.#retries.get(prefixOf(id)) ?? null;
    const most = retry === null || isFinal || !retry.on.includes("error") ? 1 : retry.attempts;
    if (failures > 1) this.retried++;
    if (failures > most && !this.hasLeft) {
      this.violated(`item ${id} has failed ${failures} times, and may ${most} times`);
    }
  }

  nextOwner(): string {
    return `${++this.#owners}`;
  }

  /** Does one thing, and lets all come of it that comes at once. */
  async act(act: Act): Promise<void> {
    this.#do(act);
    for (let turn = 0; turn < 12; turn++) await null;
    this.#check();
  }

  /** Whatever is under way comes to its end, for clients that are all there. */
  async finish(): Promise<void> {
    for (const client of this.clients) client.comeBack();
    for (let round = 0; round < 2000; round++) {
      for (let turn = 0; turn < 12; turn++) await null;
      for (const client of this.clients) client.read();
      const processes = [...this.#processes];
      if (!this.clients.some(({ isWaiting }) => isWaiting) && this.isAtRest) break;
      for (const [worker, process] of processes) this.#advance(worker, process);
      this.clock.advance(processes.length === 0 ? 1000 : 20);
      this.#check();
    }
    for (const client of this.clients) {
      if (client.isWaiting) this.violated("a client waits, and nothing happens");
      if (client.awaited.size > 0) this.violated("a client waits for an item of another, and nothing happens");
    }
    if (!this.isAtRest) this.violated("the server does not come to rest");
    // What clients, or tasks, have left behind is kept until it expires.
    if (this.hasLeft || this.below > 0) this.clock.advance(RETENTION_MS);
    this.store.reap();
    for (const [name, left] of Object.entries(this.left)) if (left !== 0) this.violated(`${left} ${name} are left`);
  }

  /** The server stops: what has begun ends, what waits is handed back, and nothing is left. */
  async drain(): Promise<void> {
    const { stopping, totals } = this.dispatcher;
    this.isStopping = true;
    stopping.drain();
    let isIdle = false;
    stopping.whenIdle(() => isIdle = true);
    for (let round = 0; round < 2000 && !isIdle; round++) {
      for (const [worker, process] of [...this.#processes]) this.#advance(worker, process);
      for (let turn = 0; turn < 12; turn++) await null;
      for (const client of this.clients) client.read();
      this.clock.advance(this.#processes.size === 0 ? 1000 : 20);
    }
    if (!isIdle) this.violated("the server does not come to rest");
    const { submitted, succeeded, failed, cancelled, handedBack, lost } = totals;
    if (submitted !== succeeded + failed + cancelled + handedBack + lost) {
      this.violated(`of ${submitted} items some were lost: ${Deno.inspect(totals)}`);
    }
    if (this.queue.length + this.slots.taken > 0) this.violated("something waits, or runs, in a server that has ended");
  }

  /** True when no item is unfinished. */
  get isAtRest(): boolean {
    return this.dispatcher.left.unfinished === 0 && [...this.dispatcher.workers].every(({ head }) => head === null);
  }

  /** What must be 0 at rest. */
  get left(): Record<string, number> {
    const { taken, lent } = this.slots;
    return {
      "slots": taken + lent,
      "results": this.store.kept,
      "queued tasks": this.queue.length,
      "bytes": this.queue.bytes,
      "tasks that wait for keys": this.dispatcher.limits.tasks,
      ...this.dispatcher.left,
    };
  }

  #advance(worker: Worker, process: MapProcess): void {
    if (process.isDead) return;
    if (!process.isConnected) process.connect(worker);
    else if (process.isRecalled) process.handBack();
    else process.answer(7);
  }

  #do(act: Act): void {
    switch (act.act) {
      case "submit": {
        const profile = PROFILES[act.kind % PROFILES.length];
        const startBeforeMs = START_LIMITS[act.kind % START_LIMITS.length];
        if (this.clients[act.client].isAway) return;
        const delayMs = DELAYS[act.kind % DELAYS.length];
        const retry = RETRIES[act.kind % RETRIES.length];
        const limit = LIMITS[act.kind - 5] ?? null;
        const times = { startBeforeMs, delayMs, retry, limit };
        return this.clients[act.client].submit(profile, act.count, act.chunkSize, times);
      }
      case "connect": {
        const waiting = [...this.#processes].filter(([, { isConnected, isDead }]) => !isConnected && !isDead);
        if (waiting.length === 0) return;
        const [worker, process] = waiting[act.which % waiting.length];
        return process.connect(worker);
      }
      case "answer":
        return this.#connected(act.which)?.answer(act.count);
      case "hand back":
        return this.#connected(act.which)?.handBack();
      case "kill": {
        const process = this.#connected(act.which);
        if (process === undefined) return;
        if (process.isBusy) this.deaths++;
        return process.kill();
      }
      case "read":
        return this.clients[act.client].read();
      case "leave":
        this.hasLeft = true;
        return this.clients[act.client].leave(act.how);
      case "come back":
        return this.clients[act.client].comeBack();
      case "cancel":
        return this.clients[act.client].cancelItem(act.which);
      case "give up":
        return this.clients[act.client].giveUp(act.which);
      case "look up":
        return this.clients[act.client].lookUp(act.which);
      case "await":
        return this.clients[1 - act.client].awaitItemOf(this.clients[act.client], act.which);
      case "wait":
        this.waitedMs += act.ms;
        return this.clock.advance(act.ms);
    }
  }

  #connected(which: number): MapProcess | undefined {
    const connected = [...this.#processes.values()].filter(({ isConnected, isDead }) => isConnected && !isDead);
    return connected[which % connected.length];
  }

  #check(): void {
    const { taken, total } = this.slots;
    // A worker that is ended has its slot until its process is gone.
    for (const [{ head, isEnding }, process] of this.#processes) process.hasOvertaken &&= head !== null || isEnding;
    const overtaking = [...this.#processes.values()].filter(({ hasOvertaken }) => hasOvertaken).length;
    if (taken > total + overtaking) this.violated(`${taken} slots are taken, and there are ${total}`);
    const busy = [...this.dispatcher.workers].filter(({ head }) => head !== null && !mayWait(head)).length;
    if (taken < busy) this.violated(`${busy} workers have something to run, and ${taken} slots are taken`);
    this.#checkLimits();
    if (this.queue.length < 0 || this.queue.bytes < 0) this.violated("less than nothing waits");
    for (const { head } of this.dispatcher.workers) {
      if (!(head instanceof TaskRun) || head.caller === null || head.verdict !== null) continue;
      const { caller: { outbox: { awaited } }, slot } = head;
      if (slot === (awaited.size > 0 ? "held" : "lent")) {
        this.violated(`a task awaits ${awaited.size}: its slot is ${slot}`);
      }
    }
    const given = [...this.dispatcher.workers].reduce((sum, { head, waiting }) => sum + waiting + (head ? 1 : 0), 0);
    const { unfinished } = this.dispatcher.left;
    // Those whose processes could not be started wait for their next start.
    if (unfinished < this.queue.length + given) {
      this.violated(`${unfinished} items are unfinished: ${this.queue.length} wait, ${given} were given`);
    }
  }

  /** "Never more than so many hold a key", and none of them goes with others as numbers. */
  #checkLimits(): void {
    const heads = [...this.dispatcher.workers].flatMap(({ head }) => head ?? []);
    for (const { key, concurrency } of LIMITS) {
      const held = heads.filter((head) => originOf(head).limit?.key === key);
      if (held.length > (concurrency ?? Infinity)) this.violated(`${held.length} items hold ${key}`);
      if (held.some((head) => !(head instanceof TaskRun))) this.violated(`items of ${key} go together`);
    }
    this.heldBack += this.dispatcher.limits.tasks > 0 ? 1 : 0;
  }

  #hostOf(worker: () => Worker): ProcessHost {
    const grants = {};
    const host = {
      graphOf: () => null,
      isCurrent: () => true,
      grantsOf: () => grants,
      start: (_profile: Profile, _grants: unknown, _graph: unknown, greeting: Uint8Array) => {
        const process = new MapProcess(
          greeting,
          (run, argument) => {
            this.below++;
            return new MapTask(this, run, argument);
          },
          (task) => this.#onBegin(task),
          (id, isFinal) => this.#onFailed(id, isFinal),
        );
        this.#processes.set(worker(), process);
        return asProcessWorker(process);
      },
    };
    return host as unknown as ProcessHost;
  }
}

/** One that has lent its slot. */
function mayWait({ slot }: WorkerRun): boolean {
  return slot === "lent" || slot === "resuming";
}

function originOf(run: WorkerRun): Origin {
  return run instanceof TaskRun ? run.task.origin : run.block.origin;
}
