/**
 * Tasks of queues that go to a server each by itself: procedures, those with a signal of their own, and all that a task
 * submits, which are its children. What is started in one turn goes in one submission for each kind.
 *
 * @module
 */

import { abandonTasks, cancelTasks } from "../client/abandon_tasks.ts";
import type { Submission } from "../client/awaited_results.ts";
import type { Link } from "../client/link.ts";
import { sendTasks } from "../client/send_tasks.ts";
import { asOfNow, leftMs } from "../client/start_limit.ts";
import { prepare } from "../client/target.ts";
import { endedByAbort } from "../core/abort.ts";
import { TaskCancelled } from "../core/errors.ts";
import { expiredAfter } from "../core/expired.ts";
import { uuidv7 } from "../core/uuid.ts";
import type { Task } from "../procedures/task.ts";
import type { TaskResult } from "../procedures/task_caller.ts";
import { failure, type Outcome, type Work } from "./backend.ts";
import { toOutcome } from "./outcome.ts";
import type { TaskKind } from "./task_kinds.ts";

type Batch = [id: string, input: Uint8Array][];

/** A task at work. */
interface LoneTask {
  readonly id: string;
  readonly index: number;
}

/** Tasks that have ids of their own. */
export class LoneTasks {
  #link: Link;
  #onEnded: (work: Work, index: number, outcome: Outcome) => void;
  /** What this turn has started. */
  #batches = new Map<Submission, Batch>();
  readonly #cancelled: string[] = [];
  #atWork = new Map<Work, Set<LoneTask>>();

  /** `onEnded` hears of each once. */
  constructor(link: Link, onEnded: (work: Work, index: number, outcome: Outcome) => void) {
    this.#link = link;
    this.#onEnded = onEnded;
  }

  /** What has any at work. */
  get works(): Work[] {
    return [...this.#atWork.keys()];
  }

  /**
   * Adds a task of a unit; it leaves with the next `flush`.
   *
   * @throws {NotSendable} when its arguments cannot be sent. @throws the reason of its signal, where that has aborted.
   * @throws {TaskExpired} when it has waited for longer than it may.
   */
  add(work: Work, index: number, kind: TaskKind): void {
    const task: LoneTask = { id: uuidv7(), index };
    const submission = asOfNow(kind.submission, work.asked);
    if (leftMs(submission) === 0) throw expiredAfter(kind.submission.startBeforeMs!);
    const result = this.#submit(task.id, work.tasks[index], { ...kind, submission });
    const tasks = this.#atWork.get(work);
    if (tasks === undefined) this.#atWork.set(work, new Set([task]));
    else tasks.add(task);
    result.then(
      (result) => this.#settle(work, task, toOutcome(result)),
      (error) => this.#settle(work, task, failure(error)),
    );
  }

  /** Nobody wants the results any more. */
  cancel(work: Work): void {
    for (const task of this.#atWork.get(work) ?? []) {
      this.#link.awaited.forget(task.id);
      this.#cancelled.push(task.id);
      this.#settle(work, task, failure(new TaskCancelled()));
    }
  }

  /** Sends what was started, and gives up what was cancelled. */
  flush(): void {
    const batches = this.#batches;
    this.#batches = new Map();
    for (const [submission, tasks] of batches) {
      sendTasks(this.#link, submission, tasks).catch((error) => {
        this.#link.awaited.failEach(tasks.map(([id]) => id), error);
      });
    }
    abandonTasks(this.#link, this.#cancelled.splice(0));
  }

  /** No more promises than one: there are many tasks, and most take microseconds. */
  #submit(id: string, task: Task, { submission, signal }: TaskKind): Promise<TaskResult> {
    signal?.throwIfAborted();
    const { input } = prepare(task.target, task.args);
    const result = this.#link.awaited.expect(id, submission, input);
    const batch = this.#batches.get(submission);
    if (batch === undefined) this.#batches.set(submission, [[id, input]]);
    else batch.push([id, input]);
    if (signal === undefined) return result;
    return endedByAbort(result, signal, () => {
      // Its end must not overtake it.
      this.flush();
      cancelTasks(this.#link, [id]);
    });
  }

  #settle(work: Work, task: LoneTask, outcome: Outcome): void {
    const tasks = this.#atWork.get(work);
    // A cancelled one is settled already.
    if (!tasks?.delete(task)) return;
    if (tasks.size === 0) this.#atWork.delete(work);
    this.#onEnded(work, task.index, outcome);
  }
}
