import { assertEquals, assertThrows } from "@std/assert";
import { QueueFull } from "../../core/errors.ts";
import { isFinal, type TaskState } from "../../core/task_state.ts";
import { intakeDoor, submission } from "../helpers/intake_door.ts";
import { resultOf } from "../helpers/task_record.ts";

Deno.test("Intake puts tasks in line once the store has them, and counts them until then", async () => {
  const { queue, underWay, totals, clientOf, submit, arrive, heard } = intakeDoor(true);
  submit(clientOf("a"), submission(["1", "2"], { await: true }));
  assertEquals([heard(), queue.length, underWay.room], [[], 0, { tasks: 2, bytes: 2 }]);
  await arrive();
  assertEquals(heard(), ["a awaits 1,2", "more", "given: 2"]);
  assertEquals([queue.length, totals.submitted, underWay.room], [2, 2, { tasks: 0, bytes: 0 }]);
});

Deno.test("Intake.cancel() ends a task that is on its way when it has come", async () => {
  const { intake, clientOf, submit, arrive, heard } = intakeDoor(true);
  assertEquals(intake.cancel("1", false), false);
  submit(clientOf("a"), submission(["1", "2", "3"]));
  assertEquals([intake.cancel("1", false), intake.cancel("3", true), heard()], [true, true, []]);
  await arrive();
  assertEquals(heard(), ["more", "given: 3", "cancel 1", "discard 3"]);
});

Deno.test("Intake answers what the store refuses, and lets others in instead", async () => {
  const { store, underWay, queue, clientOf, submit, arrive, heard } = intakeDoor(true);
  submit(clientOf("a"), submission(["1"]));
  store.keep(resultOf("1"), 0);
  await arrive();
  assertEquals([heard(), underWay.has("1"), queue.length], [
    ["refused: Cannot submit task 1: another task has this id", "more"],
    false,
    0,
  ]);
});

Deno.test("Intake has a client leave anew whose tasks came in after it had", async () => {
  const { leftBehind, clock, clientOf, submit, arrive, heard } = intakeDoor(true);
  const [gone, back] = [clientOf("a"), clientOf("b")];
  submit(gone, submission(["1"], { await: true }));
  gone.peer.closeReason = new Error("lost");
  await arrive();
  assertEquals(heard(), ["a awaits 1", "more", "given: 1", "a leaves"]);
  // One that is back submits them again, and they are on their way when its absence ends.
  submit(back, submission(["2"]));
  leftBehind.leave(clientOf("gone"), ["2"], false);
  await arrive();
  clock.advance(60_000);
  assertEquals(heard(), ["more", "given: 1"]);
  // Or it has left by then, for good: nobody waits for it any more.
  submit(back, submission(["2"]));
  leftBehind.leave(clientOf("gone"), ["2"], false);
  back.peer.closeReason = new Error("bye");
  await arrive();
  leftBehind.leave(back, [], true);
  assertEquals(heard(), ["more", "given: 1", "b leaves", "left behind: 2"]);
});

Deno.test("Intake ends what comes in behind the end of the task that submitted it, unless that leaves it", async () => {
  const heardBehind = async (state: TaskState, bound: boolean, hasReturned: boolean) => {
    const { taskOf, submit, arrive, heard } = intakeDoor(true);
    const task = taskOf("parent");
    submit(task, submission(["1", "2"], { bound, await: true }));
    task.run.task.state = state;
    task.run.isOver = isFinal(state);
    task.run.hasReturned = hasReturned;
    await arrive();
    return heard();
  };
  assertEquals(await heardBehind("running", true, false), ["parent awaits 1,2", "more", "given: 2"]);
  assertEquals(await heardBehind("succeeded", true, true), ["more", "given: 2", "discard 1", "discard 2"]);
  assertEquals(await heardBehind("cancelled", false, false), ["more", "given: 2", "cancel 1", "cancel 2"]);
  assertEquals(await heardBehind("failed", false, true), ["more", "given: 2"]);
});

