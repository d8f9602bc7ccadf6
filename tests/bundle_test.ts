/** What task processes run: the bundle where there is one of the sources as they are, and the sources else. */

import { assertEquals, assertMatch } from "@std/assert";
import { makeBundle } from "../tools/bundle.ts";
import { CheckoutCopy } from "./helpers/checkout_copy.ts";

/** Prints the main modules of a server's tasks and of a program's own processes, and what tasks of many kinds return. */
const PROGRAM = `
import { Client } from "./client.ts";
import { remote } from "./procedures/mod.ts";
import { Server } from "./server.ts";
import { Worker } from "./workers/mod.ts";

const work = remote(import.meta.resolve("./work.ts"));

await using server = await Server.start({ address: "127.0.0.1:0", authkey: "key", logLevel: "info", logConsole: true });
await using client = await Client.connect({ address: server.address, authkey: "key" });
const worker = await Worker.create({ kind: "process", target: work.mainModule });
await worker.wait();
console.log(JSON.stringify({
  mains: [
    await client.run(work.mainModule),
    await client.run(() => Deno.mainModule),
    worker.result,
  ].map((url) => url.match(/worker_entry\\.ts|process(?:[/]|%2F)\\w+\\.\\w+/)?.[0].replace("%2F", "/") ?? url),
  results: [
    await client.map(work.twice, [1, 2, 3]),
    await client.run(work.sumOfTwice, [1, 2, 3]),
    await client.run(() => globalThis[Symbol.for("palpable.messenger")].run((x) => x * x, 7)),
  ],
}));
`;

/** Imports nothing of this package, so that its tasks share no modules with their processes. */
const WORK = `
export const mainModule = () => Deno.mainModule;
export const twice = (x) => 2 * x;
export async function sumOfTwice(xs) {
  const results = await globalThis[Symbol.for("palpable.messenger")].map((x) => 2 * x, xs);
  return results.reduce((one, other) => one + other);
}
`;

const RESULTS = [[2, 4, 6], 12, 49];
const NOTICE = /The bundle is not that of the sources/;

/** Which main module all the tasks had. */
async function mainModuleIn(copy: CheckoutCopy): Promise<{ main: string; hasNotice: boolean }> {
  const { stdout, stderr } = await copy.run(PROGRAM);
  const [line] = stdout.match(/^\{.*\}$/m) ?? [];
  assertMatch(line ?? "", /mains/, stdout + stderr);
  const { mains, results } = JSON.parse(line!);
  assertEquals(results, RESULTS);
  // One that imports it where the task's project has a configuration, and itself where a function was sent.
  const [ofModule, ofFunction, ofWorker] = mains;
  assertEquals([ofWorker, ofFunction === ofModule || ofFunction === "worker_entry.ts"], [ofModule, true], mains.join());
  return { main: ofModule, hasNotice: NOTICE.test(stdout + stderr) };
}

Deno.test("Task processes run the bundle when it is that of the sources, and the sources when it is not", async (t) => {
  using copy = new CheckoutCopy();
  Deno.writeTextFileSync(new URL("work.ts", copy.root), WORK);
  const fromSources = { main: "process/process_main.ts", hasNotice: false };

  await t.step("none: the sources", async () => assertEquals(await mainModuleIn(copy), fromSources));

  await t.step("made: the bundle", async () => {
    assertEquals(await makeBundle(copy.root), "made");
    assertEquals(await mainModuleIn(copy), { main: "process/bundle.js", hasNotice: false });
  });

  await t.step("a source has changed: the sources, and the server says so", async () => {
    copy.append("core/errors.ts", "// Changed.");
    assertEquals(await mainModuleIn(copy), { ...fromSources, hasNotice: true });
  });

  await t.step("one file of it is gone: the sources", async () => {
    assertEquals(await makeBundle(copy.root), "made");
    copy.remove("process/subtasks_bundle.js");
    assertEquals(await mainModuleIn(copy), { ...fromSources, hasNotice: true });
  });
});
