import { assertEquals } from "@std/assert";
import { runToEnd, runUntil } from "./simulation/run_until.ts";
import { scenarioOf, scriptOf, workOf } from "./simulation/samples.ts";
import type { Work } from "./simulation/scenario.ts";
import { World } from "./simulation/world.ts";

const LONG = scriptOf({ op: "compute", ms: 1000, isBusy: false });

const QUICK = Array(5).fill(scriptOf({ op: "compute", ms: 0.1, isBusy: true }));

/** A server with one worker, to which these were submitted. */
function setUp(...works: Partial<Work>[]) {
  return setUpStoring(0, ...works);
}

/** The same, with a store that takes so long. */
function setUpStoring(storeMs: number, ...works: Partial<Work>[]) {
  const world = new World(scenarioOf({ maxDepth: 1, storeMs }));
  for (const what of works) world.act({ act: "submit", client: 0, what: workOf(what), afterMs: 0 });
  const states = () => [...world.fates.keys()].map(({ state }) => state);
  const ids = [...world.fates.keys()].map(({ id }) => id);
  const until = (isSo: () => boolean) => runUntil(world, isSo);
  const settle = () => runToEnd(world);
  return { world, ids, states, until, settle };
}

Deno.test("Dispatcher.terminate() ends a worker that waits at once, and nothing else", async () => {
  const { world, ids, states, settle } = setUp({ scripts: [LONG] }, { kind: "worker", scripts: [LONG] });
  world.terminatedIds.add(ids[1]);
  assertEquals([ids[0], "unknown", ids[1]].map((id) => world.dispatcher.terminate(id, "abort")), [false, false, true]);
  assertEquals(states(), ["ready", "failed"]);
  await settle();
});

Deno.test("Dispatcher.cancel() says how many of the tasks were not final", async () => {
  const { world, ids, states, settle } = setUp({ scripts: [LONG, LONG, LONG] });
  for (const id of ids) world.cancelledIds.add(id);
  assertEquals(world.dispatcher.cancel([ids[2], ids[1], "unknown"], false), 2);
  assertEquals(world.dispatcher.cancel([ids[2]], true), 0);
  assertEquals(states(), ["ready", "cancelled", "cancelled"]);
  assertEquals([world.store.peek(ids[1])?.status, world.store.peek(ids[2])], ["cancelled", undefined]);
  await settle();
});

Deno.test("Dispatcher.terminate() ends the process of a worker that runs", async () => {
  const { world, ids, states, until, settle } = setUp({ kind: "worker", scripts: [LONG] });
  await until(() => states()[0] === "running");
  world.terminatedIds.add(ids[0]);
  assertEquals(world.dispatcher.terminate(ids[0], "SIGTERM"), true);
  await settle();
  assertEquals(states(), ["failed"]);
});

Deno.test("Dispatcher.cancel() ends a task at once that is there, and on its way again", async () => {
  const { world, states, until, settle } = setUpStoring(10, { scripts: [LONG, LONG] });
  const [client] = world.clients;
  await until(() => states().includes("running"));
  client.leave("lost", 1);
  await until(() => !client.isAway);
  const [, id] = [...client.jobs.keys()];
  client.jobs.get(id)!.isCancelled = true;
  world.cancelledIds.add(id);
  assertEquals([world.isStoring(id), world.dispatcher.cancel([id], false)], [true, 1]);
  assertEquals(states(), ["running", "cancelled"]);
  await settle();
});

Deno.test("Dispatcher.cancel() with discard: nobody reads what is left of a stream that is over", async () => {
  const { world, ids, settle } = setUp({ kind: "stream" });
  await settle();
  const discarded: string[] = [];
  world.streams.discard = (id) => void discarded.push(id);
  world.dispatcher.cancel(ids, false);
  assertEquals(discarded, []);
  world.dispatcher.cancel(ids, true);
  assertEquals(discarded, ids);
});

Deno.test("Dispatcher: a task goes on whose client has said bye while another awaits it", async () => {
  const { world, states, settle } = setUp({ scripts: [LONG] });
  world.act({ act: "await", client: 1, which: 0, afterMs: 0 });
  world.clients[0].leave("bye", 1);
  await settle();
  assertEquals(states(), ["succeeded"]);
});

Deno.test("Dispatcher: what arrives in the store after its client has said bye is cancelled at once", async () => {
  const { world, states, until, settle } = setUpStoring(10, { scripts: [LONG] });
  world.clients[0].leave("bye", 2000);
  await until(() => world.fates.size > 0);
  await settle();
  assertEquals(states(), ["cancelled"]);
});

Deno.test("Dispatcher: a server that stops hands back what its client awaits over another connection", async () => {
  const { world, until } = setUp({ scripts: [LONG, LONG] });
  const [client] = world.clients;
  client.leave("lost", 1);
  await until(() => !client.isAway);
  world.quiet();
  const { handedBack, lost } = world.dispatcher.totals;
  assertEquals([handedBack, lost, world.violations], [1, 0, []]);
});

Deno.test("Dispatcher: a server that stops hands back what stands on a worker behind a long task", async () => {
  const { world, ids, until } = setUp({ isolation: "module", scripts: [...QUICK, LONG, ...QUICK, ...QUICK] });
  const [worker] = world.workers;
  await until(() => worker.waiting > 0 && worker.current!.task.id === ids[5] && worker.current!.startedAt > 0);
  const { waiting } = worker;
  world.quiet();
  const { totals } = world.dispatcher;
  const handedBack = totals.handedBack;
  await until(() => worker.waiting === 0);
  assertEquals([totals.handedBack, worker.current?.task.state], [handedBack + waiting, "running"]);
});

Deno.test("Dispatcher.acknowledge() tells a server that stops when all results were fetched", async () => {
  const { world, until, settle } = setUp({});
  await settle();
  let isFetched = false;
  world.dispatcher.stopping.whenFetched(() => isFetched = true);
  assertEquals([world.store.kept, isFetched], [1, false]);
  await until(() => world.store.kept === 0);
  assertEquals(isFetched, true);
});
