/** Processes that are shared by tasks whose modules load packages, or parts of the runtime, at once or in a call. */
import { assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { remote } from "../../mod.ts";
import { startPair } from "../fixtures/pair.ts";
import { TempTree } from "../helpers/temp_tree.ts";

/** Modules whose tasks leave nothing behind. */
const CLEAN = {
  "an npm package in CommonJS": 'import ms from "npm:ms@2.1.3"; export const f = () => [Deno.pid, ms("1m")];',
  "node:module":
    'import { createRequire } from "node:module"; export const f = () => [Deno.pid, typeof createRequire];',
  "node:worker_threads": 'import w from "node:worker_threads"; export const f = () => [Deno.pid, typeof w.Worker];',
  "an npm package, in the call":
    'export const f = async () => [Deno.pid, (await import("npm:ms@2.1.3")).default("1m")];',
  "node:worker_threads, in the call":
    'export const f = async () => [Deno.pid, typeof await import("node:worker_threads")];',
  "a first require(), in the call": `import { createRequire } from "node:module";
    export const f = () => [Deno.pid, typeof createRequire(import.meta.url)("node:worker_threads").Worker];`,
  "Node's process, in the call": "export const f = () => [Deno.pid, typeof globalThis.process.version];",
  "parts of the web platform, in the call":
    "export const f = async () => [Deno.pid, await new Response('x').text(), String(new URLPattern())];",
  "what is left as it loads": `globalThis.left = 1; setInterval(() => {}, 1e6); addEventListener("error", () => {});
    Array.prototype.last = function () { return this.at(-1); }; console.shout = console.log; Deno.env.get;
    export const f = () => [Deno.pid, [1, 2].last()];`,
};

/** Others that load the same, and leave something, which the log names. */
const UNCLEAN: Record<string, [text: string, says: string]> = {
  "a global, beside a package": [
    'import ms from "npm:ms@2.1.3"; export const f = () => [Deno.pid, globalThis.left = ms(String(Math.random()))];',
    "a changed global (left)",
  ],
  "a message channel of its own": [
    `import "node:worker_threads";
    export const f = () => { globalThis.MessageChannel = class extends MessageChannel {}; return [Deno.pid]; };`,
    "a changed global (MessageChannel)",
  ],
  "another timer than those of its module": [
    "setInterval(() => {}, 1e6); export const f = () => { setInterval(() => {}, 1e6); return [Deno.pid]; };",
    "a timer that has not fired",
  ],
};

/** The processes of so many tasks, one after the other, and what the server's log says above "info". */
async function pidsOf(text: string, count: number): Promise<{ pids: number[]; warnings: string[] }> {
  await using tree = new TempTree({ "deno.json": "{}", "m.js": text, "logs": null });
  const pids: number[] = [];
  {
    await using pair = await startPair({
      numWorkers: 1,
      spares: 0,
      logLevel: "warning",
      logConsole: false,
      logFolder: tree.path("logs"),
    });
    const client = pair.client.with({ isolation: "module" });
    const { f } = remote<{ f(): [pid: number] }>(tree.url("m.js"));
    for (let i = 0; i < count; i++) pids.push((await client.run(f))[0]);
  }
  const names = Array.from(Deno.readDirSync(tree.path("logs")), ({ name }) => name);
  return { pids, warnings: names.map((name) => Deno.readTextFileSync(tree.path(`logs/${name}`))) };
}

for (const [name, text] of Object.entries(CLEAN)) {
  Deno.test(`D3: a process is shared by tasks that load ${name}`, async () => {
    const { pids, warnings } = await pidsOf(text, 5);
    assertEquals(new Set(pids).size, 1, warnings.join());
    assertEquals(warnings, []);
  });
}

for (const [name, [text, says]] of Object.entries(UNCLEAN)) {
  Deno.test(`D3: a process is replaced after a task that leaves ${name}`, async () => {
    const { pids: [first, second], warnings } = await pidsOf(text, 2);
    assertNotEquals(first, second);
    assertStringIncludes(warnings.join(), says);
  });
}
