import { assertEquals } from "@std/assert";
import { TaskError } from "../../core/errors.ts";
import { numberOf } from "../../core/item_id.ts";
import { Ticker } from "../../core/ticker.ts";
import type { Caller } from "../../engine/caller.ts";
import { FairQueue } from "../../engine/fair_queue.ts";
import { GroupEnds } from "../../engine/group_ends.ts";
import type { ItemBlock } from "../../engine/item_block.ts";
import { ItemBlocks } from "../../engine/item_blocks.ts";
import { ItemsRun, type WorkerRun } from "../../engine/items_run.ts";
import type { Ancestor } from "../../engine/task.ts";
import { TaskRun } from "../../engine/task_run.ts";
import type { Worker } from "../../engine/worker.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { blockAt, GROUP } from "../helpers/group_book.ts";
import { taskRecord } from "../helpers/task_record.ts";
import { lineOf } from "../helpers/waiting_line.ts";

const callerOf = (owner: string) => ({ run: null, owner }) as unknown as Caller;

/** Nobody awaits an item by itself, unless it is said. */
function setUp() {
  const clock = new FakeClock();
  const [queue, blocks, totals] = [new FairQueue(), new ItemBlocks(), { cancelled: 0 }];
  const ticker = new Ticker(clock);
  const awaited = new Set<string>();
  const [said, told]: string[][] = [[], []];
  const onLetGo: (() => void)[] = [];
  const ends = new GroupEnds({
    blocks,
    line: lineOf(queue, ticker).line,
    ticker,
    totals,
    isAwaitedAlone: (id) => awaited.has(id),
    cancelAlone: ({ id }) => said.push(`cancel ${numberOf(id)}`),
    cancelItem(task) {
      said.push(`end ${numberOf(task.id)}`);
      queue.remove(task);
      task.place!.block.forget(task.place!.row);
    },
    settle({ block, attempt }, from, { failed, values }) {
      const { length } = values.ends;
      said.push(`settle ${block.firstNumber + from}+${length} of run ${attempt}, ${failed?.length} failed`);
      block.finish(from, from + length);
    },
    forgetAlone(callers, ids) {
      for (const id of ids) said.push(`forget ${numberOf(id)} of ${callers.map(({ owner }) => owner)}`);
    },
    forgetKept: ({ firstNumber, callers }) =>
      said.push(`end ${firstNumber}, sent to ${callers.map(({ owner }) => owner)}`),
    letGo({ owner }, { firstNumber }) {
      told.push(`${owner} lets ${firstNumber} go`);
      onLetGo.shift()?.();
    },
    onChange: () => told.push("there is room"),
    tidy(block) {
      if (block.unfinished > 0) return;
      said.push(`over ${block.firstNumber}`);
      ends.over(block);
    },
  });
  const add = (firstNumber: number, count: number, ...callers: Caller[]) => addOf(null, firstNumber, count, ...callers);
  const addOf = (parent: Ancestor | null, firstNumber: number, count: number, ...callers: Caller[]) => {
    const block = blockAt(firstNumber, count, parent);
    blocks.add(block);
    queue.push(block);
    for (const caller of callers) ends.join(caller, block);
    return block;
  };
  /** Those that were ended, and what came of it, since it was looked at last. */
  const heard = () => said.splice(0);
  return { clock, queue, totals, awaited, ends, add, addOf, heard, told, onLetGo };
}

/** The first two have records, of which another awaits the first; the third has ended alone. */
function withRecords({ add, awaited, queue }: ReturnType<typeof setUp>, caller: Caller): ItemBlock {
  const block = add(1, 6, caller);
  for (const row of [0, 1, 2]) block.recordOf(row);
  awaited.add(block.idOf(0));
  queue.remove(block.recordOf(2));
  block.forget(2);
  return block;
}

Deno.test("GroupEnds.leave() for good ends a map, but for items that another awaits", () => {
  const set = setUp();
  const caller = callerOf("a");
  withRecords(set, caller);
  set.ends.leave(caller, true);
  assertEquals(set.heard(), ["end 1, sent to ", "forget 3 of ", "cancel 2"]);
  // Those that wait alone are for whoever cancels them.
  assertEquals([set.totals.cancelled, set.queue.length, set.ends.areAny], [3, 2, true]);
});

