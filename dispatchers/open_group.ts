/**
 * Tasks of a queue that have target and options in common, as items of one group at the server: in parts as they come,
 * for as long as they come. A part is forgotten once all its results are here, so that a stream without an end takes no
 * more memory than what is under way.
 *
 * @module
 */

import { abandonTasks } from "../client/abandon_tasks.ts";
import type { Submission } from "../client/awaited_results.ts";
import type { ItemGroup, MissingPart } from "../client/item_group.ts";
import type { Link } from "../client/link.ts";
import { ItemReader } from "../client/read_items.ts";
import { toTaskResult } from "../client/result.ts";
import { NeverRoom, PARTS_UNDER_WAY, sendPart } from "../client/send_items.ts";
import { TaskCancelled } from "../core/errors.ts";
import { ownErrors } from "../core/own_errors.ts";
import { groupIdOf, MAX_ITEMS } from "../core/item_id.ts";
import { uuidv7 } from "../core/uuid.ts";
import type { PushesFromServer, WireResult } from "../wire/message.ts";
import { type PackedValues, partOf, valueAt, ValuePacker } from "../wire/packed_values.ts";
import { failure, type Outcome, type QueueTraits, type Work } from "./backend.ts";
import { OpenPart, placeOf } from "./open_part.ts";
import { toOutcome } from "./outcome.ts";

/** What one message takes. Both sides keep a part as long as one of its items runs, so it is to be small. */
const ITEMS_PER_PART = 1024;
const BYTES_PER_PART = 64 * 1024;

/** What a group is made of. */
export interface OpenGroupParams {
  readonly link: Link;
  /** Without its group. */
  readonly submission: Submission;
  readonly traits: QueueTraits;
  /** A task has ended. */
  onEnded(work: Work, index: number, outcome: Outcome): void;
  /** Most items that it may have. @default {as many as there are numbers} */
  readonly maxItems?: number;
}

/** A group that goes on. */
export class OpenGroup implements ItemGroup {
  readonly id: string = groupIdOf(uuidv7());
  readonly submission: Submission;
  readonly traits: QueueTraits;
  /** Tasks without an outcome. */
  size = 0;
  #params: OpenGroupParams;
  /** Gathered for the next part. */
  #packer = new ValuePacker();
  #works: Work[] = [];
  #indexes: number[] = [];
  #nextNumber = 0;
  /** Closed, and not sent. */
  #unsent: OpenPart[] = [];
  /** Sent, and not known in full; ascending by number. */
  #parts: OpenPart[] = [];
  #underWay = 0;
  /** There is more that is to be sent as soon as it may. */
  #isLate = false;
  /** What the server takes at once. */
  #most = ITEMS_PER_PART;
  #state: "open" | "ended" = "open";

  /** A group without items. */
  constructor(params: OpenGroupParams) {
    const { submission, traits } = params;
    this.#params = params;
    this.traits = traits;
    this.submission = { ...submission, group: [this.id, traits.chunkSize] };
  }

  /** False when further tasks need another group. */
  get isOpen(): boolean {
    const { maxItems = MAX_ITEMS } = this.#params;
    return this.#state === "open" && this.#nextNumber + this.#works.length < maxItems;
  }

  get isOver(): boolean {
    return this.#parts.length === 0;
  }

  get dueAt(): number {
    return this.#parts[0]?.dueAt ?? Infinity;
  }

