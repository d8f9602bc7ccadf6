import { assertEquals } from "@std/assert";
import { moveTask } from "../../core/task_state.ts";
import type { Caller } from "../../engine/caller.ts";
import { Settling, type SettlingParams } from "../../engine/settling.ts";
import type { Result } from "../../engine/result.ts";
import type { Origin, TaskRecord } from "../../engine/task.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { itemBlock } from "../helpers/item_block.ts";
import { origin, profile, taskRecord } from "../helpers/task_record.ts";

/** All that a task's end has to do with writes down what it is told. A store that is late answers when told to. */
function setUp(isLate = false) {
  const said: string[] = [];
  const [tasks, callers] = [new Map<string, TaskRecord>(), new Map<string, Caller[]>()];
  const [discarded, stopped, resting] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const totals = { succeeded: 0, failed: 0, cancelled: 0 };
  let answer = () => {};
  const params = {
    clock: new FakeClock(),
    line: { remove: ({ id }: TaskRecord) => said.push(`${id} leaves the queue`) },
    store: {
      settle({ id }: TaskRecord, result: Result | null, awaiters: number) {
        said.push(`${id} is stored ${result?.status ?? "as unwanted"} for ${awaiters}`);
        return isLate ? new Promise<void>((resolve) => answer = resolve) : undefined;
      },
      keep: ({ id }: Result, awaiters: number) => said.push(`${id} is kept for ${awaiters}`),
      release: ([{ id }]: TaskRecord[]) => said.push(`${id} is released`),
      dropSteps: (id: string) => said.push(`${id} has no steps`),
      take: (id: string) => said.push(`${id} is taken`),
      hold: () => said.push("one more"),
      letGo: () => said.push("one fewer"),
    },
    tasks: { parentOf: ({ parent }: TaskRecord) => tasks.get(parent?.id ?? "") },
    waiting: {
      callersOf: (id: string) => callers.get(id) ?? [],
      isAwaited: (id: string) => callers.has(id),
      forget: (id: string) => callers.delete(id),
      hand: ({ owner, outbox }: Caller, { id }: Result) => {
        said.push(`${id} to ${owner}${outbox.awaited.size > 0 ? ", who awaits more" : ""}`);
      },
    },
    groups: { tidy: () => said.push("map tidied") },
    streams: { settled: (id: string) => said.push(`${id} streams no more`) },
    cancellation: {
      endChildren: (_task: TaskRecord, wasEnded: boolean) => wasEnded && said.push("all children end"),
      takesDiscarded: (id: string) => discarded.delete(id),
    },
    leftBehind: { settled: (id: string) => said.push(`${id} is over`) },
    stopping: { takesOutcome: (id: string) => stopped.delete(id) },
    notes: { waits: ({ id }: TaskRecord) => said.push(`${id} waits`) },
    totals,
    unrest: ({ id }: TaskRecord) => resting.delete(id),
    onSettled: ({ id }: TaskRecord) => said.push(`${id} settled`),
    onChange: () => said.push("change"),
  };
  const settling = new Settling(params as unknown as SettlingParams);
  const callerOf = (owner: string) => ({ owner, outbox: { awaited: new Set<string>() } }) as unknown as Caller;
  /** A task that is known, and awaited by these. */
  const add = (id: string, awaitedBy: string[] = [], parts: Partial<Origin> = {}) => {
    const task = taskRecord(id, origin(parts), new Uint8Array(3));
    tasks.set(id, task);
    if (awaitedBy.length > 0) callers.set(id, awaitedBy.map(callerOf));
    return task;
  };
  const end = (task: TaskRecord, status: "failed" | "cancelled" = "failed") =>
    settling.settle(task, { status, payload: new Uint8Array() }, { wasEnded: false });
  /** The store answers. */
  const arrive = async () => {
    answer();
    for (let turn = 0; turn < 4; turn++) await null;
  };
  /** What was told since it was looked at last, but not what is told at the end of each. */
  const heard = () => said.splice(0).filter((what) => !/ settled$| over$|^change$|queue$/.test(what));
  const world = { tasks, callers, discarded, stopped, resting, totals };
  return { ...world, settling, callerOf, add, end, arrive, said, heard };
}

