import { assertEquals } from "@std/assert";
import { moveTask } from "../../core/task_state.ts";
import type { Caller } from "../../engine/caller.ts";
import { Slots } from "../../engine/slots.ts";
import type { Result } from "../../engine/result.ts";
import { TaskRun } from "../../engine/task_run.ts";
import type { TaskStore } from "../../engine/task_store.ts";
import { Waiting } from "../../engine/waiting.ts";
import type { Worker } from "../../engine/worker.ts";
import { EVERYBODY, resultOf, taskRecord } from "../helpers/task_record.ts";

/** What callers await: `u1` and `u2` are not final, `f1` and `f2` are, and nobody knows anything else. */
function setUp(isLate = false) {
  const said: string[] = [];
  const slots = new Slots(1);
  const asked: string[] = [];
  /** What somebody has run again. */
  const revived = new Set<string>();
  const find = (id: string) => {
    asked.push(id);
    return /^f/.test(id) ? resultOf(id) : undefined;
  };
  const waiting = new Waiting({
    slots,
    store: {
      find: (id: string) => isLate ? Promise.resolve(find(id)) : find(id),
      peek: (id: string) => ({ id }),
      hold: (id: string) => said.push(`hold ${id}`),
      letGo: (id: string) => said.push(`let go ${id}`),
    } as unknown as TaskStore,
    isUnfinished: (id) => /^u/.test(id) || revived.has(id),
    onLent: () => said.push("lent"),
  });
  const callerOf = (name: string, run: TaskRun | null = null) => {
    const held = new Set<string>();
    const outbox = {
      awaited: new Set<string>(),
      held,
      holds: (id: string) => held.has(id),
      hold: ({ id }: Result) => held.add(id),
      release: (id: string) => held.delete(id),
      send({ id }: Result) {
        held.add(id);
        said.push(`${id} to ${name}`);
      },
      sendItems() {},
      releaseItems() {},
    };
    const peer: { closeReason: Error | null; push(): void } = { closeReason: null, push() {} };
    return { run, outbox, peer, owner: name, clientKey: EVERYBODY };
  };
  /** A task that runs, and has the slot. */
  const begin = () => {
    const run = new TaskRun(taskRecord("task"), { recall: () => said.push("recall") } as unknown as Worker);
    const caller = callerOf("task", run);
    run.caller = caller;
    slots.take();
    run.slot = "held";
    moveTask(run.task, "running");
    return { run, caller };
  };
  /** A task is over. */
  const settle = (id: string) => {
    const callers = waiting.callersOf(id);
    waiting.forget(id);
    for (const caller of callers) waiting.hand(caller, resultOf(id));
  };
  const counts = () => [slots.taken, slots.lent, slots.resuming];
  /** What was told since it was looked at last. */
  const heard = () => said.splice(0);
  return { waiting, slots, callerOf, begin, settle, counts, asked, revived, said, heard };
}

Deno.test("Waiting.add() sends what is there, once, and gives what nobody knows", () => {
  const { waiting, callerOf, asked, heard } = setUp();
  const client = callerOf("client");
  assertEquals(waiting.add(client, ["f1", "x", "u1", "f1"]), ["x"]);
  assertEquals(heard(), ["hold f1", "f1 to client"]);
  assertEquals([waiting.add(client, ["u1", "f1"]), heard(), asked], [[], [], ["f1", "x"]]);
  assertEquals([waiting.callersOf("u1"), waiting.isAwaited("u1"), waiting.isAwaited("f1")], [[client], true, false]);
});

Deno.test("Waiting.add() sends what the store gives late, nothing twice and nothing to who has left", async () => {
  const { waiting, callerOf, heard } = setUp(true);
  const [client, gone] = [callerOf("client"), callerOf("gone")];
  const answers = [waiting.add(client, ["f1", "x"]), waiting.add(client, ["f1"]), waiting.add(gone, ["f1", "x"])];
  gone.peer.closeReason = new Error("gone");
  assertEquals(await Promise.all(answers), [["x"], [], []]);
  assertEquals(heard(), ["hold f1", "f1 to client"]);
});

Deno.test("Waiting.add() lends the slot of a task only while something that it awaits is not there", () => {
  const { waiting, begin, counts, heard } = setUp();
  const { caller } = begin();
  waiting.add(caller, ["f1", "x"]);
  assertEquals([heard(), counts()], [["hold f1", "f1 to task"], [1, 0, 0]]);
  waiting.add(caller, ["u1"]);
  assertEquals([heard(), counts()], [["recall", "lent"], [0, 1, 0]]);
});

