import { assertEquals, assertStrictEquals } from "@std/assert";
import { Ticker } from "../../core/ticker.ts";
import { packUuid, UUID_WORDS, uuidv7 } from "../../core/uuid.ts";
import { expired, Expiry } from "../../engine/expiry.ts";
import type { Origin, TaskRecord } from "../../engine/task.ts";
import { TaskBlock } from "../../engine/task_block.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { blockAt } from "../helpers/group_book.ts";
import { origin, taskRecord } from "../helpers/task_record.ts";

/** A book of limits; what it ends is written down and is over. */
function setUp() {
  const clock = new FakeClock();
  const ended: string[] = [];
  const tasks = new Map<string, TaskRecord>();
  let changes = 0;
  const expiry = new Expiry({
    ticker: new Ticker(clock),
    find: (id) => tasks.get(id),
    end(task) {
      ended.push(task.id);
      task.state = "failed";
      expiry.leave(task);
    },
    endItems(block) {
      ended.push(`items of ${block.firstNumber}`);
      return block.length;
    },
    onChange: () => void changes++,
  });
  const within = (ms: number): Origin => origin({ start: { withinMs: ms, by: clock.now() + ms } });
  const add = (from: Origin, ...ids: string[]) => {
    const added = ids.map((id) => taskRecord(id, from));
    for (const task of added) tasks.set(task.id, task);
    expiry.enter(added);
    return added;
  };
  return { clock, tasks, expiry, within, add, heard: () => ended.splice(0), changes: () => changes };
}

Deno.test("U15: Expiry ends what has not begun in time, with one timer for a submission, and nothing before", () => {
  const { clock, within, add, heard, changes } = setUp();
  const [, second] = add(within(50), "1", "2", "3");
  add(within(80), "4");
  assertEquals(clock.scheduled, 1);
  second.state = "running";
  clock.advance(49);
  assertEquals([heard(), changes()], [[], 0]);
  clock.advance(1);
  assertEquals([heard(), changes() > 0], [["1", "3"], true]);
  clock.advance(30);
  assertEquals([heard(), clock.timers], [["4"], []]);
});

Deno.test("U15: Expiry keeps nothing of a submission once all of it has begun or is over", () => {
  const { clock, expiry, within, add, heard } = setUp();
  const [first, second] = add(within(50), "1", "2");
  expiry.leave(first);
  assertEquals(clock.timers.length, 1);
  expiry.release(second);
  assertEquals(clock.timers, []);
  clock.advance(50);
  assertEquals(heard(), []);
});

Deno.test("U15: Expiry passes over what has run before, and what is known no more", () => {
  const { clock, tasks, expiry, within, add, heard } = setUp();
  const [again, gone, waits] = add(within(50), "again", "gone", "waits");
  again.attempt = 1;
  tasks.delete(gone.id);
  assertEquals([expiry.drop(again), expiry.isLate(waits)], [false, false]);
  // What has begun does not count when a server lets it go.
  expiry.release(again);
  clock.advance(50);
  assertEquals([heard(), expiry.drop(again), expiry.isLate(again)], [["waits"], false, true]);
});

Deno.test("U15: Expiry gives up what is next in line before its timer has fired, where that is late", () => {
  const { clock, expiry, within, add, heard } = setUp();
  const [task] = add(within(50), "1");
  // A timer may come late.
  clock.now = () => 1050;
  assertEquals([expiry.drop(task), heard(), expiry.drop(task)], [true, ["1"], false]);
  const without = taskRecord("2");
  assertEquals([expiry.isLate(without), expiry.drop(without)], [false, false]);
});

Deno.test("U15: a task that is told to begin, and does not, is waited for again", () => {
  const { clock, expiry, within, add, heard } = setUp();
  const [task] = add(within(50), "1");
  expiry.leave(task);
  clock.advance(20);
  expiry.enter([task]);
  clock.advance(29);
  assertEquals(heard(), []);
  clock.advance(1);
  assertEquals(heard(), ["1"]);
});

Deno.test("U15: Expiry finds packed tasks, and maps until nothing is left of them", () => {
  const { clock, tasks, expiry, within, heard } = setUp();
  const block = new TaskBlock(within(50), 3, 0);
  for (let n = 0; n < 3; n++) {
    const id = new Uint32Array(UUID_WORDS);
    packUuid(uuidv7(), id);
    const row = block.push(id, 0, new Uint8Array());
    if (n > 0) tasks.set(block.idOf(row), block.recordOf(row));
  }
  expiry.enter([block]);
  block.recordOf(1).state = "running";
  const [map, over] = [5, 9].map((first) => Object.assign(blockAt(first, 2), { origin: within(60) }));
  expiry.enter([map]);
  expiry.enter([over]);
  expiry.release(over);
  clock.advance(50);
  assertEquals(heard(), [block.idOf(2)]);
  clock.advance(10);
  assertEquals([heard(), clock.timers], [["items of 5"], []]);
});

Deno.test("U15: Expiry gives up so many tasks, then others have their turn", () => {
  const { clock, within, add, heard, changes } = setUp();
  const from = within(50);
  add(from, ...Array.from({ length: 600 }, (_, n) => `${n}`));
  add(within(50), "later");
  clock.advance(50);
  assertEquals([heard().length, changes()], [601, 2]);
});

Deno.test("U15: all tasks of a submission end with one error", () => {
  const start = { withinMs: 50, by: 1050 };
  assertStrictEquals(expired(start), expired(start));
  assertEquals([expired(start).code, expired(start).startBeforeMs, expired(start).name], [
    "TASK_EXPIRED",
    50,
    "TaskExpired",
  ]);
});