Deno.test("Settling.settle() stores how a task ended, and tells all that await it, each thing in its turn", () => {
  const { settling, add, callers, totals, said } = setUp();
  const task = add("task", ["a", "b"]);
  moveTask(task, "running");
  settling.settle(task, { status: "succeeded", payload: Uint8Array.of(1) });
  assertEquals(said, [
    "task leaves the queue",
    "task is stored succeeded for 2",
    "task to a",
    "task to b",
    "task settled",
    "task is over",
    "change",
  ]);
  assertEquals([task.state, task.input.length, callers.size, totals], ["succeeded", 0, 0, {
    succeeded: 1,
    failed: 0,
    cancelled: 0,
  }]);
});

Deno.test("Settling.settle() takes out of the queue what stands there, and nothing else", () => {
  const { settling, add, resting, said } = setUp();
  const outcome = { status: "failed", payload: new Uint8Array() } as const;
  resting.add("rests");
  settling.settle(add("rests"), outcome);
  settling.settle(add("ran"), outcome, { isQueued: false });
  settling.settle(add("waits"), outcome);
  assertEquals(said.filter((what) => what.endsWith("queue")), ["waits leaves the queue"]);
});

Deno.test("Settling.settle() ends all below a task that was ended: one that failed was, unless it is said", () => {
  const { settling, add, heard } = setUp();
  const payload = new Uint8Array();
  settling.settle(add("killed"), { status: "failed", payload });
  settling.settle(add("threw"), { status: "failed", payload }, { wasEnded: false });
  assertEquals(heard(), ["all children end", "killed is stored failed for 0", "threw is stored failed for 0"]);
});

Deno.test("Settling.settle() ends a task's stream, and takes it from its parent", () => {
  const { add, end, heard } = setUp();
  const parent = add("parent");
  const child = add("child", [], { parent, profile: profile({ stream: true }) });
  parent.children = new Set([child]);
  end(child);
  assertEquals([heard(), parent.children.size], [["child streams no more", "child is stored failed for 0"], 0]);
});

Deno.test("Settling: a task that was ended by a stop has no outcome, for whoever awaits it", () => {
  const { add, end, stopped, callers, heard } = setUp();
  stopped.add("task");
  end(add("task", ["a"]));
  assertEquals([heard(), callers.size], [["task waits", "task is released"], 0]);
});

Deno.test("Settling keeps no result that nobody wants, unless somebody awaits it", () => {
  const { add, end, discarded, heard } = setUp();
  for (const id of ["unwanted", "awaited", "child"]) discarded.add(id);
  end(add("unwanted"), "cancelled");
  end(add("awaited", ["a"]), "cancelled");
  assertEquals(heard(), ["unwanted is stored as unwanted for 0", "awaited is stored cancelled for 1", "awaited to a"]);
  // There is none that could be taken.
  end(add("child", [], { parent: taskRecord("gone"), bound: true }), "cancelled");
  assertEquals(heard(), ["child is stored as unwanted for 0"]);
});

Deno.test("Settling keeps a result that somebody has come to want while the store wrote that nobody does", async () => {
  const { add, end, discarded, callers, callerOf, arrive, heard } = setUp(true);
  discarded.add("task");
  end(add("task"));
  callers.set("task", [callerOf("a")]);
  assertEquals(heard(), ["task is stored as unwanted for 0"]);
  await arrive();
  assertEquals(heard(), ["task is kept for 0", "one more", "task to a"]);
});

Deno.test("Settling keeps a result for those who await it when the store has it", async () => {
  for (const [before, after, change] of [[["a"], ["a", "b", "c"], "one more"], [["a", "b", "c"], ["c"], "one fewer"]]) {
    const { add, end, callers, callerOf, arrive, heard } = setUp(true);
    const by = after as string[];
    end(add("task", before as string[]));
    callers.set("task", by.map(callerOf));
    assertEquals(heard(), [`task is stored failed for ${before.length}`]);
    await arrive();
    assertEquals(heard(), [change, change, ...by.map((owner) => `task to ${owner}`)]);
  }
});