Deno.test("GroupEnds.cancel() ends all of a map, whoever awaits them, and says how many were not final", () => {
  const set = setUp();
  const { ends, heard } = set;
  assertEquals([ends.areAny, ends.cancel(GROUP)], [false, false]);
  const block = withRecords(set, callerOf("a"));
  set.add(7, 4);
  assertEquals(ends.cancel(block.idOf(0)), false);
  assertEquals([ends.cancel(GROUP), ends.cancel(GROUP), set.totals.cancelled], [9, 0, 7]);
  // What is left of it is sent to nobody.
  assertEquals([block.unfinished, block.callers], [2, []]);
  assertEquals(heard(), [
    "end 1, sent to a",
    "forget 3 of a",
    "cancel 1",
    "cancel 2",
    "end 7, sent to ",
    "over 7",
  ]);
});

Deno.test("GroupEnds ends what runs of a map, has what stands behind it come back, and leaves what else runs", () => {
  const { ends, add, heard, totals, queue } = setUp();
  const block = add(0, 9);
  const give = (name: string, isFirst: boolean) => {
    const rows = queue.popItems(3)!;
    const other = new TaskRun(taskRecord(`${block.prefix}000000ff`), {} as Worker);
    const head: { run: WorkerRun | null } = { run: isFirst ? null : other };
    const worker = {
      get head() {
        return head.run;
      },
      get current() {
        return head.run === other ? other : new TaskRun(block.recordOf(rows.from), {} as Worker);
      },
      recall: () => recalled.push(name),
    } as unknown as Worker;
    const items = new ItemsRun(rows, worker);
    head.run ??= items;
    block.runs.add(items);
    return items;
  };
  const recalled: string[] = [];
  give("runs it", true);
  const behind = give("runs another", false);
  assertEquals(ends.cancel(GROUP), 9);
  assertEquals([heard(), recalled], [["end 0, sent to ", "cancel 0"], ["runs it", "runs another"]]);
  assertEquals([totals.cancelled, queue.length, block.unfinished], [3, 0, 6]);
  // One of those that come back was asked for.
  block.recordOf(4);
  ends.drop(behind);
  assertEquals([totals.cancelled, queue.length, block.unfinished, heard()], [5, 1, 4, []]);
  assertEquals(queue.pop(), block.recordOf(4));
  block.finish(0, 3);
  block.finish(4, 5);
  ends.drop(new ItemsRun({ block, attempt: 1, from: 5, to: 5 }, behind.worker));
  assertEquals([heard(), ends.areAny], [["over 0"], false]);
});

Deno.test("GroupEnds.whenOver() goes on once what is being ended is over, and not where nothing is", () => {
  const { ends, add } = setUp();
  const [block, idle] = [add(0, 3), add(3, 1)];
  block.take(3);
  const told: string[] = [];
  const again = (which: ItemBlock) => ends.whenOver(which, () => told.push("over"));
  assertEquals(again(block), false);
  ends.cancel(GROUP);
  assertEquals([again(block), again(block), again(idle), told], [true, true, false, []]);
  ends.over(block);
  assertEquals([told, again(block), ends.areAny], [["over", "over"], false, false]);
  ends.over(block);
  assertEquals(told, ["over", "over"]);
});

Deno.test("GroupEnds gives up what a client has left that is not back after 30 s, from the last time on", () => {
  const { clock, ends, add, heard } = setUp();
  const [one, other, third] = ["a", "b", "c"].map(callerOf);
  const [back, , again, shared] = [add(0, 1, one), add(1, 1, one), add(2, 1, one), add(3, 1, one, other)];
  ends.leave(one, false);
  clock.advance(29_999);
  ends.join(other, back);
  ends.join(third, again);
  // What it submitted has arrived only now.
  ends.leave(one, false);
  // It is away anew.
  ends.leave(third, false);
  assertEquals(heard(), []);
  clock.advance(1);
  assertEquals(heard(), ["end 1, sent to ", "over 1"]);
  assertEquals([back, again, shared].map(({ callers }) => callers), [[other], [], [other]]);
  clock.advance(29_998);
  assertEquals(heard(), []);
  clock.advance(1);
  assertEquals(heard(), ["end 2, sent to ", "over 2"]);
  ends.leave(other, true);
  assertEquals(heard(), ["end 3, sent to ", "over 3", "end 0, sent to ", "over 0"]);
});

