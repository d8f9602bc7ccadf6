/**
 * A simulated process of a worker: takes tasks and runs their scripts one after the other, at the other end of a
 * connection on which everything arrives late.
 *
 * @module
 */

import type { Line } from "../../../engine/caller.ts";
import type { TaskRecord } from "../../../engine/task.ts";
import { Wire } from "./agenda.ts";
import { SimTask } from "./sim_task.ts";
import type { SimWorker } from "./sim_worker.ts";
import type { World } from "./world.ts";

/** A process. */
export class SimProcess {
  readonly world: World;
  isDead = false;
  /** A task computes without yielding: what the server says is heard afterwards. */
  isBusy = false;
  /** Another task that begins here may meet what one before it left behind. */
  hasLeaked = false;
  #worker: SimWorker;
  #isConnected = false;
  #up: Wire;
  #down: Wire;
  #inbox: ((process: SimProcess) => void)[] = [];
  #waiting: TaskRecord[] = [];
  #task: SimTask | null = null;

  constructor(world: World, worker: SimWorker) {
    this.world = world;
    this.#worker = worker;
    this.#up = new Wire(world.agenda, world.chances.latencyMs);
    this.#down = new Wire(world.agenda, world.chances.latencyMs);
  }

  /** Starts, and loads its module when it is a spare. */
  start(isSpare: boolean): void {
    const { world } = this;
    if (world.chances.diesEarly()) return world.agenda.after(world.chances.startMs(), () => this.die());
    world.agenda.after(world.chances.startMs(), () => {
      if (this.isDead) return;
      this.#isConnected = true;
      const peer: { closeReason: Error | null } & Line = { closeReason: null, push() {} };
      this.#worker.connected(peer);
      if (isSpare) this.hear((process) => process.say((worker) => worker.ready(false)));
    });
  }

  /** The server says something. */
  hear(act: (process: SimProcess) => void): void {
    this.#down.send(() => {
      if (this.isDead) return;
      if (this.isBusy) this.#inbox.push(act);
      else act(this);
    });
  }

  /** Says something to the server. What was said before a death is heard after it. */
  say(act: (worker: SimWorker) => void): void {
    if (this.isDead) return;
    this.#up.send(() => act(this.#worker));
  }

  /** Computes without yielding. */
  computeBusily(ms: number, then: () => void): void {
    this.isBusy = true;
    this.world.agenda.after(ms, () => {
      if (this.isDead) return;
      this.isBusy = false;
      then();
      while (!this.isBusy && !this.isDead && this.#inbox.length > 0) this.#inbox.shift()!(this);
    });
  }

  take(tasks: readonly TaskRecord[]): void {
    this.#waiting.push(...tasks);
    if (this.#task === null) this.#next();
  }

  recall(): void {
    const count = this.#waiting.splice(0).length;
    this.say((worker) => worker.recalled(count));
  }

  abort(): void {
    this.#task?.abort();
  }

  /** A result of a subtask has come. */
  receive(taskId: string, id: string): void {
    if (this.#task?.id === taskId) this.#task.receive(id);
  }

  /** Ends at once. */
  die(): void {
    if (this.isDead) return;
    const { world } = this;
    if (this.#isConnected) this.say((worker) => worker.disconnected());
    this.isDead = true;
    // Whoever reaps it has read all that it said.
    const exit = () => this.#up.send(() => this.#worker.exited());
    if (world.chances.chance(0.5)) exit();
    else world.agenda.after(world.chances.latencyMs(), exit);
  }

  #next(): void {
    const task = this.#waiting.shift();
    if (task === undefined) return;
    this.#task = new SimTask(this, task, (outcome) => {
      this.#task = null;
      const isLast = this.#waiting.length === 0;
      const hasLeaked = this.hasLeaked;
      this.say((worker) => worker.returned(outcome));
      if (isLast) this.say((worker) => worker.ready(hasLeaked && worker.isShared));
      else this.#next();
    });
    this.#task.go();
  }
}
