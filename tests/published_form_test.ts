/**
 * The package as its users have it: from JSR, in a project elsewhere that has names of its own for what it imports.
 * Once by the `links` field of Deno, and once from a registry, where the package itself has no files on this machine.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { makeBundle } from "../tools/bundle.ts";
import { findDenoDir } from "./helpers/hands.ts";
import { FakeRegistry } from "./fixtures/fake_registry.ts";
import { Home, ROOT } from "./helpers/program.ts";

const CONFIG = JSON.parse(Deno.readTextFileSync(new URL("deno.json", ROOT)));
const LINKED: string[] = CONFIG.links;

const WORK = `
import { currentMessenger, MapFunction, type Messenger, Procedure, remote, RunFunction } from "@palpable/palpable";
import { double } from "#/double.ts";

const self = remote<typeof import("./work.ts")>(import.meta.url);

export const twice = (x: number): number => double(x);

export async function nested(x: number): Promise<number> {
  return await currentMessenger().run(self.twice, x) * 10;
}

/** The package's own class is what the subtask names. */
export async function nestedProcedures(xs: number[]): Promise<unknown> {
  const messenger = currentMessenger();
  const mapped = await messenger.runProcedure(new MapFunction(self.twice, xs));
  const run = await messenger.runProcedure(new RunFunction(self.twice, 8));
  return [mapped.data, run.data];
}

export class Half extends Procedure<number> {
  static override module = import.meta.url;
  constructor(readonly x: number) {
    super();
  }
  override async run(messenger: Messenger): Promise<number> {
    return await messenger.run(self.twice, this.x) / 4;
  }
}
`;

const MAIN = `
import { Client, MapFunction, remote } from "jsr:@palpable/palpable@^${CONFIG.version}";
import { Server } from "jsr:@palpable/palpable@^${CONFIG.version}/server";
import { Half } from "./work.ts";

const work = remote<typeof import("./work.ts")>(import.meta.resolve("./work.ts"));
const packageUrl = import.meta.resolve("@palpable/palpable");

async function canImport(url: string): Promise<string> {
  return await import(url).then(() => "imported", (error) => error.message);
}

for (const moduleImports of ["cached", "local"] as const) {
  await using server = await Server.start({ address: "127.0.0.1:0", authkey: "key", logLevel: "none", moduleImports });
  await using client = await Client.connect({ address: server.address, authkey: "key" });
  console.log(JSON.stringify([
    await client.run(work.twice, 5),
    await client.map(work.twice, [1, 2, 3]),
    await client.run(work.nested, 5),
    (await client.runProcedure(new Half(8))).data,
    (await client.runProcedure(new MapFunction(work.twice, [4, 5]))).data,
    await client.run(work.nestedProcedures, [6, 7]),
    await client.run((x: number) => x + 1, 5),
    await client.run(() => (globalThis as any)[Symbol.for("palpable.messenger")].run((x: number) => x * x, 7)),
  ]));
  console.log(await client.run(canImport, packageUrl));
}
`;

const DEFINED = `
import { defineTask } from "@palpable/palpable/dispatchers";
import { double } from "#/double.ts";

export const twice = defineTask({ module: import.meta.url, name: "twice" }, (x: number): number => double(x));
`;

const DISPATCH = `
import { InlineDispatcher, ProcessDispatcher, ThreadDispatcher } from "jsr:@palpable/palpable@^${CONFIG.version}/dispatchers";
import { twice } from "./defined.ts";

