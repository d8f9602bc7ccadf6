/**
 * A simulated client: submits, takes results, loses its connection and comes back over another, as client/ does.
 *
 * @module
 */

import { TaskError } from "../../../core/errors.ts";
import type { Submission } from "../../../engine/submission.ts";
import type { Caller, Line } from "../../../engine/caller.ts";
import type { Departure } from "../../../engine/dispatcher.ts";
import type { ClientKey, TaskRecord } from "../../../engine/task.ts";
import { Wire } from "./agenda.ts";
import type { Work } from "./scenario.ts";
import { SimOutbox } from "./sim_outbox.ts";
import type { World } from "./world.ts";

/** A task that the client has submitted. */
interface Job {
  readonly id: string;
  readonly submission: Submission;
  /** The client wants its result, and does not have it. */
  isWanted: boolean;
  isCancelled: boolean;
}

/** What a client awaited that has left, and when it is, or will be, gone for good. */
export interface LeftBehind {
  readonly tasks: readonly TaskRecord[];
  readonly at: number;
  /** It has come back before it was given up. */
  isBack: boolean;
}

interface Session {
  readonly caller: Caller;
  readonly line: { closeReason: Error | null } & Line;
  readonly down: Wire;
}

/** A client. */
export class SimClient {
  readonly jobs = new Map<string, Job>();
  readonly key: ClientKey;
  session: Session;
  #left: LeftBehind | null = null;
  #world: World;

  constructor(world: World, key: ClientKey) {
    this.#world = world;
    this.key = key;
    this.session = this.#open();
  }

  /** When it is, or was last, given up. */
  get goneAt(): number {
    return this.#left?.at ?? 0;
  }

  get isAway(): boolean {
    return this.session.line.closeReason !== null;
  }

  /** Results that it is owed. */
  get wanted(): string[] {
    return [...this.jobs.values()].filter(({ isWanted, isCancelled }) => isWanted && !isCancelled).map(({ id }) => id);
  }

  /** False for what it has given up. */
  wants(id: string): boolean {
    const { isWanted, isCancelled } = this.jobs.get(id)!;
    return isWanted && !isCancelled;
  }

  submit(what: Work): void {
    const submission = this.#world.programs.submissionOf(what, "client");
    for (const [id] of submission.tasks) {
      this.jobs.set(id, { id, submission, isWanted: submission.await, isCancelled: false });
    }
    if (!this.isAway) void this.#send(submission);
  }

  cancel(id: string, discard: boolean): void {
    const job = this.jobs.get(id)!;
    job.isCancelled = true;
    if (discard) job.isWanted = false;
    if (this.isAway) return;
    if (discard) void this.#world.unawait(this.session.caller, [id]);
    this.#world.cancel([id], discard);
  }

  unawait(id: string): void {
    const job = this.jobs.get(id);
    if (job !== undefined) job.isWanted = false;
    if (!this.isAway) void this.#world.unawait(this.session.caller, [id]);
  }

  /** Asks for the result of any task, another's too. */
  await(id: string): void {
    this.#world.sharedIds.add(id);
    if (!this.isAway) this.#world.dispatcher.await(this.session.caller, [id]);
  }

  leave(how: Departure, backMs: number): void {
    if (this.isAway) return;
    const { line, caller } = this.session;
    line.closeReason = new TaskError("CONNECTION_CLOSED", how);
    this.#left = this.#world.onLeave(caller, how, this.wanted);
    this.#world.dispatcher.leave(caller, how);
    // What one that said bye has left behind it does not want.
    if (how === "bye") { for (const job of this.jobs.values()) job.isWanted = false; }
    this.#world.agenda.after(backMs, () => this.#comeBack());
  }

  #comeBack(): void {
    if (this.#left!.at > this.#world.clock.now()) this.#left!.isBack = true;
    this.session = this.#open();
    const { streams } = this.#world;
    const again = new Map<Submission, string[]>();
    for (const { id, submission } of [...this.jobs.values()].filter(({ isWanted }) => isWanted)) {
      streams.attach(id, this.session.caller);
      again.set(submission, [...again.get(submission) ?? [], id]);
    }
    for (const [submission, ids] of again) {
      void this.#send({ ...submission, tasks: submission.tasks.filter(([id]) => ids.includes(id)) });
    }
  }

  async #send(submission: Submission): Promise<void> {
    const { session } = this;
    if (await this.#world.submit(session.caller, submission)) return;
    // One that has lost its connection submits again.
    if (session !== this.session || this.isAway) return;
    for (const [id] of submission.tasks) {
      this.jobs.get(id)!.isWanted = false;
      this.#world.letGoIds.add(id);
    }
  }

  #open(): Session {
    const line: Session["line"] = { closeReason: null, push() {} };
    const down = new Wire(this.#world.agenda, this.#world.chances.latencyMs);
    const outbox = new SimOutbox(({ id, status }) => down.send(() => this.#receive(session, id, status)));
    const caller = { run: null, outbox, peer: line, owner: this.#world.nextOwner(this), clientKey: this.key };
    const session: Session = { caller, line, down };
    return session;
  }

  #receive(session: Session, id: string, status: string): void {
    if (session !== this.session || this.isAway) return;
    const job = this.jobs.get(id);
    if (job !== undefined) {
      // What another client awaits meanwhile is kept for that one, and known to both.
      const isOwn = !this.#world.sharedIds.has(id) && !this.#world.cancelledIds.has(id);
      const mayBeReplaced = job.submission.unique != null;
      if (status === "cancelled" && job.isWanted && isOwn && !mayBeReplaced) {
        this.#world.violated(`a client that is there was handed the cancellation of ${id}, which nobody asked for`);
      }
      job.isWanted = false;
    }
    const acknowledge = () => {
      if (session === this.session && !this.isAway) this.#world.dispatcher.acknowledge(session.caller, [id]);
    };
    if (this.#world.chances.chance(0.5)) acknowledge();
    else this.#world.agenda.after(this.#world.chances.latencyMs(), acknowledge);
  }
}