Deno.test("Waiting.add(): who asks for a task that is run again meanwhile awaits it, and a task lends its slot for that", async () => {
  const { waiting, begin, callerOf, counts, revived, heard } = setUp(true);
  const [{ caller }, client] = [begin(), callerOf("client")];
  const answers = [waiting.add(caller, ["x", "y"]), waiting.add(client, ["x", "f1"])];
  assertEquals([heard(), counts()], [[], [1, 0, 0]]);
  revived.add("x").add("f1");
  assertEquals(await Promise.all(answers), [["y"], []]);
  assertEquals([heard(), counts(), waiting.callersOf("x")], [["recall", "lent"], [0, 1, 0], [caller, client]]);
  // That it had failed before is not sent.
  assertEquals(waiting.callersOf("f1"), [client]);
});

Deno.test("Waiting.hand() sends the last that a task awaits when it has a slot again, and others at once", () => {
  const { waiting, slots, callerOf, begin, settle, counts, heard } = setUp();
  const { caller } = begin();
  waiting.add(caller, ["u1", "u2"]);
  waiting.add(callerOf("client"), ["u1", "u2"]);
  slots.take();
  heard();
  settle("u1");
  assertEquals([heard(), counts()], [["u1 to task", "u1 to client"], [1, 1, 0]]);
  settle("u2");
  assertEquals([heard(), counts(), caller.outbox.holds("u2")], [["u2 to client"], [1, 1, 1], true]);
  assertEquals([waiting.callersOf("u2"), waiting.isAwaited("u2")], [[], false]);
  slots.release();
  assertEquals([heard(), counts()], [["u2 to task"], [1, 0, 0]]);
});

Deno.test("Waiting.hand() lets nothing overtake what comes to a task that stands in the line", () => {
  const { waiting, slots, begin, settle, counts, said } = setUp();
  const { run, caller } = begin();
  waiting.pause(run);
  slots.take();
  waiting.unpause(run, () => said.push("push"));
  waiting.add(caller, ["u1"]);
  settle("u1");
  said.length = 0;
  slots.release();
  assertEquals([said, counts()], [["push", "u1 to task"], [1, 0, 0]]);
});

Deno.test("Waiting.remove() gives a task its slot back when it awaits nothing else", () => {
  const { waiting, slots, callerOf, begin, counts, said, heard } = setUp();
  const { caller } = begin();
  const remove = (of: Caller, ...ids: string[]) => waiting.remove(of, ids, () => said.push("resumed"));
  waiting.add(caller, ["u1", "u2"]);
  heard();
  remove(caller, "u1", "x");
  assertEquals([heard(), counts(), [...caller.outbox.awaited]], [["resumed"], [0, 1, 0], ["u2"]]);
  slots.take();
  remove(caller, "u2");
  assertEquals([heard(), counts(), waiting.isAwaited("u2")], [[], [1, 1, 1], false]);
  slots.release();
  assertEquals([heard(), counts()], [["resumed"], [1, 0, 0]]);
  remove(caller, "u2");
  const client = callerOf("client");
  waiting.add(client, ["u1"]);
  remove(client, "u1");
  assertEquals([heard(), client.outbox.awaited.size], [["resumed", "resumed"], 0]);
});

Deno.test("Waiting.remove() and leave() take away what a caller awaits or has, and nothing of others", () => {
  const { waiting, callerOf, heard } = setUp();
  const [one, other] = [callerOf("one"), callerOf("other")];
  waiting.add(one, ["u1", "f1"]);
  waiting.add(other, ["u1", "u2", "f2"]);
  heard();
  waiting.remove(one, ["u2", "f2"], () => {});
  assertEquals([waiting.callersOf("u2"), heard()], [[other], []]);
  waiting.leave(other);
  assertEquals([waiting.callersOf("u1"), waiting.callersOf("u2"), heard()], [[one], [], ["let go f2"]]);
  assertEquals([other.outbox.awaited.size, other.outbox.holds("f2"), waiting.isAwaited("u2")], [0, false, false]);
});

Deno.test("Waiting.leave() answers the calls of a run that ends in the line for a slot, and tells it nothing else", () => {
  const { waiting, slots, begin, settle, counts, said, heard } = setUp();
  const { run, caller } = begin();
  const letGo = waiting.addOther(caller);
  waiting.add(caller, ["u1", "u2"]);
  slots.take();
  settle("u1");
  waiting.remove(caller, ["u2"], () => said.push("no longer waits for u2"));
  heard();
  letGo(() => said.push("the pipeline's reply"));
  waiting.remove(caller, ["u2"], () => said.push("unawaited"));
  waiting.handLast(caller, "items", () => said.push("items"));
  assertEquals([heard(), counts(), waiting.hasOthers], [[], [1, 1, 1], false]);
  moveTask(run.task, "failed");
  waiting.leave(caller);
  assertEquals(heard(), ["let go u1", "the pipeline's reply", "unawaited"]);
  // The line is as it was: whether its worker is done with it is told later.
  assertEquals(counts(), [1, 1, 1]);
  waiting.release(run);
  slots.release();
  assertEquals([heard(), counts()], [[], [0, 0, 0]]);
});

