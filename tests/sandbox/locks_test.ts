import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { remote, TaskError } from "../../mod.ts";
import { Bystander } from "../bad_input/bystander.ts";
import { findDenoDir } from "../helpers/hands.ts";
import { snapshot } from "../helpers/snapshot.ts";
import { TempTree } from "../helpers/temp_tree.ts";

// deno-lint-ignore no-explicit-any
const exportsOf = (url: string) => remote<any>(url);

const USES_MS = `import ms from "ms"; export const f = () => ms("2 days");`;
const MS_2_DAYS = 172_800_000;

Deno.test("S7: a lock file that a project names elsewhere is neither written nor read", async () => {
  await using bystander = await Bystander.start();
  for (const lock of ["../victim/a.lock", { path: "../victim/a.lock" }, { path: "../victim/a.lock", frozen: true }]) {
    await using tree = new TempTree({
      "project/deno.json": JSON.stringify({ imports: { ms: "npm:ms@2.1.3" }, lock }),
      "project/f.ts": USES_MS,
      "victim": null,
    });
    const run = () => bystander.client.run(exportsOf(tree.url("project/f.ts")).f);
    if (typeof lock === "object" && lock.frozen) assertInstanceOf(await run().catch((error) => error), TaskError);
    else assertEquals(await run(), MS_2_DAYS);
    assertEquals(await snapshot(tree.path("victim")), []);
    tree.write("victim/a.lock", "what stands here is no lock file");
    const before = await snapshot(tree.root);
    tree.write("project/g.ts", USES_MS);
    await bystander.client.run(exportsOf(tree.url("project/g.ts")).f).catch(() => {});
    await Deno.remove(tree.path("project/g.ts"));
    assertEquals(await Deno.readTextFile(tree.path("victim/a.lock")), "what stands here is no lock file");
    assertEquals((await snapshot(tree.path("victim"))).length, 1);
    assertEquals((await snapshot(tree.root)).length, before.length);
  }
});

Deno.test("S8: nothing is ever written into a project, whatever it imports and asks for", async () => {
  await using bystander = await Bystander.start();
  const configurations: Record<string, unknown>[] = [
    { imports: { ms: "npm:ms@2.1.3" } },
    { imports: { ms: "npm:ms@2.1.3" }, vendor: true, nodeModulesDir: "auto", allowScripts: true },
    { imports: { ms: "npm:ms@2.1.3" }, lock: true },
    { imports: { ms: "npm:ms@2.1.3" }, lock: { path: "own.lock" } },
  ];
  for (const configuration of configurations) {
    await using tree = new TempTree({ "deno.json": JSON.stringify(configuration), "src/f.ts": USES_MS });
    const before = await snapshot(tree.root);
    assertEquals(await bystander.client.run(exportsOf(tree.url("src/f.ts")).f), MS_2_DAYS);
    assertEquals(await snapshot(tree.root), before, JSON.stringify(configuration));
  }
  await using tree = new TempTree({ "package.json": `{ "dependencies": { "ms": "2.1.3" } }`, "f.ts": USES_MS });
  const before = await snapshot(tree.root);
  assertEquals(await bystander.client.run(exportsOf(tree.url("f.ts")).f), MS_2_DAYS);
  assertEquals(await snapshot(tree.root), before);
});

Deno.test("S8: what a project has locked is what runs, and a change of its lock file is seen", async () => {
  await using bystander = await Bystander.start();
  const lockOf = (version: string, integrity: string, specifier = "npm:ms@2") =>
    JSON.stringify({
      version: "5",
      specifiers: { [specifier]: version },
      npm: { [`ms@${version}`]: { integrity } },
      workspace: { dependencies: [specifier] },
    });
  const older = lockOf(
    "2.1.2",
    "sha512-sGkPx+VjMtmA6MX27oA4FBFELFCZZ4S4XqeGOXCv68tT+jb3vk/RyaKWP0PTKyWtmLSM0b+adUTEvbs1PEaH2w==",
  );
  const newer = lockOf(
    "2.1.3",
    "sha512-6FlzubTLZG3J2a/NVCAleEhjzq5oxgHyaCU9yYXvcLsvoVaHJq/s5xXI6/XXP6tz7R9xAOtHnSO/tXtF3WRTlA==",
  );
  const version = `import data from "ms/package.json" with { type: "json" }; export const f = () => data.version;`;
  const configurations: Record<string, string>[] = [
    { "deno.json": `{ "imports": { "ms": "npm:ms@2", "ms/": "npm:/ms@2/" } }` },
    { "package.json": `{ "dependencies": { "ms": "2" } }` },
  ];
  for (const files of configurations) {
    await using tree = new TempTree({ ...files, "deno.lock": older, "f.ts": version });
    const run = () => bystander.client.run(exportsOf(tree.url("f.ts")).f);
    assertEquals(await run(), "2.1.2");
    tree.write("deno.lock", newer);
    await Deno.utime(tree.path("deno.lock"), 1000, 1000);
    await using fresh = await Bystander.start();
    assertEquals(await fresh.client.run(exportsOf(tree.url("f.ts")).f), "2.1.3");
  }
});

