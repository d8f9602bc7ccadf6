/**
 * Dead letters on their way into the file and out of it. The arguments of a task stay in the file when it fails, and when
 * it runs again: they go from its block to the letter and into a block of its own, in the transaction that says so.
 *
 * @module
 */

import type { TaskError } from "../../core/errors.ts";
import { TaskBlock } from "../../engine/task_block.ts";
import type { Result } from "../../engine/result.ts";
import type { Origin } from "../../engine/task.ts";
import type { Claim } from "../../engine/task_store.ts";
import { type DeadLetters, type NewLetter, originAgain, runsAgain, withPayload } from "../dead_letters.ts";
import { inputPlace, rowsOf } from "./blocks.ts";
import type { IdBytes, KeptLetter } from "./changes.ts";
import { DiskBlock, type DiskIndex } from "./disk_index.ts";
import type { DiskProfiles } from "./disk_profiles.ts";
import type { DiskResults } from "./disk_results.ts";
import type { DiskRuns } from "./disk_runs.ts";
import type { Journal } from "./journal.ts";
import { aboutResult, idBytes, isPoisonedIn, resultFrom } from "./stored_results.ts";

/** What dead letters have to do with. */
export interface DiskLettersParams {
  letters: DeadLetters;
  disk: DiskIndex;
  profiles: DiskProfiles;
  onDisk: DiskResults;
  runs: DiskRuns;
  journal: Pick<Journal, "tell" | "written">;
  /** What one has failed with. */
  errorOf(id: IdBytes): Promise<Uint8Array | null>;
  /** Tasks are in line again; their arguments are in the file. */
  onTasks(id: number, block: TaskBlock): void;
  /** The time of day. */
  now(): number;
}

const NOTHING = new Uint8Array();

/** Dead letters of durable tasks. */
export class DiskLetters {
  #params: DiskLettersParams;
  /** Why tasks from there can run no more. */
  #refusals = new WeakMap<Origin, TaskError>();
  /** Results in memory of which the file has the letter alone. */
  #cached = new Set<string>();

  constructor(params: DiskLettersParams) {
    this.#params = params;
  }

  /** Tasks that come from there can run no more. */
  refuse(origin: Origin, refusal: TaskError): void {
    this.#refusals.set(origin, refusal);
  }

  /** A task has failed that is still in the index: its letter goes to the disk. Gives what is known of it then. */
  bury(result: Result, isPoisoned: boolean): NewLetter {
    const { disk, profiles, onDisk, journal } = this.#params;
    const { id, origin, payload } = result;
    const { block, row } = disk.find(id)!;
    const [start, length] = inputPlace(block.numbers, row);
    const { profile, own } = onDisk.storedOf(origin);
    const about = aboutResult(result, own, isPoisoned);
    journal.tell(["letter", idBytes(id), profiles.use(profile), about, payload.slice(), [block.id, start, length]]);
    this.#cached.add(id);
    return this.#letterFrom(withPayload(result), isPoisoned, length, payload.length);
  }

  /** Takes up those that an earlier server has left. Gives how their tasks ended; the errors are in the file. */
  takeUp(kept: readonly (readonly [letter: KeptLetter, origin: Origin])[]): Result[] {
    const { letters, now } = this.#params;
    const all = kept.map(([{ id, about, payloadBytes, inputBytes }, origin]) => {
      const result = resultFrom(id, about, NOTHING, origin);
      return this.#letterFrom(result, isPoisonedIn(about), inputBytes, payloadBytes);
    });
    // The oldest go first.
    all.sort((one, other) => one.result.finishedAt - other.result.finishedAt);
    for (const letter of all) letters.add(letter, now());
    return all.map(({ result }) => result);
  }

  /** How a task failed whose letter is in the file; undefined when it is there no more. */
  async resultOf(letter: NewLetter): Promise<Result | undefined> {
    const { id } = letter.result;
    const payload = await this.#params.errorOf(idBytes(id));
    const { letters, now } = this.#params;
    return payload === null || letters.get(id, now()) !== letter ? undefined : withPayload(letter.result, payload);
  }

  /** The result of one is in memory, for those who await it. */
  onCached(id: string): void {
    this.#cached.add(id);
  }

  /** True, once, for a result that has gone from memory, and of which the file has, or had, the letter alone. */
  wasCached(id: string): boolean {
    return this.#cached.delete(id);
  }

  /** One has gone, and its task is not in line again. */
  onGone({ result: { id, origin } }: NewLetter): void {
    this.#params.journal.tell(["letterGone", idBytes(id)]);
    this.#params.profiles.leaveText(this.#params.onDisk.storedOf(origin).profile);
  }

  /** Tasks again. What each has run so far goes into the same batch. */
  async revive(letters: readonly NewLetter[]): Promise<Omit<Claim, "refused">> {
    const { disk, profiles, onDisk, runs, journal, onTasks, now } = this.#params;
    const revived = letters.map(({ result, inputBytes }) => {
      const { id, fingerprint, attempt } = result;
      const origin = originAgain(result.origin);
      const { profile, own } = onDisk.storedOf(origin);
      const kept = new DiskBlock(disk.nextId(), profiles.use(profile), rowsOf(id, fingerprint, inputBytes));
      journal.tell(["revived", idBytes(id), kept.id, kept.profile, own, kept.numbers]);
      profiles.leaveText(onDisk.storedOf(result.origin).profile);
      runs.put(id, runsAgain(attempt), now());
      return { origin, kept, attempt };
    });
    const arrival = journal.written();
    for (const { kept } of revived) disk.add(kept, arrival);
    await arrival;
    const begun: Claim["begun"][number][] = [];
    const items = revived.map(({ origin, kept, attempt }) => {
      disk.arrive(kept);
      const block = TaskBlock.kept(origin, kept.numbers, () => false);
      onTasks(kept.id, block);
      begun.push({ task: block.recordOf(0), runs: runsAgain(attempt) });
      return block;
    });
    return { items, begun };
  }

  #letterFrom(result: Result, isPoisoned: boolean, inputBytes: number, payloadBytes: number): NewLetter {
    const refusal = this.#refusals.get(result.origin) ?? null;
    return { result, isPoisoned, inputBytes, payloadBytes, input: null, refusal };
  }
}
