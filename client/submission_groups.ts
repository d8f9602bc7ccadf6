/**
 * Tasks that are submitted together, in groups of those that have target and options in common: these travel, and are
 * stored by the server, with one profile.
 *
 * @module
 */

import { encodeArguments } from "../wire/codec.ts";
import { isProcedure } from "../procedures/procedure.ts";
import type { Task, TaskOptions } from "../procedures/task.ts";
import type { WireTarget } from "../wire/message.ts";
import type { Submission } from "./awaited_results.ts";
import { requireTaskOptions } from "../procedures/task_options.ts";
import { askedAt } from "./start_limit.ts";
import type { Source } from "./submitted_tasks.ts";
import { prepare } from "./target.ts";

/** Tasks of one submission. */
export interface Group {
  readonly submission: Submission;
  /** The same, for a server to which they are submitted again: their results are to be pushed. */
  readonly again: Submission;
  /** See `client/start_limit.ts`. */
  readonly asked: number;
  readonly tasks: [id: string, input: Uint8Array][];
}

/** Groups, in the order of their first tasks. */
export class Groups {
  #submissionFor: (target: WireTarget, options: TaskOptions) => Submission;
  #byKey = new Map<string, Group>();
  /** Most often all call one function: what it is need not be found out for each. */
  #latest: Group | null = null;
  #last: { readonly callee: unknown; readonly options: TaskOptions; group: Group; signal?: AbortSignal } | null = null;

  /** `submissionFor` makes what the tasks of a group have in common. */
  constructor(submissionFor: (target: WireTarget, options: TaskOptions) => Submission) {
    this.#submissionFor = submissionFor;
  }

  /** All of them. */
  [Symbol.iterator](): Iterator<Group> {
    return this.#byKey.values();
  }

  /** What the task that was added last can be submitted with again. */
  get latest(): Omit<Source, "stops" | "life"> {
    const { again, asked, tasks } = this.#latest!;
    return { submission: again, asked, input: tasks[tasks.length - 1][1] };
  }

  /**
   * Adds a task; `options` are the same for all, the task's own go before them. Gives the signal that it is cancelled by.
   *
   * @throws {TypeError} {RangeError} for options that are none. @throws {NotSendable} for arguments that cannot be sent.
   */
  add(id: string, { target: callee, args, options: own }: Task, options: TaskOptions): AbortSignal | undefined {
    if (this.#last !== null && callee === this.#last.callee && own === this.#last.options) {
      this.#latest = this.#last.group;
      this.#latest.tasks.push([id, encodeArguments(args)]);
      return this.#last.signal;
    }
    const { target, input } = prepare(callee, args);
    const { signal, ...merged } = { ...options, ...own };
    // Of tasks with a key there is one in a group.
    const key = merged.unique === undefined ? keyOf(target, merged) : id;
    let group = this.#byKey.get(key);
    if (group === undefined) {
      requireTaskOptions({ ...merged, signal });
      const submission = this.#submissionFor(target, merged);
      group = { submission, again: { ...submission, await: true }, asked: askedAt(submission), tasks: [] };
      this.#byKey.set(key, group);
    }
    group.tasks.push([id, input]);
    this.#latest = group;
    // A procedure's input is not its arguments.
    this.#last = isProcedure(callee) || merged.unique !== undefined ? null : { callee, options: own, group, signal };
    return signal;
  }
}

function keyOf(target: WireTarget, options: TaskOptions): string {
  try {
    return JSON.stringify([target, options]);
  } catch (error) {
    // What has no text is none that can be used: a bigint, or what holds itself.
    requireTaskOptions(options);
    throw error;
  }
}
