/**
 * A store whose durable tasks and results outlive the server: in one file, which a thread of its own writes. In memory is
 * what the engine asks for at once, as in a store without a file, but for the arguments of tasks that an earlier server has
 * left: there may be many, and each is fetched when its task is next in line.
 *
 * Nothing is said of what is not on the disk: an answer comes with the batch that its change was in.
 *
 * @module
 */

import { TaskError } from "../../core/errors.ts";
import type { KnownStep } from "../../core/step.ts";
import { type Later, whenThere } from "../../core/later.ts";
import type { Result } from "../../engine/result.ts";
import { type Origin, type QueueItem, TaskRecord } from "../../engine/task.ts";
import { TaskBlock } from "../../engine/task_block.ts";
import {
  type Claim,
  duplicateTask,
  type Origins,
  type Remains,
  type RunsSoFar,
  type Submitted,
  type TaskStore,
} from "../../engine/task_store.ts";
import type { NewLetter } from "../dead_letters.ts";
import { canRunAgain, StoreMemory, type StoreMemoryParams } from "../store_memory.ts";
import type { FileOptions, KeptSchedule } from "./changes.ts";
import { ColdBlocks } from "./cold_blocks.ts";
import { DiskIndex } from "./disk_index.ts";
import { DiskLetters } from "./disk_letters.ts";
import { DiskProfiles } from "./disk_profiles.ts";
import { DiskResults } from "./disk_results.ts";
import { DiskRuns } from "./disk_runs.ts";
import { DiskSchedules } from "./disk_schedules.ts";
import { DiskSteps } from "./disk_steps.ts";
import { DiskSubmissions } from "./disk_submissions.ts";
import { FileThread } from "./file_thread.ts";
import { Journal } from "./journal.ts";
import { Kept } from "./kept.ts";
import { SettlingTasks } from "./settling_tasks.ts";
import { takeUp, type TakeUpParts } from "./take_up.ts";
import type { TellingTurns } from "./tellings.ts";

const MIB = 2 ** 20;

/** What a store in a file is opened with. */
export interface SqliteStoreParams
  extends Omit<StoreMemoryParams, "onGone" | "onLetterGone">, Pick<FileOptions, "path"> {
  /** Submissions are refused while the disk has fewer bytes free. @default {64 MiB} */
  leastFreeBytes?: number;
  /** Kept for when the disk is full. @default {16 MiB} */
  ballastBytes?: number;
  /** The thread's main module. @default {that of this package} */
  worker?: URL;
}

