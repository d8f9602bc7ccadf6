/**
 * A task in a simulated process: does what its script says.
 *
 * @module
 */

import { allThere, type Later, whenThere } from "../../../core/later.ts";
import type { Outcome } from "../../../core/outcome.ts";
import type { Caller } from "../../../engine/caller.ts";
import { liesBelow, type TaskRecord } from "../../../engine/task.ts";
import type { Op, Script, Work } from "./scenario.ts";
import type { SimProcess } from "./sim_process.ts";
import type { World } from "./world.ts";

/** What a task returns, and what it raises. */
export const RETURNED: Outcome = { status: "succeeded", payload: Uint8Array.of(0) };
export const RAISED: Outcome = { status: "failed", payload: Uint8Array.of(1), raisedByTask: true };

/** A task that runs. */
export class SimTask {
  readonly id: string;
  #process: SimProcess;
  #world: World;
  #script: Script;
  #onDone: (outcome: Outcome) => void;
  #at = 0;
  /** Submitted with `await`, and without a result. */
  #awaited = new Set<string>();
  #submitted: string[] = [];
  #onJoined: (() => void) | null = null;
  #isStream: boolean;
  #isOver = false;
  #attempt: number;

  constructor(process: SimProcess, task: TaskRecord, onDone: (outcome: Outcome) => void) {
    this.#process = process;
    this.#world = process.world;
    this.id = task.id;
    this.#script = this.#world.programs.scriptOf(task.id);
    this.#attempt = task.attempt;
    this.#isStream = task.profile.stream;
    this.#onDone = onDone;
  }

  /** Begins. */
  go(): void {
    if (this.#isStream) this.#call(({ run }) => this.#world.streams.opened(run!));
    this.#next();
  }

  /** It is asked to end. Some do, some do not listen. */
  abort(): void {
    if (this.#world.chances.chance(0.5)) {
      this.#world.agenda.after(this.#world.chances.latencyMs(), () => this.#end(RAISED));
    }
  }

  receive(id: string): void {
    this.#awaited.delete(id);
    // Acknowledged by and by.
    const acknowledge = () =>
      this.#call((caller) => {
        whenThere(this.#visible([id], caller), (ids) => this.#world.dispatcher.acknowledge(caller, ids));
      });
    if (this.#world.chances.chance(0.5)) acknowledge();
    else this.#world.agenda.after(this.#world.chances.latencyMs(), () => this.#isOver || acknowledge());
    if (this.#awaited.size > 0 || this.#onJoined === null) return;
    const joined = this.#onJoined;
    this.#onJoined = null;
    joined();
  }

  #next(): void {
    if (this.#isOver || this.#process.isDead) return;
    const op = this.#script.ops[this.#at++];
    if (op === undefined) this.#finish();
    else this.#do(op, () => this.#next());
  }

  #do(op: Op, then: () => void): void {
    switch (op.op) {
      case "compute":
        if (op.isBusy) this.#process.computeBusily(op.ms, then);
        else this.#world.agenda.after(op.ms, then);
        return;
      case "submit":
        return this.#submit(op.what, then);
      case "join":
        if (this.#awaited.size === 0) then();
        else this.#onJoined = then;
        return;
      case "unawait": {
        // Half of them.
        const ids = [...this.#awaited].slice(0, Math.ceil(this.#awaited.size / 2));
        for (const id of ids) this.#awaited.delete(id);
        return this.#call(async (caller) => {
          await this.#world.unawait(caller, ids);
          this.#reply(then);
        });
      }
      case "cancel": {
        const ids = this.#submitted.slice(-1);
        if (op.discard) { for (const id of ids) this.#awaited.delete(id); }
        this.#call((caller) => {
          whenThere(this.#visible(ids, caller), (visible) => {
            if (op.discard) void this.#world.unawait(caller, visible);
            this.#world.cancel(visible, op.discard);
            this.#reply(then);
          });
        });
        return;
      }
      case "pause":
        if (!this.#isStream) return then();
        return this.#call(({ run }) => this.#world.streams.pause(run!, () => this.#reply(then)));
    }
  }

  #visible(ids: readonly string[], { run }: Caller): Later<string[]> {
    return whenThere(allThere(ids.map((id) => this.#world.dispatcher.lookUp(id))), (found) => {
      return ids.filter((_, at) => found[at] !== undefined && liesBelow(found[at], run!.task));
    });
  }

  #submit(what: Work, then: () => void): void {
    const submission = this.#world.programs.submissionOf(what, "task");
    const ids = submission.tasks.map(([id]) => id);
    if (submission.await) { for (const id of ids) this.#awaited.add(id); }
    this.#submitted.push(...ids);
    this.#call(async (caller) => {
      const isAccepted = await this.#world.submit(caller, submission);
      if (!isAccepted) { for (const id of ids) this.#awaited.delete(id); }
      this.#reply(then);
    });
  }

  #call(act: Parameters<Parameters<Parameters<SimProcess["say"]>[0]>[0]["called"]>[0]): void {
    this.#process.say((worker) =>
      worker.called((caller, run) => {
        // The next task of the process may be the current one by now.
        if (run.task.id === this.id) act(caller, run);
      })
    );
  }

  /** The server's answer, heard after all that it said before. */
  #reply(then: () => void): void {
    this.#process.hear(() => this.#isOver || then());
  }

  #finish(): void {
    const { end } = this.#script;
    if (end === "hang") return;
    if (end === "crash") return this.#process.die();
    if (end === "leak") this.#process.hasLeaked = true;
    const isFirst = this.#attempt === 1;
    if (end === "ask") return this.#end(isFirst ? { ...RAISED, again: 7 } : RETURNED);
    if (end === "give up") return this.#end({ ...RAISED, again: false });
    this.#end(end === "fail" || (end === "flaky" && isFirst) ? RAISED : RETURNED);
  }

  #end(outcome: Outcome): void {
    if (this.#isOver || this.#process.isDead) return;
    this.#isOver = true;
    this.#world.onReturned(this.id, outcome);
    this.#onDone(outcome);
  }
}