for (const Dispatcher of [ProcessDispatcher, ThreadDispatcher, InlineDispatcher]) {
  await using dispatcher = new Dispatcher();
  console.log(JSON.stringify(await Array.fromAsync(dispatcher.execute([1, 2].map((x) => twice(x)), { ordered: true }))));
}
`;

const RESULTS = JSON.stringify([10, [2, 4, 6], 100, 4, [8, 10], [[12, 14], 16], 6, 49]);

/** Gives the project's folder. */
async function makeProject(home: Home, links?: string[]): Promise<string> {
  const imports = { "@palpable/palpable": `jsr:@palpable/palpable@^${CONFIG.version}`, "#/": "./lib/" };
  await home.write("project/deno.json", JSON.stringify({ imports, links }));
  await home.write("project/lib/double.ts", "export const double = (x: number): number => x * 2;");
  await home.write("project/work.ts", WORK);
  await home.write("project/main.ts", MAIN);
  await home.write("project/defined.ts", DEFINED);
  await home.write("project/dispatch.ts", DISPATCH);
  return `${home.folder}/project`;
}

/** Every dispatcher finds what it starts: a server, threads. */
async function requireDispatchers(home: Home, where: { cwd: string; env?: Record<string, string> }): Promise<void> {
  const { stdout, stderr } = await home.deno(["run", "-A", "--quiet", "dispatch.ts"], where);
  assertEquals(stdout, "[2,4]\n".repeat(3), stderr);
}

Deno.test("The package works in a project elsewhere that links to it", async () => {
  await using home = await Home.make();
  const cwd = await makeProject(home, ["./", ...LINKED].map((link) => new URL(link, ROOT).pathname.replace(/\/$/, "")));
  const checked = await home.deno(["check", "--quiet", "main.ts", "dispatch.ts"], { cwd });
  assertEquals(checked.code, 0, checked.stderr);
  const { code, stdout, stderr } = await home.deno(["run", "-A", "main.ts"], { cwd });
  assertEquals(code, 0, stderr);
  const [cached, first, local, second, ...rest] = stdout.split("\n");
  assertEquals([cached, local, rest], [RESULTS, RESULTS, [""]], stderr);
  for (const refusal of [first, second]) assertStringIncludes(refusal, "Requires read access to");
  await requireDispatchers(home, { cwd });
});

Deno.test("The package works from a registry: tasks run from the cache, and only those that need it import it", async () => {
  // What is published has one, and a server takes it for that of its sources.
  await makeBundle();
  await using home = await Home.make();
  await using registry = new FakeRegistry(["./", ...LINKED].map((link) => new URL(`${link}/`, ROOT)));
  const cwd = await makeProject(home);
  // A cache without anything from JSR; npm packages are those of the checkout.
  const env = { JSR_URL: registry.url, DENO_DIR: `${home.folder}/cache` };
  await Deno.mkdir(env.DENO_DIR);
  await Deno.symlink(`${await findDenoDir()}/npm`, `${env.DENO_DIR}/npm`);

  const { code, stdout, stderr } = await home.deno(["run", "-A", "--quiet", "main.ts"], { cwd, env });
  assertEquals(code, 0, stderr);
  const [cached, first, local, second, ...rest] = stdout.split("\n");
  assertEquals([cached, local, rest], [RESULTS, RESULTS, [""]], stderr);
  for (const refusal of [first, second]) assertStringIncludes(refusal, "Requires import access to");
  await requireDispatchers(home, { cwd, env });
  for (const file of ["worker_entry.ts", "process/bundle.js", "process/subtasks_bundle.js"]) {
    assert(registry.requests.includes(`/@palpable/palpable/${CONFIG.version}/${file}`), file);
  }

  // The command, from the same package: help, and a start that reaches the server's own checks.
  const command = ["run", "-A", "--quiet", "--cached-only", `jsr:@palpable/palpable@^${CONFIG.version}/server`];
  const help = await home.deno([...command, "--help"], { cwd, env });
  assertStringIncludes(help.stdout, "Usage: deno run -A jsr:@palpable/palpable/server [serve] [flags]", help.stderr);
  const refused = await home.deno([...command, "--address=0.0.0.0:0"], { cwd, env });
  assertEquals([refused.code, refused.stdout], [1, ""], refused.stderr);
  assertStringIncludes(refused.stderr, "Cannot listen on 0.0.0.0:0");
});
