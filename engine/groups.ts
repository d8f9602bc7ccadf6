/**
 * The maps whose items the server has: where each lies by its id, who is sent the results, and when nobody wants them any
 * more. A map may come in several blocks, with what it has in common: the beginning of its items' ids.
 *
 * Results are kept until they are acknowledged, or until the client that awaits them has left for good: nobody else does.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { itemId, prefixOf } from "../core/item_id.ts";
import { ownBytes } from "../core/own_bytes.ts";
import type { Ticker } from "../core/ticker.ts";
import type { PackedValues } from "../wire/packed_values.ts";
import type { Submission } from "./submission.ts";
import type { Caller } from "./caller.ts";
import { GroupViews } from "./group_views.ts";
import { GroupEnds, type GroupEndsParams } from "./group_ends.ts";
import { ItemBlock } from "./item_block.ts";
import { type ItemOutcomes, type ItemResults, outcomesFrom } from "./item_results.ts";
import { ItemBlocks } from "./item_blocks.ts";
import type { ItemsRun } from "./items_run.ts";
import type { Line } from "./line.ts";
import type { Ancestor, Origin, TaskRecord } from "./task.ts";
import type { TaskStore } from "./task_store.ts";

/** Results of more bytes are not kept, and sent, together: a message must have room for them. */
const BYTES_TOGETHER = 256 * 1024;

/** Items as they were submitted. */
export interface SubmittedItems {
  /** The number of the first. */
  readonly firstNumber: number;
  /** The encoded arguments of each. */
  readonly inputs: PackedValues;
  /** For each 1 where the client has its result; null when they are submitted for the first time. */
  readonly known: Uint8Array | null;
}

/** Items that are over together: which run it was of them, 0 when they have never begun. */
type Settled = Pick<ItemsRun, "block" | "attempt">;

/** What the book of groups acts on. */
export interface GroupsParams
  extends Pick<GroupEndsParams, "isAwaitedAlone" | "cancelAlone" | "cancelItem" | "forgetAlone" | "onChange"> {
  line: Line;
  ticker: Ticker;
  totals: { succeeded: number; failed: number; cancelled: number };
  /** The caller awaits a block, by its name: a task lends its slot. */
  onAwaited(caller: Caller, name: string): void;
  /** A block is over that a caller may await: does the last thing of it once a task has its slot back. */
  handLast(caller: Caller, name: string, act?: () => void): void;
  /** Has the result of an item that went alone sent to the caller. False when there is none. */
  awaitAlone(caller: Caller, id: string): boolean;
  /** What keeps the results of items that went alone. */
  store: TaskStore;
  /** Nothing is left of a block. */
  onGone(block: ItemBlock): void;
  /** Told of items that ended together: so many have failed. */
  onEnded(block: ItemBlock, from: number, count: number, failures: number): void;
}

