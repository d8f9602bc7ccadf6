/** What a task changes in a process that it shares does not reach the next one, and costs the process. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { remote, task } from "../../mod.ts";
import { startPair } from "../fixtures/pair.ts";
import { type ChangeName, CHANGES } from "../fixtures/process_state.ts";

const state = remote<typeof import("../fixtures/process_state.ts")>(
  import.meta.resolve("../fixtures/process_state.ts"),
);

const NAMES = Object.keys(CHANGES) as ChangeName[];
const UNDONE = NAMES.filter((name) => "undo" in CHANGES[name]);
const PERMISSIONS = { read: true, env: true, sys: true } as const;

async function startShared() {
  const pair = await startPair({ numWorkers: 1, spares: 0 });
  return { pair, client: pair.client.with({ isolation: "module", permissions: PERMISSIONS }) };
}

Deno.test("D4: what a task changes in its process ends that, and the next task is in another", async (t) => {
  const { pair, client } = await startShared();
  await using _ = pair;
  for (const name of NAMES) {
    await t.step(name, async () => {
      const pid = await client.run(state.change, name);
      assertNotEquals(await client.run(state.look), pid);
    });
  }
  const pid = await client.run(state.look);
  for (let i = 0; i < 3; i++) assertEquals(await client.run(state.look), pid);
});

Deno.test("D4: what a task changes and takes back costs nothing", async (t) => {
  const { pair, client } = await startShared();
  await using _ = pair;
  for (const name of UNDONE) {
    await t.step(name, async () => {
      const pid = await client.run(state.changeAndUndo, name);
      assertEquals(await client.run(state.look), pid);
    });
  }
});

Deno.test("D4: a process without permissions looks at nothing that it may not, and is shared", async (t) => {
  await using pair = await startPair({ numWorkers: 1, spares: 0 });
  const client = pair.client.with({ isolation: "module" });
  const names: ChangeName[] = ["working directory", "new variable", "removed variable", "umask", "variable, by Node"];
  for (const name of names) {
    await t.step(name, async () => {
      const pid = await client.run(state.attempt, name);
      assertEquals(await client.run(state.look), pid);
    });
  }
  await t.step("a variable that alone may be read", async () => {
    const one = client.with({ permissions: { env: ["PROBE_NEW"] } });
    const pid = await one.run(state.change, "new variable");
    assertNotEquals(await one.run(state.look), pid);
    const next = await one.run(state.attempt, "removed variable");
    assertEquals(await one.run(state.look), next);
  });
});

Deno.test("D4: tasks that were given together with one that changes its process run elsewhere, for the first time", async () => {
  const { pair, client } = await startShared();
  await using _ = pair;
  // Quick ones are given many at a time.
  await client.map(state.look, Array.from({ length: 200 }));
  for (const name of ["working directory", "new variable", "permission"] as const) {
    const others = Array.from({ length: 20 }, () => task(state.look));
    const [first, ...handles] = await client.submit([task(state.change, name), ...others]);
    const pid = await first.result();
    for (const { id } of handles) {
      const { data, attempt, isSuccessful } = (await client.queryResult<number>(id, { waitMs: -1 }))!;
      assertEquals([isSuccessful, attempt], [true, 1], name);
      assert(data !== pid, name);
    }
  }
});
