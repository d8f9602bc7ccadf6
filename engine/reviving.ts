/**
 * Dead letters: failed tasks that are kept with their arguments. They come into line again, under the ids that they have,
 * or are dropped, when somebody says so.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { allThere, type Later, whenThere } from "../core/later.ts";
import { isFinal } from "../core/task_state.ts";
import type { Admission } from "./admission.ts";
import type { Assignments } from "./assignments.ts";
import type { Intake } from "./intake.ts";
import type { KnownTasks } from "./known_tasks.ts";
import type { RunNotes } from "./run_notes.ts";
import type { DeadLetter, Submitted, TaskStore } from "./task_store.ts";
import type { UnderWay } from "./under_way.ts";
import type { UniqueKeys } from "./unique_keys.ts";

/** What became of dead letters that somebody has named. */
export interface LettersDealtWith {
  /** How many of them were. */
  readonly count: number;
  /** The others, and why not. */
  readonly refused: readonly (readonly [id: string, why: TaskError])[];
}

/** What reviving has to do with. */
export interface RevivingParams {
  store: Pick<TaskStore, "letterOf" | "isHeld" | "revive" | "discard" | "written">;
  tasks: Pick<KnownTasks, "lookUp">;
  admission: Pick<Admission, "requireRoom">;
  intake: Pick<Intake, "revive">;
  notes: Pick<RunNotes, "takeUp">;
  underWay: Pick<UnderWay, "begin" | "end">;
  assignments: Pick<Assignments, "endIdleOf">;
  uniques: Pick<UniqueKeys, "letGo">;
  /** The sessions of clients that are connected, by their names. */
  owners(): ReadonlySet<string>;
  /** Somebody has cancelled a task that was on its way. */
  cancel(id: string, discard: boolean): void;
  /** There is something to start. */
  onRevived(): void;
}

type Verb = "retry" | "discard";

const NOTHING = new Uint8Array();

/** Has dead letters run again, or dropped. */
export class Reviving {
  #params: RevivingParams;

  constructor(params: RevivingParams) {
    this.#params = params;
  }

  /**
   * Puts them in line again, once that lasts. Their attempts are counted anew.
   *
   * @throws {QueueFull} {TaskError} `SERVER_STOPPING`: none of them is.
   */
  retry(ids: readonly string[]): Later<LettersDealtWith> {
    const { store, admission, uniques } = this.#params;
    const { letters, refused } = this.#sort(ids, "retry", ({ result: { id, origin }, refusal }) => {
      if (refusal !== null) return refusal;
      // Its result may be held for those that join it, and for no client.
      if (origin.unique !== null) uniques.letGo(id);
      return store.isHeld(id) ? noLetter("retry", id, "its result is on its way to a client; ask again") : null;
    });
    if (letters.length > 0) {
      admission.requireRoom(letters.length, letters.reduce((sum, { inputBytes }) => sum + inputBytes, 0));
    }
    const revived = letters.length === 0 ? null : this.#revive(letters.map(({ result: { id } }) => id));
    return whenThere(revived, () => whenThere(refused, (refused) => ({ count: letters.length, refused })));
  }

  /** Drops them, once that lasts. */
  discard(ids: readonly string[]): Later<LettersDealtWith> {
    const { store, uniques } = this.#params;
    const { letters, refused } = this.#sort(ids, "discard", ({ result: { id, origin } }) => {
      if (origin.unique !== null) uniques.letGo(id);
      return null;
    });
    for (const { result: { id } } of letters) store.discard(id);
    return whenThere(store.written(), () => whenThere(refused, (refused) => ({ count: letters.length, refused })));
  }

  #revive(ids: readonly string[]): Later<void> {
    const { store, intake, notes, underWay, assignments, owners, cancel, onRevived } = this.#params;
    const revived = store.revive(ids);
    // Nothing else finds them meanwhile.
    underWay.begin(ids.map((id): Submitted => [id, NOTHING]));
    return whenThere(revived, ({ items, begun }) => {
      const wished = underWay.end(ids);
      for (const { task, runs } of begun) notes.takeUp(task, runs);
      intake.revive(items);
      const present = owners();
      for (const owner of new Set(items.map(({ origin }) => origin.owner))) {
        // No process is to be kept for one that has left before.
        if (!present.has(owner)) assignments.endIdleOf(owner);
      }
      for (const { id, discard } of wished) cancel(id, discard);
      onRevived();
    });
  }

  #sort(ids: readonly string[], verb: Verb, refusalOf: (letter: DeadLetter) => TaskError | null) {
    const letters: DeadLetter[] = [];
    const refused: Later<readonly [string, TaskError]>[] = [];
    for (const id of new Set(ids)) {
      const letter = this.#params.store.letterOf(id);
      const refusal = letter === undefined ? this.#whyNone(verb, id) : refusalOf(letter);
      if (refusal === null) letters.push(letter!);
      else refused.push(whenThere(refusal, (why) => [id, why] as const));
    }
    return { letters, refused: allThere(refused) };
  }

  #whyNone(verb: Verb, id: string): Later<TaskError> {
    return whenThere(this.#params.tasks.lookUp(id), (found) => {
      if (found === undefined) return new TaskError("UNKNOWN_TASK", `Cannot ${verb} task ${id}: it is unknown`);
      const state = "status" in found ? found.status : found.state;
      if (!isFinal(state)) return noLetter(verb, id, `it has not ended: it is ${state}`);
      if (state !== "failed") return noLetter(verb, id, `it has ${state === "succeeded" ? "" : "been "}${state}`);
      const why = this.#params.store.letterOf(id) !== undefined
        ? "it has failed just now; ask again"
        : "its arguments are not kept: that is so of what was submitted, and not of a run or a map";
      return noLetter(verb, id, why);
    });
  }
}

function noLetter(verb: Verb, id: string, why: string): TaskError {
  return new TaskError("NO_DEAD_LETTER", `Cannot ${verb} task ${id}: ${why}`);
}
