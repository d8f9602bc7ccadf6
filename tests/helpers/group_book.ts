/**
 * The book of groups by itself: who is sent what, and what is told of it, is written down.
 *
 * @module
 */

import { groupIdOf, itemId, prefixOf } from "../../core/item_id.ts";
import { Ticker } from "../../core/ticker.ts";
import type { Caller } from "../../engine/caller.ts";
import { FairQueue } from "../../engine/fair_queue.ts";
import type { Line } from "../../engine/line.ts";
import { Groups, type SubmittedItems } from "../../engine/groups.ts";
import type { ItemOutcomes, ItemResults } from "../../engine/item_results.ts";
import { ItemBlock } from "../../engine/item_block.ts";
import { ItemsRun } from "../../engine/items_run.ts";
import type { Ancestor, Origin } from "../../engine/task.ts";
import type { Worker } from "../../engine/worker.ts";
import { MemoryStore } from "../../store/memory_store.ts";
import { ValuePacker } from "../../wire/packed_values.ts";
import { FakeClock } from "./fake_clock.ts";
import { origin } from "./task_record.ts";
import { lineOf } from "./waiting_line.ts";

/** The group that items are of, unless it is said. */
export const GROUP = groupIdOf("01a22335-a415-77ea-9b0d-c4c200000000");

/** The id of an item of it. */
export const idOf = (number: number) => itemId(prefixOf(GROUP), number);

/** Items as they come, with these values. */
export function itemsOf(firstNumber: number, values: readonly unknown[], known: number[] | null = null) {
  const packer = new ValuePacker();
  for (const value of values) packer.add(value);
  return { firstNumber, inputs: packer.take(), known: known && Uint8Array.from(known) } satisfies SubmittedItems;
}

/** Items of it, all of which wait. */
export function blockAt(firstNumber: number, count: number, parent: Ancestor | null = null): ItemBlock {
  const { inputs } = itemsOf(firstNumber, Array.from({ length: count }, (_, n) => [n]));
  const tally = { unfinished: 0 };
  return new ItemBlock({
    origin: origin({ parent }),
    prefix: prefixOf(GROUP),
    firstNumber,
    inputs,
    fingerprint: 0,
    tally,
  });
}

/** How items ended, one behind the other; those have failed that this says. */
export function outcomesOf(values: readonly unknown[], failed: number[] | null = null): ItemOutcomes {
  return { failed: failed && Uint8Array.from(failed), values: itemsOf(0, values).inputs, ms: 1 };
}

/** A book in which nothing stands; what `alone` has is awaited by itself. */
export function groupBook(given?: Line) {
  const clock = new FakeClock();
  const queue = new FairQueue();
  const ticker = new Ticker(clock);
  const line = given ?? lineOf(queue, ticker).line;
  const store = new MemoryStore({ clock, capacity: 100, retentionMs: 1e9 });
  const totals = { succeeded: 0, failed: 0, cancelled: 0 };
  const alone = new Set<string>();
  const said: string[] = [];
  /** The first numbers of blocks of which nothing is left. */
  const gone: number[] = [];
  /** Tasks that stand in the line for a slot, and what they do once they have one. */
  const slotless = new Map<string, (() => void)[]>();
  const groups = new Groups({
    line,
    ticker,
    totals,
    store,
    onAwaited: ({ owner }) => said.push(`${owner} awaits`),
    handLast({ owner }, _name, act = () => {}) {
      said.push(`last for ${owner}`);
      if (slotless.has(owner)) slotless.get(owner)!.push(act);
      else act();
    },
    awaitAlone: (_caller, id) => alone.has(id) || store.peek(id) !== undefined,
    isAwaitedAlone: (id) => alone.has(id),
    cancelAlone: ({ id }) => said.push(`cancel ${id}`),
    cancelItem: ({ id }) => said.push(`end ${id}`),
    forgetAlone() {},
    onChange() {},
    onGone: ({ firstNumber }) => gone.push(firstNumber),
    onEnded: (_block, from, count, failures) => said.push(`ended ${from}+${count}, ${failures} failed`),
  });
  const shown = ({ block, from, values, failed }: ItemResults) =>
    `${block.firstNumber + from}+${values.ends.length}${failed === null ? "" : ` failed ${[...failed]}`}`;
  const callerOf = (owner: string): Caller =>
    ({
      run: null,
      owner,
      outbox: {
        sendItems: (results: ItemResults) => said.push(`${owner} is sent ${shown(results)}`),
        releaseItems: (results: ItemResults) => said.push(`${owner} lets go ${shown(results)}`),
      },
    }) as unknown as Caller;
  const add = (caller: Caller, items: SubmittedItems, parts: Partial<Origin> = {}) =>
    groups.add(
      caller,
      origin({ group: { id: GROUP, chunkSize: null }, ...parts }),
      items,
      (inputs) => inputs.reduce((sum, byte) => sum + byte, 0),
    );
  /** A worker is given the next items, so many. */
  const give = (most: number) => new ItemsRun(queue.popItems(most)!, {} as Worker);
  /** What was told since it was looked at last. */
  const heard = () => said.splice(0);
  return { clock, queue, line, store, totals, gone, alone, slotless, groups, callerOf, add, give, said, heard };
}
