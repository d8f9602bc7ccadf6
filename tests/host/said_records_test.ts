import { assertEquals } from "@std/assert";
import { SaidRecords } from "../../host/said_records.ts";
import { FakeClock } from "../helpers/fake_clock.ts";

const record = (number: unknown, lines: unknown = [], progress: unknown = null) =>
  JSON.stringify([number, "id", lines, progress]);

Deno.test("SaidRecords.take() gives what is a record, and null for anything else", () => {
  const records = new SaidRecords();
  assertEquals(records.take(record(1, [["warning", "a", 3]], ["NaN", 2])), {
    taskId: "id",
    lines: [["warning", "a", 3]],
    progress: [NaN, 2],
  });
  for (
    const text of [
      ...["", "[", "null", "[]", record("1")],
      ...[record(2, "a"), record(2, [["info"]]), record(2, [["loud", "a"]]), record(2, [["info", "a", -1]])],
      ...[record(2, [["info", "a", 0.5]]), record(2, [], [1]), record(2, [], [null, 1]), record(2, [], ["1", null])],
    ]
  ) assertEquals(records.take(text), null, text);
});

Deno.test("SaidRecords.heard() waits for a record, and for one that does not come no longer than 5 seconds", async () => {
  const clock = new FakeClock();
  const records = new SaidRecords(clock);
  const order: string[] = [];
  const wait = (count: number) => records.heard(count)!.then(() => order.push(`${count}`));
  const first = wait(1);
  clock.advance(2000);
  const second = wait(2);
  records.take(record(1));
  records.passedOn();
  await first;
  assertEquals(records.heard(1), undefined);
  clock.advance(4999);
  await null;
  assertEquals(order, ["1"]);
  clock.advance(1);
  await second;
  const third = wait(3);
  records.end();
  await third;
  assertEquals(order, ["1", "2", "3"]);
  assertEquals(records.heard(4), undefined);
  assertEquals(clock.timers, []);
});
