/** Unique tasks together with dead letters, limits by key and pauses, at whole servers in memory. */
import { assertEquals } from "@std/assert";
import { ask } from "../../core/later.ts";
import type { Unique } from "../../core/unique.ts";
import { runToEnd, runUntil } from "./simulation/run_until.ts";
import { scenarioOf, scriptOf, workOf } from "./simulation/samples.ts";
import type { Scenario, Script, Work } from "./simulation/scenario.ts";
import { World } from "./simulation/world.ts";

const FAILS: Script = { ops: [], end: "fail" };
const LONG = scriptOf({ op: "compute", ms: 1000, isBusy: false });
const ONE = { key: "one", concurrency: 1, perSecond: null, burst: 1 };

const uniqueOf = (parts: Partial<Unique> = {}): Unique => ({
  key: "k",
  during: "unfinished",
  onConflict: "join",
  ...parts,
});

/** What outlives the task that submits it. */
const left = (parts: Partial<Work>) => workOf({ bound: false, await: false, ...parts });

function setUp(parts: Partial<Scenario> = {}) {
  const world = new World(scenarioOf(parts));
  const submit = (what: Partial<Work>) => {
    world.act({ act: "submit", client: 0, what: workOf({ bound: false, ...what }), afterMs: 0 });
    return [...world.clients[0].jobs.keys()].at(-1)!;
  };
  const until = (isSo: () => boolean) => runUntil(world, isSo);
  const settled = () => runToEnd(world);
  /** The client has its result, and the server knows that. */
  const received = async (id: string) => {
    const [client] = world.clients;
    await until(() => client.wanted.length === 0);
    world.dispatcher.acknowledge(client.session.caller, [id]);
  };
  const stateOf = (id: string) => world.dispatcher.find(id)?.state ?? world.store.peek(id)?.status;
  /** How those that were accepted have ended, in that order; null for those that were handed back. */
  const ends = () => [...world.fates.values()].map(({ result }) => result?.status ?? null);
  return { world, submit, until, settled, received, stateOf, ends };
}

Deno.test("a failed task that holds its key for a time is run again at once when somebody says so", async () => {
  const { world, submit, settled, received, stateOf } = setUp();
  const id = submit({ scripts: [FAILS], unique: uniqueOf({ during: 60_000 }) });
  await settled();
  await received(id);
  // Whoever joins it would have its result.
  assertEquals([world.store.isHeld(id), world.store.letterOf(id)?.result.id], [true, id]);
  world.act({ act: "retry", which: 0, afterMs: 0 });
  assertEquals([stateOf(id), world.store.letterOf(id)], ["ready", undefined]);
  await settled();
  assertEquals(world.store.letterOf(id)?.result.attempt, 2);
});

Deno.test("a dead letter that is dropped takes the key along that its task holds for a time", async () => {
  const { world, submit, settled, received, stateOf } = setUp();
  const unique = uniqueOf({ during: 60_000 });
  const id = submit({ scripts: [FAILS], unique });
  await settled();
  await received(id);
  world.act({ act: "discard", which: 0, afterMs: 0 });
  assertEquals([world.store.letterOf(id), world.store.peek(id)], [undefined, undefined]);
  assertEquals(stateOf(submit({ unique })), "ready");
  await settled();
});

Deno.test("a dead letter outlives the time for which its task held its key, also when its client has the failure", async () => {
  const { world, submit, settled, received } = setUp();
  const id = submit({ scripts: [FAILS], unique: uniqueOf({ during: 1000 }) });
  await settled();
  await received(id);
  world.clock.advance(1001);
  assertEquals([world.store.peek(id), world.store.letterOf(id)?.result.id], [undefined, id]);
});