/** Every group of which something is left. */
export class Groups {
  /** Items that are not final, and results that were not acknowledged. */
  readonly tally = { unfinished: 0, kept: 0 };
  #params: GroupsParams;
  #blocks = new ItemBlocks();
  /** What is to be seen of them. */
  readonly views: GroupViews = new GroupViews(this.#blocks);
  /** Gives up what nobody wants. */
  readonly ends: GroupEnds;

  constructor(params: GroupsParams) {
    this.#params = params;
    this.ends = new GroupEnds({
      ...params,
      blocks: this.#blocks,
      tidy: (block) => this.tidy(block),
      settle: (...items) => this.settle(...items),
      forgetKept: (block) => {
        for (const results of [...block.kept.values()]) this.#forget(results);
        for (const caller of block.callers) params.handLast(caller, block.name);
      },
      letGo: (caller, block) => {
        for (const results of block.kept.values()) caller.outbox.releaseItems(results);
        params.handLast(caller, block.name);
      },
    });
  }

  /** The record of an item that is not final. */
  find(id: string): TaskRecord | undefined {
    const found = this.#blocks.locate(id);
    return found?.block.isUnfinished(found.row) ? found.block.recordOf(found.row) : undefined;
  }

  /** True for an item that is not final. */
  isUnfinished(id: string): boolean {
    const found = this.#blocks.locate(id);
    return found !== undefined && found.block.isUnfinished(found.row);
  }

  /** True for an item of a group that was not given up, though its client may be away. */
  isAwaited(id: string): boolean {
    const { block } = this.#blocks.locate(id) ?? {};
    return block !== undefined && !block.isDiscarded;
  }

  /** Somebody asks for an item by itself. */
  takeOut(id: string): void {
    // One that is not final has a record from now on.
    if (this.find(id) !== undefined) return;
    const result = this.views.result(id);
    if (result !== undefined && this.#params.store.peek(id) === undefined) this.#params.store.keep(result, 0);
  }

  /** The block that these were submitted as before; undefined when there is none. */
  known({ group, items }: Pick<Submission, "group" | "items">): ItemBlock | undefined {
    const { firstNumber, inputs } = items!;
    const block = this.#blocks.startingAt(group!.id, firstNumber);
    return block?.count === inputs.ends.length ? block : undefined;
  }

  /** Goes on when what these were before is over, where that is being ended; false where it is not. */
  whenEnded(submission: Submission, goOn: () => void): boolean {
    const block = this.ends.areAny ? this.known(submission) : undefined;
    return block !== undefined && this.ends.whenOver(block, goOn);
  }

  /**
   * Takes items in, unless they are known, and gives how many; the caller is sent their results.
   *
   * @throws {TaskError} `DUPLICATE_TASK`: to take part in another's group would be to get its results.
   */
  add(caller: Caller, origin: Origin, items: SubmittedItems, fingerprintOf: (inputs: Uint8Array) => number): number {
    const group = origin.group!;
    if (this.#blocks.of(group.id).some((other) => other.origin.parent?.id !== origin.parent?.id)) {
      throw new TaskError("DUPLICATE_TASK", `Cannot submit items of ${group.id}: it is the group of another`);
    }
    const fingerprint = fingerprintOf(items.inputs.bytes);
    const known = this.known({ group, items });
    if (known?.fingerprint === fingerprint) {
      const before = known.unfinished;
      this.#attach(known, caller, items.known);
      // Those whose results are lost begin anew.
      const anew = known.unfinished - before;
      this.#await(known, caller);
      return anew;
    }
    const { firstNumber } = items;
    if (this.#blocks.hasAny(group.id, firstNumber, items.inputs.ends.length)) {
      throw new TaskError("DUPLICATE_TASK", `Cannot submit items of ${group.id}: others have their numbers`);
    }
    if (origin.parent !== null) this.#requireUnknown(group.id, items);
    // They came as views of what was read.
    const inputs = { ...items.inputs, bytes: ownBytes(items.inputs.bytes) };
    const block = new ItemBlock({
      origin,
      prefix: prefixOf(group.id),
      firstNumber,
      inputs,
      fingerprint,
      tally: this.tally,
    });
    this.#blocks.add(block);
    if (items.known !== null) this.#leaveOut(block, items.known);
    this.#attach(block, caller, items.known);
    const { unfinished } = block;
    if (block.length > 0) this.#params.line.push(block);
    // In line before that: the slot that a task lends is for what it waits for, rather than for others behind that.
    this.#await(block, caller);
    this.tidy(block);
    return unfinished;
  }

  /** A task never comes back for results: those that are kept under these ids are another's. */
  #requireUnknown(groupId: string, { firstNumber, inputs }: SubmittedItems): void {
    const prefix = prefixOf(groupId);
    for (let row = 0; row < inputs.ends.length; row++) {
      const id = itemId(prefix, firstNumber + row);
      if (this.#params.store.peek(id) === undefined) continue;
      throw new TaskError("DUPLICATE_TASK", `Cannot submit item ${id}: there is a result of that id`);
    }
  }

  /** The caller is sent the results, those that are kept at once. */
  #attach(block: ItemBlock, caller: Caller, known: Uint8Array | null): void {
    this.ends.join(caller, block);
    for (const results of block.kept.values()) caller.outbox.sendItems(results);
    for (const row of [...block.settledAlone]) {
      if (known?.[row] === 1 || this.#params.awaitAlone(caller, block.idOf(row))) continue;
      // Somebody has discarded the result while its client was away.
      block.revive(row);
      this.#params.line.putBackItems({ block, attempt: 1, from: row, to: row + 1 });
    }
  }

  #await(block: ItemBlock, caller: Caller): void {
    if (block.unfinished > 0) this.#params.onAwaited(caller, block.name);
  }

  /** Items are over that went together, from this row on. */
  settle(items: Settled, from: number, outcomes: ItemOutcomes, elapsedMs: number): void {
    const { totals } = this.#params;
    const { block } = items;
    const count = outcomes.values.ends.length;
    const failures = outcomes.failed?.reduce((sum, one) => sum + one, 0) ?? 0;
    totals.failed += failures;
    totals.succeeded += count - failures;
    block.finish(from, from + count);
    if (!block.isDiscarded) this.#keep(items, from, outcomes, elapsedMs);
    this.#params.onEnded(block, from, count, failures);
    this.tidy(block);
  }

  /** Keeps results, and sends them; those that are too large together apart from each other. */
  #keep(items: Settled, from: number, outcomes: ItemOutcomes, elapsedMs: number): void {
    const { failed, values } = outcomes;
    const count = values.ends.length;
    if (values.bytes.length > BYTES_TOGETHER && count > 1) {
      const half = count >> 1;
      this.#keep(items, from, outcomesFrom(outcomes, 0, half), elapsedMs);
      this.#keep(items, from + half, outcomesFrom(outcomes, half, count), elapsedMs);
      return;
    }
    const { block, attempt } = items;
    const finishedAt = this.#params.ticker.clock.wall();
    // Views of what was read.
    const own = {
      failed: failed?.includes(1) ? failed.slice() : null,
      values: { ...values, bytes: values.bytes.slice() },
    };
    const startedAt = attempt === 0 ? null : finishedAt - elapsedMs;
    const results = { block, attempt, from, ...own, startedAt, finishedAt };
    block.kept.set(from, results);
    this.tally.kept++;
    for (const caller of block.callers) {
      // What was given up meanwhile is wanted by nobody.
      const send = () => block.kept.get(from) === results && caller.outbox.sendItems(results);
      if (block.unfinished > 0) send();
      else this.#params.handLast(caller, block.name, send);
    }
  }