Deno.test("Intake does not have a task leave whose connection has ended: its worker tells of that", async () => {
  const { taskOf, submit, arrive, heard } = intakeDoor(true);
  const task = taskOf("parent");
  submit(task, submission(["1"], { await: true }));
  task.peer.closeReason = new Error("gone");
  await arrive();
  assertEquals(heard(), ["more", "given: 1"]);
});

Deno.test("Intake has tasks wait that are submitted again while what their client left is being ended", () => {
  const { leftBehind, queue, clientOf, submit, heard } = intakeDoor();
  const [client, gone] = [clientOf("a"), clientOf("b")];
  submit(client, submission(["1", "2"]));
  leftBehind.leave(clientOf("gone"), ["1", "2"], true);
  heard();
  const again = submission(["2", "3"]);
  submit(client, again);
  // What it was read into is written over.
  again.tasks[1][1].fill(9);
  submit(gone, submission(["1"]));
  gone.peer.closeReason = new Error("The client left");
  assertEquals([heard(), queue.length], [[], 2]);
  leftBehind.settled("1");
  leftBehind.settled("2");
  assertEquals(heard(), ["refused: The client left", "more", "given: 2"]);
  assertEquals([queue.pop()?.id, queue.pop()?.id, queue.pop()?.input], ["1", "2", Uint8Array.of(7)]);
});

Deno.test("Intake answers that it is full, or that the server stops, where tasks have waited for an end", () => {
  const { leftBehind, clientOf, submit, heard } = intakeDoor();
  const client = clientOf("a");
  submit(client, submission(["1", "2", "3"]));
  leftBehind.leave(clientOf("gone"), ["1"], true);
  heard();
  submit(client, submission(["1", "4", "5"]));
  leftBehind.settled("1");
  assertEquals(heard(), ["refused: Cannot accept 3 tasks: the queue may hold 4"]);
});

Deno.test("Intake copies what it asks the store about first: what it was read into is written over", async () => {
  const { queue, handingBack, admission, leftBehind, clientOf, submit, end, arrive, heard } = intakeDoor(true);
  const client = clientOf("a");
  submit(client, submission(["kept", "ends"]));
  await arrive();
  const [kept, ends] = [queue.pop()!, queue.pop()!];
  end(kept);
  await arrive();
  leftBehind.leave(clientOf("gone"), ["ends"], true);
  admission.quiet();
  handingBack.begin("drain");
  heard();
  const again = submission(["kept", "ends"]);
  submit(client, again);
  for (const [, input] of again.tasks) input.fill(9);
  end(ends);
  leftBehind.settled("ends");
  for (let times = 0; times < 2; times++) await arrive();
  assertEquals(heard(), ["more", "given: 2"]);
});

for (const isLate of [false, true]) {
  const where = isLate ? "a store that answers later" : "a store in memory";
  Deno.test(`Intake gives a client that is back in a stop the results of what is known: ${where}`, async () => {
    const { store, queue, handingBack, admission, leftBehind, clientOf, taskOf, submit, arrive, heard } = intakeDoor(
      isLate,
    );
    const client = clientOf("a");
    submit(client, submission(["runs", "ends"]));
    await arrive();
    for (let n = 0; n < 2; n++) queue.pop();
    store.keep(resultOf("kept"), 0);
    leftBehind.leave(clientOf("gone"), ["ends"], true);
    admission.quiet();
    handingBack.begin("drain");
    heard();
    submit(client, submission(["runs", "kept"], { await: true }));
    await arrive();
    assertEquals(heard(), ["a awaits runs,kept", "given: 2"]);
    submit(client, submission(["runs"]));
    await arrive();
    assertEquals(heard(), ["given: 1"]);
    // A subtask is what a task needs to end.
    submit(taskOf("parent"), submission(["1"]));
    await arrive();
    assertEquals(heard(), ["more", "given: 1"]);
    // It hears of what is being ended once that is done.
    submit(client, submission(["kept", "ends", "new"], { await: true }));
    await arrive();
    assertEquals(heard(), ["a awaits kept"]);
    leftBehind.settled("ends");
    assertEquals(heard(), ["refused: Cannot submit: the server is stopping"]);
  });
}

