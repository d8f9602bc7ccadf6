import { assertEquals } from "@std/assert";
import { Ticker } from "../../core/ticker.ts";
import { LeftBehind } from "../../engine/left_behind.ts";
import type { Caller } from "../../engine/caller.ts";
import type { TaskRecord } from "../../engine/task.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { origin, taskRecord } from "../helpers/task_record.ts";

/** Whoever it is. */
const CLIENT = {} as Caller;

/** Nobody awaits anything, unless it is said. */
function setUp(count = 1, bound = true) {
  const clock = new FakeClock();
  const tasks = new Map<string, TaskRecord>();
  const ids = Array.from({ length: count }, (_, n) => `${n}`);
  for (const id of ids) tasks.set(id, taskRecord(id, origin({ bound })));
  const awaited = new Set<string>();
  const ending = new Set<string>();
  const cancelled: string[] = [];
  const book = new LeftBehind({
    ticker: new Ticker(clock),
    isAwaited: (id) => awaited.has(id),
    isEnding: ({ id }) => ending.has(id),
    find: (id) => tasks.get(id),
    cancel: (id) => cancelled.push(id),
  });
  /** What was told since it was looked at last. */
  let told: string[] = [];
  const again = (...ids: string[]) => {
    book.back(CLIENT, ids);
    return book.whenEnded(ids, () => told.push(ids.join(" ")));
  };
  const heard = () => {
    const heard = told;
    told = [];
    return heard;
  };
  return { clock, tasks, ids, awaited, ending, cancelled, book, again, heard };
}

Deno.test("LeftBehind cancels what only a client that is gone for good could take", () => {
  const { tasks, ids, awaited, cancelled, book } = setUp(4);
  awaited.add("1");
  tasks.delete("2");
  tasks.set("3", taskRecord("3", origin({ bound: true, parent: taskRecord("parent") })));
  book.leave(CLIENT, [], true);
  book.leave(CLIENT, ids, true);
  assertEquals(cancelled, ["0"]);
  const unbound = setUp(1, false);
  unbound.book.leave(CLIENT, ["0"], true);
  assertEquals(unbound.cancelled, []);
});

Deno.test("LeftBehind waits 30 s for a client that has lost its connection, from the last time on", () => {
  const { clock, ids, cancelled, book, again } = setUp();
  book.leave(CLIENT, ids, false);
  clock.advance(29_000);
  // Nobody else's leaving ends it.
  book.leave(CLIENT, ids, true);
  assertEquals(again("0"), false);
  book.leave(CLIENT, ids, false);
  clock.advance(29_999);
  assertEquals(cancelled, []);
  clock.advance(1);
  assertEquals([cancelled, clock.timers], [["0"], []]);
});

Deno.test("LeftBehind does not cancel what a client that was back has let go", () => {
  const { clock, ids, cancelled, book, again } = setUp();
  book.leave(CLIENT, ids, false);
  again("0");
  clock.advance(60_000);
  assertEquals(cancelled, []);
});

Deno.test("LeftBehind cancels many a thousand at a time", () => {
  const { clock, ids, cancelled, book } = setUp(2500);
  book.leave(CLIENT, ids, true);
  assertEquals(cancelled.length, 1000);
  clock.advance(0);
  assertEquals(cancelled, ids);
  const thousand = setUp(1000);
  thousand.book.leave(CLIENT, thousand.ids, true);
  assertEquals([thousand.cancelled.length, thousand.clock.timers], [1000, []]);
});

Deno.test("LeftBehind.whenEnded() waits for the end of all that is submitted again, asked for once or twice", () => {
  const { ids, book, again, heard } = setUp(2);
  assertEquals(again("0"), false);
  book.leave(CLIENT, ids, true);
  assertEquals(again("0", "1", "new"), true);
  book.leave(CLIENT, ids, true);
  assertEquals(again("new"), false);
  book.settled("new");
  book.settled("0");
  assertEquals([again("0"), again("1")], [false, true]);
  assertEquals(heard(), []);
  book.settled("1");
  assertEquals([heard(), again("1")], [["0 1 new", "1"], false]);
});

Deno.test("LeftBehind ends what is being ended already, whoever else awaits that", () => {
  const { ids, awaited, ending, cancelled, book } = setUp(2);
  for (const id of ids) awaited.add(id);
  ending.add("1");
  book.leave(CLIENT, ids, true);
  assertEquals([cancelled, ids.map((id) => book.isEnding(id))], [["1"], [false, true]]);
  book.settled("1");
  assertEquals(book.isEnding("1"), false);
});

Deno.test("LeftBehind waits anew for a client that is lost before it awaits what it was back for", () => {
  const { clock, ids, cancelled, book } = setUp(3);
  const [back, other] = [{}, {}] as Caller[];
  book.leave(CLIENT, ids, false);
  assertEquals(book.areAny, true);
  clock.advance(20_000);
  book.back(back, ["0", "1", "unknown"]);
  book.back(other, ["2"]);
  assertEquals(book.areAny, false);
  book.leave(back, ["1"], false);
  clock.advance(29_999);
  assertEquals(cancelled, []);
  clock.advance(1);
  assertEquals(cancelled, ["1", "0"]);
  book.leave(other, [], true);
  assertEquals(cancelled, ["1", "0", "2"]);
});

Deno.test("LeftBehind.abandon() ends the task of a stream, and knows of it until that is over", () => {
  const { tasks, cancelled, book, again, heard } = setUp(2);
  book.abandon("0");
  tasks.delete("1");
  book.abandon("1");
  assertEquals([cancelled, again("0"), again("1")], [["0"], true, false]);
  book.settled("0");
  assertEquals([heard(), again("0")], [["0"], false]);
});
