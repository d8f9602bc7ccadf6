/**
 * Submits the runs of schedules as a client would that stays: for the key that has set them, with what that key may do
 * at the time of each run.
 *
 * @module
 */

import { type Answer, whenThere } from "../core/later.ts";
import { uuidv7 } from "../core/uuid.ts";
import type { Caller, Outbox } from "../engine/caller.ts";
import type { Dispatcher } from "../engine/dispatcher.ts";
import type { Schedule } from "../engine/schedule.ts";
import { Result } from "../engine/result.ts";
import type { ClientKey } from "../engine/task.ts";
import type { FinalState } from "../core/task_state.ts";
import { durabilityOf } from "./durability.ts";
import type { Profiles } from "./profiles.ts";
import { submissionOfRun } from "./schedule_requests.ts";
import type { ServerLog } from "./server_log.ts";

/** What runs are submitted with. */
export interface ScheduledRunsParams {
  dispatcher: Pick<Dispatcher, "submit" | "lookUp" | "leave">;
  profiles: Pick<Profiles, "profileFor">;
  log: Pick<ServerLog, "write">;
  /** Whether tasks can outlive the server. */
  keepsTasks: boolean;
  /** A run had ended before it was submitted: it was submitted a second time. */
  onEnded(id: string, status: FinalState): void;
}

/** Submits runs. */
export class ScheduledRuns {
  #params: ScheduledRunsParams;
  /** By the names of their keys. */
  #callers = new Map<string, Caller>();
  /** What was said of each schedule whose last run was refused: it is not said again. */
  #said = new Map<string, string>();

  constructor(params: ScheduledRunsParams) {
    this.#params = params;
  }

  /** Submits a run. @throws {TaskError} where it is refused at once. */
  submit(schedule: Schedule, id: string, answer: Answer<void>): void {
    const { dispatcher, profiles, keepsTasks } = this.#params;
    const refuse = (error: unknown) => {
      this.#sayRefused(schedule, error as Error);
      answer.refuse(error);
    };
    try {
      const request = submissionOfRun(schedule.task, id);
      const profile = profiles.profileFor(request, null);
      const give = () => {
        this.#said.delete(schedule.uid);
        answer.give();
        this.#endKnown(id);
      };
      // The schedules of a key have turns among each other, as the lanes of a client have.
      const submission = { ...request, profile, lane: schedule.uid, ...durabilityOf(request, keepsTasks) };
      dispatcher.submit(this.#callerOf(schedule.clientKey), submission, { give, refuse });
    } catch (error) {
      refuse(error);
    }
  }

  /** No schedule of the key is left. What runs goes on; no process is kept for it. */
  leave(keyName: string): void {
    const caller = this.#callers.get(keyName);
    if (caller === undefined) return;
    this.#callers.delete(keyName);
    this.#params.dispatcher.leave(caller, "bye");
  }

  /** A schedule is no more. */
  forget({ uid }: Schedule): void {
    this.#said.delete(uid);
  }

  #callerOf(clientKey: ClientKey): Caller {
    const known = this.#callers.get(clientKey.name);
    if (known !== undefined) return known;
    const caller: Caller = { run: null, owner: uuidv7(), clientKey, peer: NOBODY, outbox: new NoOutbox() };
    this.#callers.set(clientKey.name, caller);
    return caller;
  }

  #endKnown(id: string): void {
    void whenThere(this.#params.dispatcher.lookUp(id), (found) => {
      if (found instanceof Result) this.#params.onEnded(id, found.status);
    });
  }

  #sayRefused({ uid, name }: Schedule, { message }: Error): void {
    if (this.#said.get(uid) === message) return;
    this.#said.set(uid, message);
    this.#params.log.write("Server", "warning", `A run of the schedule "${name}" was refused: ${message}`);
  }
}

/** There is no connection that could end. */
const NOBODY: Caller["peer"] = { closeReason: null, push() {} };

/** Nobody awaits these tasks over it. */
class NoOutbox implements Outbox {
  readonly awaited = new Set<string>();
  readonly held: string[] = [];

  holds(): boolean {
    return false;
  }

  release(): boolean {
    return false;
  }

  hold(): void {}
  send(): void {}
  sendItems(): void {}
  releaseItems(): void {}
}