Deno.test("S8: modules of one project that are first run at the same time do not lose each other's locked packages", async () => {
  await using bystander = await Bystander.start({ numWorkers: 4 });
  await using tree = new TempTree({
    "deno.json": "{}",
    "a.ts": `import ms from "npm:ms@2.1.3"; export const f = () => typeof ms;`,
    "b.ts": `import ms from "npm:ms@2.1.2"; export const f = () => typeof ms;`,
    "c.ts": `import * as fc from "npm:fast-check@4"; export const f = () => typeof fc;`,
  });
  const results = await Promise.all(
    ["a.ts", "b.ts", "c.ts"].map((name) => bystander.client.run(exportsOf(tree.url(name)).f)),
  );
  assertEquals(results, ["function", "function", "object"]);
  assertEquals((await snapshot(tree.root)).length, 4);
});

Deno.test("S8: the server's own lock files lie in a folder of its user beside the cache", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using bystander = await Bystander.start();
  await using tree = new TempTree({ "deno.json": `{ "imports": { "ms": "npm:ms@2.1.3" } }`, "f.ts": USES_MS });
  await bystander.client.run(exportsOf(tree.url("f.ts")).f);
  const { mode } = await Deno.stat(`${await findDenoDir()}/palpable/locks`);
  assert(((mode ?? 0) & 0o077) === 0, mode?.toString(8));
});

/** Runs `deno` as a user who owns nothing; null where that cannot be done. */
async function asNobody(
  args: string[],
  env: Record<string, string> = {},
  deno = Deno.execPath(),
): Promise<Deno.CommandOutput | null> {
  const nobody = ["--reuid=65534", "--regid=65534", "--clear-groups"];
  const command = new Deno.Command("/usr/bin/setpriv", {
    args: [...nobody, deno, ...args],
    env: { ...env, NO_COLOR: "1", HOME: "/nonexistent" },
    cwd: "/",
  });
  return await command.output().catch(() => null);
}

const GRAPH_OF = new URL("../fixtures/graph_of.ts", import.meta.url).pathname;

/** Only root may become another, and that one must be able to read Deno and this package. */
const canBeAnother = Deno.build.os === "linux" && Deno.uid() === 0 &&
  (await asNobody(["check", "--no-config", "--no-lock", GRAPH_OF], { DENO_DIR: "/nonexistent" }))?.success === true;

Deno.test("S8: a project of another user, where the server's user may not write, is loaded", {
  ignore: !canBeAnother,
}, async () => {
  await using tree = new TempTree({
    "project/deno.json": `{ "imports": { "ms": "npm:ms@2.1.3" } }`,
    "project/f.ts": USES_MS,
    "cache/npm/registry.npmjs.org": null,
  });
  // What the user has fetched before, or would fetch.
  const packages = `${await findDenoDir()}/npm/registry.npmjs.org/ms`;
  await new Deno.Command("cp", { args: ["-r", packages, tree.path("cache/npm/registry.npmjs.org/ms")] }).output();
  await new Deno.Command("chown", { args: ["-R", "65534:65534", tree.path("cache")] }).output();
  await new Deno.Command("chmod", { args: ["-R", "a+rX", tree.root] }).output();
  const args = ["run", "-A", "--quiet", "--no-config", "--no-lock", GRAPH_OF, tree.url("project/f.ts")];
  // What it starts itself has to be the user's to run as well: where npx has it, it is root's alone.
  await Deno.copyFile(Deno.execPath(), tree.path("deno"));
  const output = await asNobody(args, { DENO_DIR: tree.path("cache") }, tree.path("deno"));
  const [stdout, stderr] = [output!.stdout, output!.stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert(output!.success, stderr);
  const { usesNpm, lock } = JSON.parse(stdout);
  assertEquals([usesNpm, lock[1]], [true, "--frozen"]);
  assert(lock[0].startsWith(`--lock=${tree.path("cache/palpable/locks/")}`), lock[0]);
});