  /** The group's items were submitted from within this task; null for a client's, undefined for no group. */
  parentOf(groupId: string): Ancestor | null | undefined {
    return this.#blocks.of(groupId)[0]?.origin.parent;
  }

  /** The caller has these results, from this number on. */
  acknowledge(groupId: string, number: number): void {
    const { block, row } = this.#blocks.locate(itemId(prefixOf(groupId), number)) ?? {};
    const results = block?.kept.get(row!);
    if (results === undefined) return;
    this.#forget(results);
    this.tidy(block!);
  }

  /** Lets a block go of which nothing is left. */
  tidy(block: ItemBlock): void {
    if (block.unfinished > 0) return;
    for (const caller of block.callers) this.#params.handLast(caller, block.name);
    if (block.kept.size > 0) return;
    this.#blocks.remove(block);
    this.#params.onGone(block);
    this.ends.over(block);
  }

  #forget(results: ItemResults): void {
    if (!results.block.kept.delete(results.from)) return;
    this.tally.kept--;
    for (const { outbox } of results.block.callers) outbox.releaseItems(results);
  }

  /** The client has these results, or they are kept from before: nobody runs the items again. */
  #leaveOut(block: ItemBlock, known: Uint8Array): void {
    for (let row = 0; row < block.count; row++) {
      if (known[row] !== 1 && this.#params.store.peek(block.idOf(row)) === undefined) continue;
      block.remove(block.recordOf(row));
      block.forget(row);
    }
  }
}
