import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { remote, TaskError } from "../../mod.ts";
import { encode } from "../../wire/codec.ts";
import { uuidv7 } from "../../core/uuid.ts";
import { Bystander } from "../bad_input/bystander.ts";
import type { Attempt } from "../fixtures/sandbox_probes.ts";

const probes = remote<typeof import("../fixtures/sandbox_probes.ts")>(
  import.meta.resolve("../fixtures/sandbox_probes.ts"),
);
const bad = remote<typeof import("../fixtures/bad_tasks.ts")>(import.meta.resolve("../fixtures/bad_tasks.ts"));

/** What a task finds when it knows another's id: nothing, as if the task were not there. */
function assertMeddlingWasInVain(results: Record<string, Attempt>, id: string): void {
  const { query, queryAmongOwn, take, cancel, unawait, ...refused } = results;
  assertEquals(query, { allowed: null });
  assertEquals(queryAmongOwn, { allowed: [null, null] });
  assertEquals(take, { allowed: null });
  assertEquals(cancel, { allowed: 0 });
  assertEquals(refused.await, { allowed: [id] });
  assertEquals(unawait, { allowed: null });
  // It is told of an end, and of nothing before it: tests/output/dispatchers_test.ts.
  for (const name of ["subscribe", "progress"]) assertEquals(refused[name], { allowed: null });
  for (const name of ["subscribeAll", "status", "quit"]) {
    const attempt = refused[name];
    assert("refused" in attempt, `${name} was allowed: ${Deno.inspect(attempt)}`);
    assertStringIncludes(attempt.message, name === "status" || name === "quit" ? "from within a task" : "it submitted");
  }
}

Deno.test("A task sees nothing of a finished task that is not its own, and cannot take its result", async () => {
  // One slot: the first has ended when the second has.
  await using bystander = await Bystander.start({ numWorkers: 1 });
  const secret = await bystander.client.submit(() => "secret");
  const other = await bystander.client.submit(() => "another");
  await other.result();
  const [known] = await bystander.client.queryResults([secret.id], { peek: true });
  assertEquals(known?.status, "succeeded");
  assertMeddlingWasInVain(await bystander.client.run(probes.meddle, secret.id), secret.id);
  assertEquals(await secret.result(), "secret");
  await bystander.assertGoesOn();
});

Deno.test("A task sees nothing of a running task that is not its own, and cannot end it", async () => {
  await using bystander = await Bystander.start();
  const running = await bystander.client.submit(bad.hang);
  assertMeddlingWasInVain(await bystander.client.run(probes.meddle, running.id), running.id);
  assertEquals((await bystander.client.queryResult(running.id))!.isSuccessful, null);
  await running.cancel();
  assertInstanceOf(await running.result().catch((error) => error), TaskError);
  await bystander.assertGoesOn();
});

Deno.test("A task is not handed the result of a task that is not its own by submitting it again", async () => {
  await using bystander = await Bystander.start();
  const id = uuidv7();
  const source = "(() => 'secret')";
  const peer = await bystander.openPeer();
  const profile = {
    target: ["source", source, "secret"],
    permissions: null,
    timeoutMs: null,
    memoryMb: null,
    isolation: null,
    priority: 0,
    name: null,
  };
  const input = encode([]);
  const rest = { await: false, bound: false, followup: false, waitForRoom: true };
  await peer.call("submit", { profile, tasks: [[id, input]], ...rest });
  const attempt = await bystander.client.run(probes.submitAs, id, source, input);
  assert("refused" in attempt, `It was handed ${Deno.inspect(attempt)}`);
  assertStringIncludes(attempt.message, "another task has this id");
  // Nothing of it was taken.
  assertEquals(await bystander.client.queryResult(id).then((result) => result !== null), true);
  await peer.close();
  await bystander.assertGoesOn();
});

Deno.test("A task sees its own subtasks, and theirs, and not its parent", async () => {
  await using bystander = await Bystander.start({ numWorkers: 3 });
  const seen = await bystander.client.run(probes.lookAround);
  assertEquals(seen, { grandchild: "from below", parentFromChild: null });
});

Deno.test("A task's client and messenger refuse to see and stop the server", async () => {
  await using bystander = await Bystander.start();
  const { status, quit } = await bystander.client.run(probes.meddle, uuidv7());
  for (const attempt of [status, quit]) assert("refused" in attempt && /from within a task/.test(attempt.message));
  assertEquals(bystander.server.status().state, "running");
  await bystander.assertGoesOn();
});

Deno.test("A task that may run programs cannot be told from the server by its process group", async () => {
  await using bystander = await Bystander.start();
  // Ends the group of the task, as `kill 0` does: it must not be the server's.
  const client = bystander.client.with({ permissions: { run: ["sh"] } });
  const outcome = await client.run(() => {
    new Deno.Command("sh", { args: ["-c", "kill -9 0"] }).outputSync();
  }).catch((error) => error);
  assertInstanceOf(outcome, TaskError);
  assertEquals(outcome.code, "TASK_CRASHED");
  await bystander.assertGoesOn();
});