Deno.test("Settling keeps nothing for a parent that has ended meanwhile, or was submitted anew, where nobody else may want it", async () => {
  const parent = taskRecord("parent");
  const cases: [taken: boolean, parts: Partial<Origin>, parentIs: "there" | "over" | "anew", awaitedBy?: string[]][] = [
    [true, { parent, bound: true }, "anew"],
    [true, { parent, bound: true }, "over"],
    [false, { parent, bound: true }, "there"],
    [false, { parent, bound: true }, "anew", ["a"]],
    [false, { parent, bound: false }, "anew"],
    [false, { bound: true }, "anew"],
  ];
  for (const [taken, parts, parentIs, awaitedBy = []] of cases) {
    const { add, end, arrive, heard } = setUp(true);
    const parent = add("parent");
    const task = add("task", awaitedBy, parts);
    // One that was submitted anew has other children.
    if (parentIs !== "anew") parent.children = new Set([task]);
    end(task);
    heard();
    if (parentIs === "over") moveTask(parent, "cancelled");
    await arrive();
    assertEquals(heard(), [...taken ? ["task is taken"] : [], ...awaitedBy.map(() => "task to a")]);
  }
});

Deno.test("Settling keeps an item that went alone for whoever awaits it, or its map, once for each", () => {
  const { callers, callerOf, end, heard, said } = setUp();
  const block = itemBlock(3);
  const [a, b] = [callerOf("a"), callerOf("b")];
  block.callers = [a, b];
  for (const { outbox } of block.callers) outbox.awaited.add(block.name);
  const task = block.recordOf(1);
  callers.set(task.id, [callerOf("c"), a]);
  end(task);
  assertEquals([said[0], said.slice(-4)], [`${task.id} leaves the queue`, [
    `${task.id} settled`,
    "map tidied",
    `${task.id} is over`,
    "change",
  ]]);
  assertEquals(heard(), [
    `${task.id} has no steps`,
    `${task.id} is kept for 3`,
    `${task.id} to c`,
    `${task.id} to a, who awaits more`,
    `${task.id} to b, who awaits more`,
    "map tidied",
  ]);
  assertEquals([block.unfinished, [...block.settledAlone], task.place, callers.size], [2, [1], null, 0]);
});

Deno.test("Settling: whoever awaits a map waits for nothing more of it when its last item comes", () => {
  const { callerOf, end, heard } = setUp();
  const block = itemBlock(2);
  block.callers = [callerOf("a")];
  for (const { outbox } of block.callers) outbox.awaited.add(block.name);
  for (const row of [0, 1]) end(block.recordOf(row));
  assertEquals(heard().filter((what) => / to a/.test(what)), [
    `${block.idOf(0)} to a, who awaits more`,
    `${block.idOf(1)} to a`,
  ]);
});

Deno.test("Settling keeps no item that nobody wants, and none that was ended by a stop", () => {
  const { callers, callerOf, discarded, stopped, end, heard } = setUp();
  const [block, given] = [itemBlock(4), itemBlock(2)];
  const ids = [0, 1, 2, 3].map((row) => block.idOf(row));
  discarded.add(ids[1]);
  stopped.add(ids[2]).add(ids[3]);
  callers.set(ids[3], [callerOf("a")]);
  for (const row of [0, 1, 2, 3]) end(block.recordOf(row));
  const [first, ...others] = ids.map((id) => [`${id} has no steps`, "map tidied"]);
  assertEquals([heard(), callers.size], [[first[0], `${ids[0]} is kept for 0`, first[1], ...others.flat()], 0]);
  given.isDiscarded = true;
  callers.set(given.idOf(1), [callerOf("a")]);
  for (const row of [0, 1]) end(given.recordOf(row));
  const id = given.idOf(1);
  const told = [
    `${given.idOf(0)} has no steps`,
    "map tidied",
    `${id} has no steps`,
    `${id} is kept for 1`,
    `${id} to a`,
  ];
  assertEquals(heard(), [...told, "map tidied"]);
});
