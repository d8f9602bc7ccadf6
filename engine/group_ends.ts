/**
 * The ends of groups that nobody wants any more: given up, or left by a client that is not back in time. What runs is
 * ended, what waits goes, and whoever submits the same again waits until that is done.
 *
 * @module
 */

import type { TaskError } from "../core/errors.ts";
import { isGroupId } from "../core/item_id.ts";
import type { Ticker } from "../core/ticker.ts";
import type { PackedValues } from "../wire/packed_values.ts";
import type { Caller } from "./caller.ts";
import { failure } from "./failure.ts";
import type { ItemBlock } from "./item_block.ts";
import type { ItemOutcomes } from "./item_results.ts";
import type { ItemBlocks } from "./item_blocks.ts";
import type { ItemsRun } from "./items_run.ts";
import { ABSENCE_MS } from "./left_behind.ts";
import type { Line } from "./line.ts";
import type { TaskRecord } from "./task.ts";

/** Blocks that are given up in one go. */
const BLOCKS_PER_TURN = 100;

/** Items that are cancelled one by one in one go. */
const ITEMS_PER_TURN = 500;

/** What giving up has to do with. */
export interface GroupEndsParams {
  blocks: ItemBlocks;
  line: Line;
  ticker: Ticker;
  totals: { cancelled: number };
  /** True while anybody awaits an item by its id. */
  isAwaitedAlone(id: string): boolean;
  /** Ends an item that goes alone; its result is of no use. */
  cancelAlone(task: TaskRecord): void;
  /** Ends an item, and tells whoever awaits it. */
  cancelItem(task: TaskRecord): void;
  /** Nobody wants the results of items that went alone. */
  forgetAlone(callers: readonly Caller[], ids: readonly string[]): void;
  /** Nobody wants what is kept of a block, nor is anybody sent it. */
  forgetKept(block: ItemBlock): void;
  /** A caller has left: it is sent nothing more of a block, and need not wait for it. */
  letGo(caller: Caller, block: ItemBlock): void;
  /** Blocks were given up by and by: there is room, or nothing is left. */
  onChange(): void;
  /** Items are over together, from this row on; see `Groups.settle`. */
  settle(items: Pick<ItemsRun, "block" | "attempt">, from: number, outcomes: ItemOutcomes, elapsedMs: number): void;
  /** Lets a block go of which nothing is left. */
  tidy(block: ItemBlock): void;
}

/** Ends groups. */
export class GroupEnds {
  #params: GroupEndsParams;
  /** Those that are being ended, and whoever waits for it to submit them again. */
  #ending = new Map<ItemBlock, (() => void)[]>();
  /** What callers are sent the results of. */
  #blocksOf = new Map<Caller, Set<ItemBlock>>();

  constructor(params: GroupEndsParams) {
    this.#params = params;
  }

  /** True while any is being ended. */
  get areAny(): boolean {
    return this.#ending.size > 0;
  }

  /** Goes on when the block is over, where it is being ended; false where it is not. */
  whenOver(block: ItemBlock, goOn: () => void): boolean {
    const waiting = this.#ending.get(block);
    waiting?.push(goOn);
    return waiting !== undefined;
  }

  /** True while items are being ended that this task has submitted. */
  isEndingBelow(taskId: string): boolean {
    for (const { origin, unfinished } of this.#ending.keys()) {
      if (origin.parent?.id === taskId && unfinished > 0) return true;
    }
    return false;
  }

  /** The caller is sent the block's results. */
  join(caller: Caller, block: ItemBlock): void {
    if (block.callers.includes(caller)) return;
    block.callers = [...block.callers, caller];
    const blocks = this.#blocksOf.get(caller);
    if (blocks === undefined) this.#blocksOf.set(caller, new Set([block]));
    else blocks.add(block);
  }

