import { assertEquals, assertThrows } from "@std/assert";
import { QueueFull, TaskError } from "../../core/errors.ts";
import { decode } from "../../wire/codec.ts";
import { GROUP, idOf, itemsOf } from "../helpers/group_book.ts";
import { intakeDoor, submission } from "../helpers/intake_door.ts";
import { profile } from "../helpers/task_record.ts";

/** A submission of items. */
const mapOf = (items: ReturnType<typeof itemsOf>, parts = {}) =>
  submission([], { items, group: { id: GROUP, chunkSize: null }, ...parts });

Deno.test("Intake puts tasks in line, and has those awaited that are to be, before it answers", () => {
  const { queue, totals, clientOf, submit, heard } = intakeDoor();
  const client = clientOf("a");
  submit(client, submission(["1", "2"], { await: true }));
  assertEquals(heard(), ["a awaits 1,2", "more", "given: 2"]);
  submit(client, submission(["3"]));
  assertEquals([heard(), queue.length, totals.submitted], [["more", "given: 1"], 3, 3]);
});

Deno.test("Intake asks no room for what is known, of tasks and of items, and none of it comes in again", () => {
  const { queue, totals, admission, clientOf, submit, end, heard } = intakeDoor();
  const client = clientOf("a");
  const map = mapOf(itemsOf(0, ["x", "y"]));
  submit(client, submission(["kept"]));
  end(queue.pop()!);
  submit(client, submission(["1", "2"]));
  submit(client, map);
  heard();
  submit(client, submission(["1", "kept"]));
  submit(client, map);
  assertEquals(heard(), ["more", "given: 2", "a awaits", "more", "given: 2"]);
  assertThrows(() => submit(client, submission(["1", "new"])), QueueFull);
  assertEquals([queue.length, totals.submitted], [4, 5]);
  admission.quiet();
  submit(client, submission(["2"]));
  submit(client, map);
  assertEquals(heard(), ["more", "given: 1", "a awaits", "more", "given: 2"]);
  for (const what of [submission([]), mapOf(itemsOf(5, ["z"]))]) {
    assertEquals(assertThrows(() => submit(client, what), TaskError).code, "SERVER_STOPPING");
  }
});

Deno.test("Intake opens a stream for each new task that has one, where there is room for those", () => {
  const { queue, clientOf, submit, end, heard } = intakeDoor();
  const client = clientOf("a");
  const streams = (...ids: string[]) => submission(ids, { profile: profile({ stream: true }) });
  submit(client, streams("over", "open"));
  assertEquals(heard(), ["room for 2", "stream over", "stream open", "more", "given: 2"]);
  end(queue.pop()!);
  submit(client, streams("over", "open", "new"));
  assertEquals(heard(), ["room for 1", "stream new", "more", "given: 3"]);
});

Deno.test("Intake makes what a task submits its children, and names what it is followed by", () => {
  const { queue, store, clientOf, taskOf, submit, heard } = intakeDoor();
  const task = taskOf("parent");
  submit(task, submission(["1", "2"], { await: true }));
  submit(task, submission(["3"], { followup: true }));
  submit(task, mapOf(itemsOf(7, ["x", "y"]), { followup: true }));
  assertEquals(task.run.task.followupIds, ["3", idOf(7), idOf(8)]);
  // They are known, and named.
  submit(task, mapOf(itemsOf(7, ["x", "y"]), { followup: true }));
  submit(task, mapOf(itemsOf(9, ["z"])));
  for (let n = 0; n < 3; n++) queue.pop();
  submit(clientOf("a"), submission(["4"], { followup: true }));
  const { children, followupIds } = task.run.task;
  assertEquals([...children!].map(({ id }) => id), ["1", "2", "3"]);
  assertEquals([followupIds, store.get("4")?.parent], [["3", idOf(7), idOf(8)], null]);
  assertEquals(heard().slice(0, 3), ["parent awaits 1,2", "more", "given: 2"]);
});

Deno.test("Intake has items wait that are submitted again while what they were before is being ended", () => {
  const { groups, queue, totals, clientOf, submit, heard } = intakeDoor();
  const [client, items] = [clientOf("a"), itemsOf(0, ["x", "y"])];
  submit(client, mapOf(itemsOf(0, ["x", "y"])));
  const { block } = queue.popItems(2)!;
  groups.ends.cancel(GROUP);
  heard();
  submit(clientOf("b"), mapOf(items, { await: true }));
  // What it was read into is written over.
  items.inputs.bytes.fill(255);
  assertEquals(heard(), []);
  block.finish(0, 2);
  groups.tidy(block);
  assertEquals(heard(), ["b awaits", "more", "given: 2"]);
  assertEquals([totals.submitted, queue.length, decode(queue.pop()!.input)], [4, 2, "x"]);
});

Deno.test("Intake.withdraw() keeps items out that wait, for the end of others or for room, and no others", () => {
  const { intake, groups, queue, clientOf, submit, heard } = intakeDoor();
  const [client, gone, left] = ["a", "b", "c"].map(clientOf);
  const map = mapOf(itemsOf(0, ["x", "y", "z"]));
  submit(client, map);
  const { block } = queue.popItems(3)!;
  groups.ends.cancel(GROUP);
  heard();
  const end = () => {
    block.finish(0, 3);
    groups.tidy(block);
    return heard();
  };
  submit(gone, map);
  intake.withdraw([GROUP], true);
  submit(left, map);
  left.peer.closeReason = new Error("The client left");
  submit(client, map);
  intake.withdraw(["another"], true);
  assertEquals(end(), ["refused: The map was given up", "refused: The client left", "a awaits", "more", "given: 3"]);
  submit(client, submission(["1"]));
  submit(client, mapOf(itemsOf(5, ["1", "2"]), { waitForRoom: true }));
  heard();
  intake.withdraw([GROUP], true);
  assertEquals(heard(), ["refused: The map was given up"]);
});