Deno.test("Waiting answers at once what comes for a run that has ended in the line", () => {
  const { waiting, slots, begin, counts, said, heard } = setUp();
  const { run, caller } = begin();
  const first = waiting.addOther(caller);
  slots.take();
  first(() => said.push("first"));
  const second = waiting.addOther(caller);
  heard();
  moveTask(run.task, "failed");
  waiting.leave(caller);
  second(() => said.push("second"));
  assertEquals([heard(), counts(), waiting.hasOthers], [["first", "second"], [1, 1, 1], false]);
  // Its worker has not said yet that it is done with it.
  slots.release();
  assertEquals(counts(), [1, 0, 0]);
  waiting.release(run);
  assertEquals([heard(), counts()], [[], [0, 0, 0]]);
});

Deno.test("Waiting.addItems() lends a task's slot, and handLast() gives it back with the last results", () => {
  const { waiting, slots, callerOf, begin, counts, said, heard } = setUp();
  const { caller } = begin();
  waiting.addItems(caller, "items");
  assertEquals([heard(), counts(), caller.outbox.awaited.has("items")], [["recall", "lent"], [0, 1, 0], true]);
  slots.take();
  waiting.handLast(caller, "items", () => said.push("last"));
  // Nobody awaits it any more, but it must not overtake.
  waiting.handLast(caller, "items", () => said.push("again"));
  assertEquals([heard(), counts()], [[], [1, 1, 1]]);
  slots.release();
  assertEquals([heard(), counts()], [["last", "again"], [1, 0, 0]]);
  const client = callerOf("client");
  waiting.addItems(client, "items");
  waiting.handLast(client, "items", () => said.push("last"));
  assertEquals([heard(), client.outbox.awaited.size], [["last"], 0]);
});

Deno.test("Waiting.handLast() acts at once for a task that awaits more, or waits for something else", () => {
  const { waiting, begin, counts, said, heard } = setUp();
  const { run, caller } = begin();
  waiting.addItems(caller, "items");
  waiting.add(caller, ["u1"]);
  heard();
  waiting.handLast(caller, "items", () => said.push("last"));
  assertEquals([heard(), counts()], [["last"], [0, 1, 0]]);
  waiting.pause(run);
  waiting.remove(caller, ["u1"], () => {});
  assertEquals([counts(), run.isPaused], [[0, 1, 0], true]);
  waiting.handLast(caller, "items", () => said.push("no longer awaited"));
  assertEquals([heard().at(-1), counts()], ["no longer awaited", [0, 1, 0]]);
});

Deno.test("Waiting.unpause() says that something has to give way when a task awaits results besides", () => {
  const { waiting, begin, said, heard } = setUp();
  const { run, caller } = begin();
  waiting.pause(run);
  waiting.add(caller, ["u1"]);
  heard();
  waiting.unpause(run, () => said.push("push"));
  assertEquals(heard(), ["push", "lent"]);
  waiting.unpause(run, () => said.push("push"));
  assertEquals(heard(), ["push"]);
});

Deno.test("Waiting.unpause() gives a task its slot back that has never called the server", () => {
  const { waiting, begin, counts, said } = setUp();
  const { run } = begin();
  run.caller = null;
  waiting.pause(run);
  waiting.unpause(run, () => said.push("push"));
  assertEquals([said.at(-1), counts()], ["push", [1, 0, 0]]);
});

Deno.test("Waiting.unpause() has no task stand in the line that has left, and whose process is not gone yet", () => {
  const { waiting, slots, begin, counts, said } = setUp();
  const { run, caller } = begin();
  waiting.add(caller, ["u1"]);
  waiting.leave(caller);
  slots.take();
  waiting.unpause(run, () => said.push("push"));
  assertEquals([said.at(-1), counts()], ["push", [1, 1, 0]]);
});

Deno.test("Waiting.release() of a run that waits: it lends nothing any more, and is told all at once", () => {
  const { waiting, begin, settle, counts, heard } = setUp();
  const { run, caller } = begin();
  waiting.add(caller, ["u1"]);
  waiting.release(run);
  assertEquals(counts(), [0, 0, 0]);
  heard();
  settle("u1");
  assertEquals([heard(), counts()], [["u1 to task"], [0, 0, 0]]);
});

Deno.test("Waiting lends no slot of a run that has none, or is over", () => {
  const { waiting, begin, counts, heard } = setUp();
  const { run } = begin();
  waiting.release(run);
  waiting.pause(run);
  assertEquals([run.task.state, counts(), heard()], ["running", [0, 0, 0], []]);
  const over = begin();
  moveTask(over.run.task, "succeeded");
  waiting.add(over.caller, ["u1"]);
  assertEquals([over.run.slot, counts(), heard()], ["held", [1, 0, 0], []]);
});