Deno.test("Intake takes a client for back as soon as it submits in a stop, though the store takes its time", async () => {
  const { store, queue, handingBack, admission, leftBehind, clock, clientOf, submit, arrive, heard } = intakeDoor(true);
  const [client, back, hasty] = [clientOf("a"), clientOf("b"), clientOf("c")];
  submit(client, submission(["1", "2"]));
  await arrive();
  for (let n = 0; n < 2; n++) queue.pop();
  store.keep(resultOf("kept"), 0);
  admission.quiet();
  handingBack.begin("drain");
  leftBehind.leave(client, ["1", "2"], false);
  heard();
  clock.advance(29_999);
  submit(back, submission(["1", "kept"], { await: true }));
  submit(hasty, submission(["2", "kept"], { await: true }));
  hasty.peer.closeReason = new Error("lost");
  leftBehind.leave(hasty, [], false);
  clock.advance(1);
  await arrive();
  // Nothing is awaited for one that has left again.
  assertEquals(heard(), ["b awaits 1,kept", "given: 2", "given: 2"]);
  clock.advance(30_000);
  assertEquals(heard(), ["left behind: 2"]);
});

Deno.test("Intake takes in anew what the store knew, and another has taken meanwhile, whatever was read since", async () => {
  const { queue, taken, clientOf, submit, end, arrive, heard } = intakeDoor(true);
  const [client, hasty] = [clientOf("a"), clientOf("b")];
  submit(client, submission(["kept", "1"]));
  await arrive();
  for (let n = 0; n < 2; n++) end(queue.pop()!);
  await arrive();
  heard();
  const again = submission(["new", "kept"], { await: true });
  submit(client, again);
  for (const [, input] of again.tasks) input.fill(9);
  taken.add("kept");
  await arrive();
  assertEquals(heard(), ["a awaits new,kept", "more"]);
  await arrive();
  assertEquals(heard(), ["a awaits kept", "more", "given: 2"]);
  const inputs = [queue.pop()!, queue.pop()!].map((task) => [...task.input]);
  assertEquals(inputs, submission(["new", "kept"]).tasks.map(([, input]) => [...input]));
  // Nobody is there to take it any more.
  submit(hasty, submission(["1"], { await: true }));
  hasty.peer.closeReason = new Error("lost");
  taken.add("1");
  await arrive();
  assertEquals(heard(), ["b awaits 1", "more", "given: 1", "b leaves"]);
  assertEquals(queue.length, 0);
});

Deno.test("Intake takes in again what is on its way, though there is no room for others", async () => {
  const { clientOf, submit, arrive, heard } = intakeDoor(true);
  const [first, other, again] = [clientOf("a"), clientOf("b"), clientOf("c")];
  submit(first, submission(["1", "2", "3", "4"]));
  submit(other, submission(["5", "6", "7", "8"]));
  assertThrows(() => submit(again, submission(["9", "10", "11", "12"])), QueueFull);
  submit(again, submission(["1", "2", "3", "4"]));
  await arrive();
  assertEquals(heard(), ["more", "given: 4", "more", "given: 4", "more", "given: 4"]);
});

Deno.test("Intake copies what was known at once while it is looked for, and comes in anew", async () => {
  const { queue, taken, looks, clientOf, submit, end, arrive, heard } = intakeDoor();
  const client = clientOf("a");
  submit(client, submission(["kept"]));
  end(queue.pop()!);
  heard();
  taken.add("kept");
  looks.areLate = true;
  const again = submission(["kept"], { await: true });
  submit(client, again);
  // What it was read into is written over.
  again.tasks[0][1].fill(9);
  await arrive();
  assertEquals(heard(), ["a awaits kept", "more", "a awaits kept", "more", "given: 1"]);
  assertEquals(queue.pop()?.input, Uint8Array.of(7));
});