Deno.test("a client that submits a task again of which the dead letter is left gets its failure, and takes no key", async () => {
  const { world, submit, settled, received, stateOf } = setUp();
  const [client] = world.clients;
  const id = submit({ scripts: [FAILS], unique: uniqueOf() });
  await settled();
  await received(id);
  const { submission } = client.jobs.get(id)!;
  assertEquals([world.store.peek(id), world.store.letterOf(id)?.result.id], [undefined, id]);
  assertEquals(await ask((answer) => world.dispatcher.submit(client.session.caller, submission, answer)), 1);
  const next = submit({ unique: uniqueOf({ onConflict: "refuse" }) });
  assertEquals(stateOf(next), "ready");
  // The same while another has the key: it is no conflict.
  const refusing = { ...submission, unique: uniqueOf({ onConflict: "refuse" }) };
  assertEquals(await ask((answer) => world.dispatcher.submit(client.session.caller, refusing, answer)), 1);
  await settled();
});

Deno.test("a subtask that has joined one which a paused server lets go of begins instead of it, so that a drain ends", async () => {
  const { world, submit, settled, until, ends } = setUp();
  // Comes into line when nothing runs any more that it comes from.
  const holder = left({ unique: uniqueOf(), delayMs: 50 });
  const leaves = left({ scripts: [scriptOf({ op: "submit", what: holder })] });
  const joining = workOf({ unique: uniqueOf() });
  const waits = left({
    scripts: [scriptOf({ op: "compute", ms: 10, isBusy: false }, { op: "submit", what: joining }, { op: "join" })],
  });
  submit({ scripts: [scriptOf({ op: "submit", what: leaves }, { op: "submit", what: waits })] });
  await until(() => world.fates.size === 5);
  world.dispatcher.pausing.pause(0);
  await until(() => world.queue.length === 1);
  world.quiet();
  await settled();
  assertEquals(ends().toSorted(), ["succeeded", "succeeded", "succeeded", "succeeded", null].toSorted());
});

Deno.test("a paused server that stops lets go of all that waits for a key, one after the other", async () => {
  const { world, submit, settled, until, ends } = setUp();
  const limited = left({ limit: ONE, delayMs: 50, scripts: [LONG, LONG, LONG] });
  submit({ scripts: [scriptOf({ op: "submit", what: limited })] });
  await until(() => world.fates.size === 4 && world.settled === 1);
  world.dispatcher.pausing.pause(0);
  await until(() => world.queue.length === 1);
  assertEquals(world.dispatcher.limits.tasks, 2);
  world.quiet();
  assertEquals([world.queue.length, world.dispatcher.limits.tasks], [0, 0]);
  await settled();
  assertEquals(ends(), ["succeeded", null, null, null]);
});

Deno.test("a task begins at once whose key was that of one that is over, and that somebody has discarded meanwhile", async () => {
  const { world, submit, until, settled, stateOf } = setUp({ storeMs: 30 });
  const unique = uniqueOf({ during: 60_000 });
  const over = submit({ unique });
  await until(() => world.settled === 1);
  const next = submit({ unique });
  await until(() => world.dispatcher.find(next) !== undefined);
  assertEquals(world.dispatcher.find(next)?.state, "delayed");
  world.store.take(over);
  await until(() => world.dispatcher.find(next)?.state !== "delayed");
  assertEquals([stateOf(next), world.queue.length, world.workers.size], ["ready", 0, 1]);
  await settled();
});

Deno.test("a subtask that is run again ends with what has submitted it, where that runs yet", async () => {
  const { world, submit, settled, until } = setUp({ numWorkers: 2 });
  const fails = left({ scripts: [FAILS] });
  const id = submit({ scripts: [scriptOf({ op: "submit", what: fails }, { op: "compute", ms: 1000, isBusy: false })] });
  await until(() => world.workers.size > 0 && world.fates.size === 2);
  const child = [...world.fates.keys()].find(({ parent }) => parent !== null)!;
  await until(() => world.store.letterOf(child.id) !== undefined);
  world.act({ act: "retry", which: 0, afterMs: 0 });
  world.clients[0].cancel(id, false);
  await settled();
});