  /**
   * Adds a task of a unit; it leaves with the next `flush`.
   *
   * @throws {NotSendable} when its arguments cannot be sent.
   */
  add(work: Work, index: number, args: readonly unknown[]): void {
    const packer = this.#packer;
    packer.add(args);
    this.#works.push(work);
    this.#indexes.push(index);
    this.size++;
    const maxBytes = Math.min(this.#params.link.maxFrameBytes / 4, BYTES_PER_PART);
    if (packer.bytes > maxBytes && packer.count > 1) {
      const packed = packer.take();
      const last = packed.ends.length - 1;
      this.#close(partOf(packed, 0, last));
      packer.append(valueAt(packed, last));
    }
    if (packer.count >= this.#most || packer.bytes >= maxBytes) this.#close(packer.take());
  }

  /** Sends what there is, as soon as the server has answered for enough of what was sent before. */
  flush(): void {
    while (this.#underWay < PARTS_UNDER_WAY) {
      if (this.#unsent.length === 0 && this.#packer.count > 0) this.#close(this.#packer.take());
      const part = this.#unsent.shift();
      if (part === undefined) break;
      void this.#send(part);
    }
    this.#isLate = this.#unsent.length + this.#packer.count > 0;
  }

  /** Nobody wants the results any more. */
  cancel(): void {
    const wasSent = this.#parts.length > 0;
    this.#end(new TaskCancelled());
    if (wasSent) abandonTasks(this.#params.link, [this.id]);
  }

  /** All that is under way fails, and nothing is added to it any more: the server may be told to give it up. */
  fail(error: unknown): void {
    this.#end(error);
  }

  *missing(): Generator<MissingPart> {
    for (const part of [...this.#parts]) if (part.left > 0) yield part;
  }

  cutTo(most: number): void {
    this.#most = Math.min(this.#most, most);
    this.#parts = this.#parts.flatMap((part) => part.cutTo(most));
  }

  onItems(results: PushesFromServer["itemResults"]): void {
    const reader = new ItemReader(results, this.#params.link.resultBudget);
    let part: OpenPart | undefined;
    for (let at = 0; at < reader.count; at++) {
      const number = reader.first + at;
      if (part === undefined || number >= part.end) part = this.#parts[placeOf(this.#parts, number)];
      const row = number - (part?.firstNumber ?? 0);
      if (part?.awaits(row)) this.#settle(part, row, outcomeAt(reader, at));
    }
  }

  onResult(number: number, wire: WireResult): void {
    const part = this.#parts[placeOf(this.#parts, number)];
    const row = number - (part?.firstNumber ?? 0);
    if (part?.awaits(row)) this.#settle(part, row, toOutcome(toTaskResult(wire, this.#params.link.resultBudget)));
  }

  /** The next part is what was gathered; it may be less than that. */
  #close(inputs: PackedValues): void {
    const count = inputs.ends.length;
    const { timeoutMs } = this.submission.profile;
    this.#unsent.push(
      new OpenPart({
        firstNumber: this.#nextNumber,
        inputs,
        works: this.#works.splice(0, count),
        indexes: this.#indexes.splice(0, count),
        dueAt: timeoutMs === null ? Infinity : performance.now() + timeoutMs,
      }),
    );
    this.#nextNumber += count;
  }

  async #send(part: OpenPart): Promise<void> {
    const { link } = this.#params;
    this.#parts.splice(placeOf(this.#parts, part.firstNumber) + 1, 0, part);
    if (!link.groups.has(this.id)) link.groups.add(this);
    this.#underWay++;
    try {
      await sendPart(link, this, part);
    } catch (error) {
      this.#refused(part, error);
    }
    this.#underWay--;
    if (this.#isLate) this.flush();
  }

  #refused(part: OpenPart, error: unknown): void {
    const at = this.#parts.indexOf(part);
    // It has ended meanwhile.
    if (at < 0) return;
    this.#parts.splice(at, 1);
    if (error instanceof NeverRoom && this.submission.waitForRoom) {
      // The queue is given one queue's worth after the other.
      this.#most = Math.min(this.#most, error.refusal.capacity);
      this.#unsent.unshift(...part.cutTo(error.refusal.capacity));
      this.#isLate = true;
      return;
    }
    this.#failAll([part], error instanceof NeverRoom ? error.refusal : error);
    if (this.isOver) this.#params.link.groups.forget(this.id);
  }

  #settle(part: OpenPart, row: number, outcome: Outcome): void {
    const work = part.take(row);
    if (part.left === 0) this.#parts.splice(this.#parts.indexOf(part), 1);
    this.size--;
    this.#params.onEnded(work, part.indexes[row], outcome);
  }

  /** Each task with an error of its own. */
  #failAll(parts: readonly OpenPart[], error: unknown): void {
    const own = ownErrors(error);
    for (const part of parts) {
      for (let row = 0; row < part.works.length; row++) {
        if (!part.awaits(row)) continue;
        this.size--;
        this.#params.onEnded(part.take(row), part.indexes[row], failure(own()));
      }
    }
  }

  #end(error: unknown): void {
    this.#state = "ended";
    if (this.#packer.count > 0) this.#close(this.#packer.take());
    const parts = [...this.#parts, ...this.#unsent];
    this.#parts = [];
    this.#unsent = [];
    this.#failAll(parts, error);
  }
}

function outcomeAt(reader: ItemReader, at: number): Outcome {
  if (reader.hasFailed(at)) return toOutcome(reader.resultAt(at));
  try {
    return { status: "succeeded", value: reader.dataAt(at) };
  } catch (error) {
    return failure(error);
  }
}