Deno.test("GroupEnds tells nobody of a map that is over, and a caller of each once", () => {
  const { ends, add, heard, clock } = setUp();
  const [one, other] = [callerOf("a"), callerOf("b")];
  const [over, left] = [add(0, 1, one), add(1, 1, one, one, other)];
  assertEquals(left.callers, [one, other]);
  ends.over(over);
  assertEquals(over.callers, []);
  for (const caller of [one, other, one]) ends.leave(caller, true);
  assertEquals([heard(), over.isDiscarded, clock.timers], [["end 1, sent to ", "over 1"], false, []]);
});

Deno.test("GroupEnds gives up many a hundred at a time", () => {
  const { clock, ends, add, heard } = setUp();
  const caller = callerOf("a");
  for (let n = 0; n < 250; n++) add(n, 1, caller);
  ends.leave(caller, true);
  assertEquals(heard().length, 200);
  clock.advance(0);
  assertEquals([heard().length, clock.timers], [300, []]);
});

Deno.test("GroupEnds.leave() lets go of each map of the caller, and says when there is room that came by and by", () => {
  const { clock, ends, add, told } = setUp();
  const [one, other] = ["a", "b"].map(callerOf);
  for (let n = 0; n < 101; n++) add(n, 1, one);
  add(200, 1, one, other);
  ends.leave(one, true);
  assertEquals([told.length, told.at(-1)], [102, "a lets 200 go"]);
  clock.advance(0);
  assertEquals(told.slice(102), ["there is room"]);
  ends.leave(other, false);
  clock.advance(30_000);
  assertEquals(told.slice(103), ["b lets 200 go", "there is room"]);
});

Deno.test("GroupEnds.leave() ends all of a task's map, whoever awaits one of them: it ends with the task", () => {
  const { ends, addOf, awaited, heard } = setUp();
  const caller = callerOf("task");
  const block = addOf({ id: "task", parent: null }, 1, 2, caller);
  awaited.add(block.recordOf(0).id);
  ends.leave(caller, true);
  assertEquals(heard(), ["end 1, sent to ", "cancel 1"]);
});

Deno.test("GroupEnds.leave() leaves also what the caller comes to submit meanwhile", () => {
  const { ends, add, told, onLetGo } = setUp();
  const caller = callerOf("a");
  add(5, 1, caller);
  onLetGo.push(() => add(9, 1, caller));
  ends.leave(caller, true);
  assertEquals(told, ["a lets 5 go", "a lets 9 go"]);
});

Deno.test("GroupEnds.cancelItems() ends every item that has not ended by itself, so many in a turn", () => {
  const { clock, queue, ends, add, heard, told } = setUp();
  const [first, second] = [add(0, 700, callerOf("a")), add(1000, 2, callerOf("a"))];
  queue.popItems(1);
  first.finish(0, 1);
  assertEquals([ends.cancelItems("none"), ends.cancelItems(GROUP)], [false, 701]);
  assertEquals(heard(), Array.from({ length: 499 }, (_, n) => `end ${n + 1}`));
  clock.advance(0);
  assertEquals(heard(), [...Array.from({ length: 200 }, (_, n) => `end ${n + 500}`), "end 1000", "end 1001"]);
  assertEquals([told, first.unfinished, second.unfinished], [["there is room", "there is room"], 0, 0]);
  assertEquals([queue.length, clock.timers, first.isDiscarded], [0, [], false]);
});

Deno.test("GroupEnds.cancelItems() ends no more once whoever waits for the first has given the whole up", () => {
  const { clock, ends, add, heard } = setUp();
  const block = add(0, 700, callerOf("a"));
  assertEquals(ends.cancelItems(GROUP), 700);
  ends.cancel(GROUP);
  heard();
  clock.advance(0);
  assertEquals([heard(), block.isDiscarded, clock.timers], [[], true, []]);
});

Deno.test("U15: GroupEnds.endFresh() ends in numbers what waits among others and has never run", () => {
  const { queue, ends, add, heard } = setUp();
  const block = add(0, 9, callerOf("a"));
  queue.popItems(2);
  // One goes alone, and one was lost with its process.
  block.recordOf(4);
  const lost = queue.popItems(1)!;
  block.lose(lost);
  queue.putBackItems(lost);
  assertEquals(ends.endFresh(block, new TaskError("TASK_EXPIRED", "Late")), 5);
  assertEquals(heard(), ["settle 3+1 of run 0, 1 failed", "settle 5+4 of run 0, 4 failed"]);
  assertEquals([queue.length, block.unfinished, block.freshFrom(0)], [2, 4, null]);
});
