import { assertEquals } from "@std/assert";
import { Ticker } from "../../core/ticker.ts";
import { StartFailures } from "../../engine/start_failures.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { origin, taskRecord } from "../helpers/task_record.ts";

function setUp(maxStartFailures = 3) {
  const clock = new FakeClock();
  const ready: string[][] = [];
  const failures = new StartFailures({
    ticker: new Ticker(clock),
    maxStartFailures,
    random: () => 1,
    onReady: (tasks) => ready.push(tasks.map(({ id }) => id)),
  });
  return { clock, ready, failures };
}

Deno.test("StartFailures has all starts wait when the system starts none, longer after each in a row", () => {
  const { clock, ready, failures } = setUp(10);
  const task = taskRecord("one");
  for (const waitMs of [200, 400, 800, 1600, 3200, 5000, 5000]) {
    assertEquals([failures.ofSystem(task), failures.isResting], [true, true]);
    // Those that were being started at the same time fail too.
    failures.ofSystem(taskRecord("other"));
    clock.advance(waitMs - 1);
    assertEquals(failures.isResting, true);
    clock.advance(1);
    assertEquals([failures.isResting, ready.pop()], [false, []]);
  }
  assertEquals(failures.inARow, 7);
  failures.began(task);
  failures.ofSystem(task);
  clock.advance(200);
  assertEquals([failures.isResting, failures.inARow], [false, 1]);
});

Deno.test("StartFailures sets a task aside whose process died, and nobody else waits", () => {
  const { clock, ready, failures } = setUp();
  const task = taskRecord("one");
  assertEquals([failures.ofProcess(task), failures.isResting], [true, false]);
  clock.advance(200);
  assertEquals(ready, [["one"]]);
  assertEquals(failures.delete(task), false);
  failures.ofProcess(task);
  assertEquals([failures.delete(task), failures.delete(task)], [true, false]);
  clock.advance(60_000);
  assertEquals(ready.length, 1);
});

Deno.test("StartFailures gives a task up after as many in a row as may be, whoever is to blame", () => {
  const { clock, failures } = setUp(3);
  const task = taskRecord("one");
  assertEquals([failures.ofProcess(task), failures.ofSystem(task), failures.ofProcess(task)], [true, true, false]);
  clock.advance(10_000);
  failures.began(task);
  assertEquals(failures.ofProcess(task), true);
});

Deno.test("StartFailures.takeAll() gives the tasks that wait by themselves, and none comes back by itself then", () => {
  const { clock, ready, failures } = setUp();
  const task = taskRecord("one");
  failures.ofProcess(task);
  assertEquals([failures.takeAll(), failures.takeAll()], [[task], []]);
  clock.advance(60_000);
  assertEquals(ready, []);
});

Deno.test("StartFailures.hasTasksOf() is true while tasks of that client wait by themselves", () => {
  const { clock, failures } = setUp();
  failures.ofProcess(taskRecord("one", origin({ owner: "1" })));
  assertEquals(["1", "2"].map((owner) => failures.hasTasksOf(owner)), [true, false]);
  clock.advance(200);
  assertEquals(failures.hasTasksOf("1"), false);
});
