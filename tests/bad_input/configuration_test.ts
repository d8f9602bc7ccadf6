import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes } from "@std/assert";
import { remote, TaskError } from "../../mod.ts";
import { config, newGraphs, newHelpers } from "../helpers/hands.ts";
import { TempTree } from "../helpers/temp_tree.ts";
import { copyProbes, withProject } from "../sandbox/project.ts";
import { Bystander } from "./bystander.ts";

const ignore = Deno.build.os !== "linux";

/** What stands where a configuration file belongs, and what of it the message says. */
const KINDS: Record<string, [make: (path: string) => Promise<unknown>, why: string]> = {
  pipe: [(path) => new Deno.Command("mkfifo", { args: [path] }).output(), "it is a pipe"],
  device: [(path) => Deno.symlink("/dev/zero", path), "it is a device"],
  folder: [(path) => Deno.mkdir(path), "it is a folder"],
  ring: [(path) => Deno.symlink(path, path), "it is a link to itself"],
  large: [(path) => Deno.writeTextFile(path, `{ "a": "${"a".repeat(9 * 2 ** 20)}" }`), "it has 9437"],
  sparse: [async (path) => {
    await Deno.writeTextFile(path, "");
    await Deno.truncate(path, 3 * 2 ** 30);
  }, "it has 3221225472 bytes"],
  bytes: [(path) => Deno.writeFile(path, new Uint8Array([0x7b, 0xff, 0xfe, 0x7d])), "it is not UTF-8"],
};

/** Runs a module whose configuration cannot be used; gives why, with the time that there was for it. */
async function refusalOf(bystander: Bystander, url: string): Promise<TaskError> {
  // deno-lint-ignore no-explicit-any
  const error = await bystander.client.run(remote<any>(url).f).catch((error) => error);
  assertInstanceOf(error, TaskError, `It ran: ${Deno.inspect(error)}`);
  assertEquals(error.code, "MODULE_LOAD_FAILED", error.message);
  return error;
}

for (
  const file of [
    "package.json",
    "deno.json",
    "deno.jsonc",
    ".npmrc",
    "deno.lock",
    "../deno.json",
    "../.npmrc",
    "../package.json",
  ]
) {
  Deno.test(
    `S9: a ${file} that is no small regular file is refused by name, and nobody waits`,
    { ignore },
    async () => {
      await using bystander = await Bystander.start();
      for (const [kind, [make, why]] of Object.entries(KINDS)) {
        await using tree = new TempTree({ "home/project/f.ts": "export const f = () => 1;" });
        const isMarker = /json/.test(file) && !file.startsWith("..");
        if (!isMarker) tree.write("home/project/deno.json", "{}");
        if (file === "../.npmrc") tree.write("home/deno.json", `{ "workspace": ["./project"] }`);
        const path = `${tree.path("home")}/${file.startsWith("..") ? file.slice(3) : `project/${file}`}`;
        await make(path);
        const error = await refusalOf(bystander, tree.url("home/project/f.ts"));
        assertStringIncludes(error.message, `Cannot use ${path}: ${why}`, kind);
        assertStringIncludes(error.message, "it must be a regular file of at most");
        await bystander.assertGoesOn();
      }
    },
  );
}

Deno.test("S9: a 2 MiB deno.json is refused, one of 1 MiB is not", async () => {
  await using bystander = await Bystander.start();
  await using tree = new TempTree({ "f.ts": "export const f = () => 1;" });
  for (const [bytes, isTaken] of [[2 ** 20, true], [2 ** 20 + 1, false], [2 ** 21, false]] as const) {
    const text = `{ "x": "" }`;
    tree.write("deno.json", text.replace('""', `"${"x".repeat(bytes - text.length)}"`));
    await Deno.utime(tree.path("deno.json"), bytes, bytes);
    await using other = await Bystander.start();
    // deno-lint-ignore no-explicit-any
    if (isTaken) assertEquals(await other.client.run(remote<any>(tree.url("f.ts")).f), 1);
    else assertStringIncludes((await refusalOf(other, tree.url("f.ts"))).message, `it has ${bytes} bytes`);
  }
  await bystander.assertGoesOn();
});

Deno.test("S9: a task that names a module of a project with such a file holds nobody up", { ignore }, async () => {
  await using bystander = await Bystander.start();
  await withProject({ "deno.json": {}, "other/f.ts": "export const f = () => 1;" }, async (project) => {
    const probes = await copyProbes(project);
    await new Deno.Command("mkfifo", { args: [`${project.root}/other/package.json`] }).output();
    const attempt = await bystander.client.run(probes.runRemotely, project.url("other/f.ts"), "f");
    assertStringIncludes(Deno.inspect(attempt), "it is a pipe");
  });
  await bystander.assertGoesOn();
});

Deno.test("S9: a configuration that becomes something else between the look and its use ends nothing but that look", {
  ignore,
}, async () => {
  const others: [kind: string, becomes: (path: string) => Promise<unknown>, ends: boolean][] = [
    ["device", KINDS.device[0], true],
    ["folder", KINDS.folder[0], true],
    ["ring", KINDS.ring[0], true],
    // Deno waits for whoever writes: until nobody waits for Deno any more.
    ["pipe", KINDS.pipe[0], false],
  ];
  for (const [kind, becomes, ends] of others) {
    await using tree = new TempTree({ "deno.json": "{}", "f.ts": "export const f = () => 1;" });
    const path = tree.path("deno.json");
    const changed = Promise.withResolvers<void>();
    class Changing {
      has = config.has.bind(config);
      hasNpmrc = config.hasNpmrc.bind(config);
      async read(file: string, maxBytes?: number): Promise<string | null> {
        const text = await config.read(file, maxBytes);
        if (file === path) {
          await Deno.remove(path);
          await becomes(path);
          changed.resolve();
        }
        return text;
      }
    }
    const leaving = new AbortController();
    const helpers = newHelpers();
    const graphs = newGraphs({ helpers, config: new Changing() as unknown as typeof config });
    const graph = graphs.graphOf(tree.url("f.ts"), { signal: leaving.signal });
    await changed.promise;
    if (!ends) leaving.abort();
    const error = await assertRejects(async () => await graph, TaskError);
    assertEquals(error.code, "MODULE_LOAD_FAILED", kind);
    assert(ends || error.message.includes("nobody waits"), error.message);
    await helpers.close();
  }
});

Deno.test("A configuration that is written to take long to read holds nobody up", async () => {
  await using bystander = await Bystander.start();
  const name = "a".repeat(200);
  await withProject({
    [`${name}/task.ts`]: "export const f = () => 1;",
    [`${name}/deno.json`]: {},
    "deno.json": { workspace: [`${"*a".repeat(40)}*b`, ...Array.from({ length: 100_000 }, (_, i) => `*${i}`)] },
    "package.json": { workspaces: [`${"**/".repeat(40)}b`] },
    ".npmrc": "${".repeat(500_000),
  }, async (project) => {
    const before = performance.now();
    const running = bystander.client.run(project.exports(`${name}/task.ts`).f).catch((error) => error);
    await bystander.assertGoesOn();
    const outcome = await running;
    assert(outcome === 1 || outcome instanceof TaskError, Deno.inspect(outcome));
    assert(performance.now() - before < 20_000);
  });
});