  /** Nobody is sent them any more. */
  #part(block: ItemBlock): void {
    for (const caller of block.callers) {
      const blocks = this.#blocksOf.get(caller);
      if (blocks?.delete(block) && blocks.size === 0) this.#blocksOf.delete(caller);
    }
    block.callers = [];
  }

  /** Nothing is left of a block, whichever. */
  over(block: ItemBlock): void {
    this.#part(block);
    const waiting = this.#ending.get(block) ?? [];
    this.#ending.delete(block);
    for (const goOn of waiting) goOn();
  }

  /** The caller's session has ended, or the task; one that has not left for good may be back for a while. */
  leave(caller: Caller, isForGood: boolean): void {
    // Whoever waits to submit one again may do so meanwhile.
    for (let blocks = this.#blocksOf.get(caller); blocks !== undefined; blocks = this.#blocksOf.get(caller)) {
      this.#blocksOf.delete(caller);
      this.#leave(caller, blocks, isForGood);
    }
  }

  #leave(caller: Caller, blocks: Iterable<ItemBlock>, isForGood: boolean): void {
    const left: ItemBlock[] = [];
    for (const block of blocks) {
      block.callers = block.callers.filter((other) => other !== caller);
      this.#params.letGo(caller, block);
      if (block.callers.length === 0) left.push(block);
    }
    if (left.length === 0) return;
    const { ticker } = this.#params;
    const until = isForGood ? 0 : ticker.clock.now() + ABSENCE_MS;
    for (const block of left) block.absentUntil = until;
    if (isForGood) this.#giveUp(left);
    else this.#giveUpAfter(ABSENCE_MS, left);
  }

  #giveUpAfter(ms: number, left: readonly ItemBlock[]): void {
    this.#params.ticker.after(ms, () => {
      this.#giveUp(left);
      this.#params.onChange();
    });
  }

  /** So many in one go; then others have their turn. */
  #giveUp(left: readonly ItemBlock[]): void {
    for (const block of left.slice(0, BLOCKS_PER_TURN)) {
      // Those of a task end with it, whoever awaits one of them.
      if (this.#isGivenUp(block)) this.#discard(block, block.origin.parent !== null);
    }
    const rest = left.slice(BLOCKS_PER_TURN);
    if (rest.length > 0) this.#giveUpAfter(0, rest);
  }

  /** Neither has its client been back since, nor is it away anew. */
  #isGivenUp({ callers, absentUntil }: ItemBlock): boolean {
    return callers.length === 0 && absentUntil <= this.#params.ticker.clock.now();
  }

  /** Ends a group whose results nobody wants; gives how many of its items were not final. False for what is no group. */
  cancel(groupId: string): number | false {
    const blocks = isGroupId(groupId) ? this.#params.blocks.of(groupId) : [];
    if (blocks.length === 0) return false;
    return [...blocks].reduce((sum, block) => sum + this.#discard(block, true), 0);
  }

  /**
   * Ends each item of a group that has not ended, and tells whoever awaits it; gives how many those are, as some may end
   * later. False for what is no group.
   */
  cancelItems(groupId: string): number | false {
    const all = isGroupId(groupId) ? this.#params.blocks.of(groupId) : [];
    if (all.length === 0) return false;
    const blocks = all.filter(({ isDiscarded }) => !isDiscarded);
    const count = blocks.reduce((sum, { unfinished }) => sum + unfinished, 0);
    this.#cancelItems(blocks, 0);
    return count;
  }

  #cancelItems(blocks: readonly ItemBlock[], from: number): void {
    const [block, ...others] = blocks;
    if (block === undefined) return;
    // With the first of them its client may give up the whole.
    const isOver = () => block.isDiscarded || block.unfinished === 0;
    let row = from;
    for (const to = from + ITEMS_PER_TURN; row < to && row < block.count && !isOver(); row++) {
      if (block.isUnfinished(row)) this.#params.cancelItem(block.recordOf(row));
    }
    const isDone = row === block.count || isOver();
    if (isDone && others.length === 0) return;
    this.#params.ticker.after(0, () => {
      if (isDone) this.#cancelItems(others, 0);
      else this.#cancelItems(blocks, row);
      this.#params.onChange();
    });
  }

  /** Ends the items of a block that wait among others and were never given, by this; gives how many those are. */
  endFresh(block: ItemBlock, error: TaskError): number {
    const { payload } = failure("failed", error);
    let count = 0;
    // Whoever is told of the first may give the whole up.
    for (let rows = block.freshFrom(0); rows !== null && !block.isDiscarded; rows = block.freshFrom(rows.to)) {
      const length = rows.to - rows.from;
      this.#params.line.removeItems(rows);
      const values = repeated(payload, length);
      this.#params.settle(rows, rows.from, { failed: new Uint8Array(length).fill(1), values, ms: 0 }, 0);
      count += length;
    }
    return count;
  }

  /** Items of a block that nobody wants came back from a worker. One that another awaits goes on. */
  drop({ block, attempt, from, to }: ItemsRun): void {
    for (let row = from; row < to; row++) {
      if (block.hasRecord(row)) {
        this.#params.line.putBackItems({ block, attempt, from: row, to: row + 1 });
        continue;
      }
      this.#params.totals.cancelled++;
      block.finish(row, row + 1);
    }
    this.#params.tidy(block);
  }

  /** An item that another awaits goes on, unless all are to end. */
  #discard(block: ItemBlock, endsAll: boolean): number {
    if (block.isDiscarded) return 0;
    const { line, totals, cancelAlone, forgetAlone, isAwaitedAlone } = this.#params;
    const count = block.unfinished;
    block.isDiscarded = true;
    this.#params.forgetKept(block);
    forgetAlone(block.callers, [...block.settledAlone].map((row) => block.idOf(row)));
    this.#part(block);
    this.#ending.set(block, []);
    for (const task of block.records) if (endsAll || !isAwaitedAlone(task.id)) cancelAlone(task);
    totals.cancelled += line.dropItems(block);
    for (const { worker } of [...block.runs]) {
      const { head } = worker;
      // What runs is ended, what stands behind it comes back.
      if (block.runs.has(head as ItemsRun)) cancelAlone(worker.current!.task);
      worker.recall();
    }
    this.#params.tidy(block);
    return count;
  }
}

/** The same value, so many times. */
function repeated(value: Uint8Array, count: number): PackedValues {
  const bytes = new Uint8Array(value.length * count);
  const ends = new Uint32Array(count);
  for (let at = 0; at < count; at++) {
    bytes.set(value, at * value.length);
    ends[at] = (at + 1) * value.length;
  }
  return { bytes, ends };
}