/** Tasks and results in a file. */
export class SqliteStore extends StoreMemory implements TaskStore {
  readonly lasts = true;
  readonly path: string;
  /** Which store it is, over all its servers; a copy of it is another. */
  readonly identity: string;
  /** Nothing is kept any more: the server is to end. */
  onFailed: (error: TaskError) => void = () => {};
  /** When all else is to have a turn while many are told at once; null for at no time. */
  turns: TellingTurns | null = null;
  #thread: FileThread;
  #journal: Journal;
  #disk = new DiskIndex(({ id, profile }) => {
    this.#profiles.leave(profile);
    this.#cold.forget(id);
  });
  #profiles = new DiskProfiles((change) => this.#journal.tell(change));
  #cold: ColdBlocks;
  #settling = new SettlingTasks();
  #onDisk = new DiskResults(this.#profiles, (change) => this.#journal.tell(change));
  #runs = new DiskRuns();
  #diskLetters: DiskLetters;
  #submissions: DiskSubmissions;
  #schedules = new DiskSchedules();
  #diskSteps = new DiskSteps(() => this.#journal);
  #kept: Kept | null;
  /** What takes up what was kept. */
  #parts: TakeUpParts;

  private constructor(params: SqliteStoreParams, thread: FileThread, kept: Kept) {
    const { clock, path } = params;
    super({
      ...params,
      onGone: (id, origin) => this.#diskLetters.wasCached(id) || this.#onDisk.take(id, origin),
      onLetterGone: (letter) => this.#diskLetters.onGone(letter),
    });
    this.path = path;
    this.identity = kept.identity;
    this.#thread = thread;
    this.#kept = kept;
    this.#cold = new ColdBlocks(thread);
    this.#journal = new Journal({
      clock,
      path,
      send: (number, batch) => thread.commit(number, batch),
      takeChanges: () => [...this.#disk.takeChanges(), ...this.#runs.takeChanges(), ...this.#schedules.takeChanges()],
      turns: () => this.turns,
    });
    const parts = {
      path,
      tasks: this.tasks,
      disk: this.#disk,
      profiles: this.#profiles,
      onDisk: this.#onDisk,
      runs: this.#runs,
      journal: this.#journal,
      now: this.now,
      // Their arguments are in the file.
      onTasks: (id: number, block: TaskBlock) => {
        this.tasks.takeUp(block);
        this.#cold.add(id, block);
      },
    };
    this.#diskLetters = new DiskLetters({ ...parts, letters: this.letters, errorOf: (id) => thread.errorOf(id) });
    this.#parts = { ...parts, letters: this.#diskLetters };
    this.#submissions = new DiskSubmissions({
      ...parts,
      known: (id) => this.known(id),
      add: (origin, tasks) => this.add(origin, tasks),
    });
    thread.listen({
      onDone: (number, blocks) => this.#journal.onDone(number, blocks),
      onFull: (number) => this.#journal.onFull(number),
      onFailed: (message) => this.#fail(message),
    });
  }

  /**
   * Opens a file, and makes one where there is none.
   *
   * @throws {TaskError} `STORE_UNUSABLE` or `STORE_IN_USE`, naming the file and what to do.
   */
  static async open(params: SqliteStoreParams): Promise<SqliteStore> {
    const { path, leastFreeBytes = 64 * MIB, ballastBytes = 16 * MIB, worker } = params;
    const kept = new Kept();
    const thread = await FileThread.open({ path, leastFreeBytes, ballastBytes }, (page) => kept.add(page), worker);
    return new SqliteStore(params, thread, kept);
  }

  /** Where nothing is written, what has ended is waited for by nobody who stops. */
  get unfinished(): number {
    return this.tasks.size - (this.#journal.isStuck ? this.#settling.size : 0);
  }

  override isLeft(id: string): boolean {
    const there = this.#disk.find(id);
    return there !== undefined && there.block.arrival === null && !this.tasks.has(id);
  }

  claim(origins: Origins): Claim {
    this.#onDisk.origins = origins;
    const kept = this.#kept ?? new Kept();
    this.#kept = null;
    const { results, failed, ...claim } = takeUp(kept, origins, this.#parts);
    this.keepOn(results);
    this.#diskSteps.takeUp(kept.steps, this.steps, (id) => this.mayRunAgain(id));
    // What has failed is there as a dead letter, and may hold its key yet.
    const unique = [...results, ...failed].filter(({ origin }) => origin.unique !== null);
    return { ...claim, unique };
  }

  /** Parts of schedules that were kept, until all is claimed. */
  get schedules(): readonly KeptSchedule[] {
    return this.#kept?.schedules ?? [];
  }

  fetch(task: TaskRecord): Later<void> {
    const block = task.place?.block;
    if (block instanceof TaskBlock && !block.hasInputs) return this.#cold.bring(block);
  }

  submit(origin: Origin, tasks: readonly Submitted[]): Later<readonly QueueItem[]> {
    if (origin.durable) return this.#submissions.submit(origin, tasks);
    // It is answered at once, whatever becomes of the other.
    for (const [id] of tasks) if (this.#disk.isArriving(id)) throw duplicateTask(id);
    return this.add(origin, tasks);
  }

  settle(task: TaskRecord, result: Result | null, awaiters: number, remains: Remains | null = null): Later<void> {
    if (!task.origin.durable) return this.end(task, result, awaiters, this.letterFrom(result, remains));
    let letter: NewLetter | null = null;
    // First: it may be all that refers to the request then.
    if (result !== null) {
      if (remains !== null && this.letters.areKept) letter = this.#diskLetters.bury(result, remains.isPoisoned);
      else this.#onDisk.put(result);
    }
    this.#disk.delete(task.id);
    for (const change of this.#runs.end(task.id)) this.#journal.tell(change);
    if (this.steps.size > 0 && !canRunAgain(result)) this.dropSteps(task.id);
    return this.#settling.add(task.id, this.#journal, () => this.end(task, result, awaiters, letter));
  }

  note(task: TaskRecord, runs: RunsSoFar): void {
    this.#runs.put(task.id, runs, this.now());
    // Most that have begun are over soon.
    if (runs.isRunning) this.#journal.touchSoon();
    else this.#journal.touch();
  }

  written(): Promise<void> {
    return this.#journal.writtenOrFull();
  }

  room(): Promise<void> {
    return this.#journal.room();
  }

  override stepOf(task: TaskRecord, name: string): Later<KnownStep> {
    // What an attempt has recorded that ended meanwhile is to be seen first.
    return whenThere(this.#diskSteps.underWay(task.id), () => super.stepOf(task, name));
  }

  override keepStep(task: TaskRecord, name: string, value: Uint8Array): Later<void> {
    this.steps.add(task.id, name, value);
    if (task.origin.durable) return this.#diskSteps.put(task.id, name, this.steps.of(task.id).get(name)!);
  }

  protected override mayRunAgain(id: string): boolean {
    return super.mayRunAgain(id) || this.#disk.isArriving(id);
  }

  override dropSteps(id: string): void {
    super.dropSteps(id);
    this.#diskSteps.drop(id);
  }

  keepSchedule(id: string, value: Uint8Array | null): void {
    this.#schedules.put(id, value);
    this.#journal.touch();
  }

  find(id: string): Later<Result | undefined> {
    return whenThere(this.#settling.of(id) ?? this.#submissions.whenArrived(id), () => {
      return this.peek(id) ?? this.#resultOf(this.letters.get(id, this.now()));
    });
  }

  #resultOf(letter: NewLetter | undefined): Later<Result | undefined> {
    if (letter === undefined || letter.input !== null) return letter?.result;
    const { id } = letter.result;
    // Somebody may have it run again while its error is read: then it is on its way.
    return whenThere(this.#diskLetters.resultOf(letter), (result) => {
      return result ?? (this.#disk.isArriving(id) ? this.find(id) : undefined);
    });
  }

  override keep(result: Result, awaiters: number): void {
    const { id, origin } = result;
    if (origin.durable && this.letters.has(id)) this.#diskLetters.onCached(id);
    else if (origin.durable) this.#onDisk.put(result);
    super.keep(result, awaiters);
  }

  revive(ids: readonly string[]): Later<Omit<Claim, "refused">> {
    const letters = ids.flatMap((id) => this.letters.take(id) ?? []);
    const here = this.reviveHere(letters.filter(({ input }) => input !== null));
    const durable = letters.filter(({ input }) => input === null);
    if (durable.length === 0) return here;
    const revived = this.#diskLetters.revive(durable);
    // Once they are on their way: what they have recorded stays.
    for (const { result: { id } } of durable) this.results.take(id);
    return revived.then(({ items, begun }) => {
      return { items: [...here.items, ...items], begun: [...here.begun, ...begun] };
    });
  }

  take(id: string): void {
    // Behind what was told of it before.
    void whenThere(this.#settling.of(id), () => {
      this.letters.discard(id);
      this.results.take(id);
    });
  }

  /**
   * Copies all that it has acknowledged to a new file, while it goes on; gives the bytes of that. What is wrong, where it
   * fails, is the message of an error. One at a time.
   */
  copyTo(path: string): Promise<number> {
    if (this.#journal.failure !== null) throw this.#journal.failure;
    return this.#thread.copy(path);
  }

  /** Writes what is to be written, and closes the file. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#journal.touch();
    await this.#journal.idle();
    const isOpen = this.#journal.failure === null;
    this.#journal.close();
    if (isOpen) await this.#thread.close();
    else this.#thread.end();
  }

  #fail(message: string): void {
    if (this.#journal.failure !== null) return;
    const error = new TaskError("STORE_FAILED", `Cannot keep anything in ${this.path} any more: ${message}`);
    this.#journal.fail(error);
    this.onFailed(error);
  }
}
