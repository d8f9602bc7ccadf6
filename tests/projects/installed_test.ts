/** What is installed in a project: what of it a task may do, and what a server sees of a change. */
import { assert, assertEquals, assertInstanceOf, assertStrictEquals, assertStringIncludes } from "@std/assert";
import { remote, TaskError } from "../../mod.ts";
import { Bystander } from "../bad_input/bystander.ts";
import { newGraphs } from "../helpers/hands.ts";
import { RecordingHost, Variables } from "../helpers/recording_host.ts";
import { TempTree } from "../helpers/temp_tree.ts";

// deno-lint-ignore no-explicit-any
const exportsOf = (url: string) => remote<any>(url);

/** A project with a package of its own making, which has files besides its code. */
function makeProject(files: Record<string, string | null> = {}): TempTree {
  return new TempTree({
    "package.json": `{ "dependencies": { "own": "1.0.0" } }`,
    ".env": "a secret",
    "node_modules/own/package.json": `{ "name": "own", "version": "1.0.0", "exports": { ".": "./index.js" } }`,
    "node_modules/own/index.js":
      `exports.data = require("./data.json"); exports.level = process.env.OWN_LEVEL ?? "none";
      exports.asset = () => require("fs").readFileSync(__dirname + "/asset.txt", "utf8");`,
    "node_modules/own/data.json": "[1]",
    "node_modules/own/asset.txt": "asset",
    "main.ts": `import own from "own"; export const f = () => [own.data, own.level];
      export const asset = () => own.asset();
      export const read = (url: string) => import(url, { with: { type: "text" } }).then((text) => text.default);`,
    ...files,
  });
}

Deno.test("U7: a package that looks at a variable loads without a grant; a granted one gives its value", async () => {
  using _variables = new Variables({ OWN_LEVEL: "high" });
  await using tree = makeProject();
  await using bystander = await Bystander.start();
  const { f } = exportsOf(tree.url("main.ts"));
  assertEquals(await bystander.client.run(f), [[1], "none"]);
  assertEquals(await bystander.client.with({ permissions: { env: ["OWN_LEVEL"] } }).run(f), [[1], "high"]);
  assertEquals(await bystander.client.with({ permissions: { env: true } }).run(f), [[1], "high"]);
});

Deno.test("A package reads its own files by Deno or Node where the task may, and only there", async () => {
  await using tree = makeProject();
  await using bystander = await Bystander.start();
  const { asset } = exportsOf(tree.url("main.ts"));
  const error = await bystander.client.run(asset).catch((error) => error) as TaskError;
  assertStringIncludes(error.message, `Requires read access to "${tree.path("node_modules/own/asset.txt")}"`);
  const reader = bystander.client.with({ permissions: { read: [tree.path("node_modules/own")] } });
  assertEquals(await reader.run(asset), "asset");
});

Deno.test("A task of a project with a node_modules imports what lies in one, and no other file that is not the project's", async () => {
  await using tree = makeProject({
    "elsewhere/secret.txt": "secret",
    "elsewhere/node_modules/x/text.txt": "of a package",
    "plain/deno.json": "{}",
    "plain/main.ts":
      `export const read = (url: string) => import(url, { with: { type: "text" } }).then((t) => t.default);`,
  });
  await Deno.symlink(tree.path("elsewhere"), tree.path("node_modules/link"));
  await using bystander = await Bystander.start();
  const { read } = exportsOf(tree.url("main.ts"));
  const tries = (read: unknown, path: string) =>
    // deno-lint-ignore no-explicit-any
    bystander.client.run(read as any, tree.url(path)).catch((error) => error.message.slice(0, 20));
  assertEquals(await tries(read, "node_modules/own/asset.txt"), "asset");
  assertEquals(await tries(read, "elsewhere/node_modules/x/text.txt"), "of a package");
  for (
    const path of [
      ".env",
      "elsewhere/secret.txt",
      "node_modules/link/secret.txt",
      "node_modules/../.env",
      "package.json",
    ]
  ) {
    assertEquals(await tries(read, path), "Requires read access", path);
  }
  const plain = exportsOf(tree.url("plain/main.ts")).read;
  assertEquals(await tries(plain, "elsewhere/node_modules/x/text.txt"), "Requires read access");
});

Deno.test("A package that is changed, installed anew, or comes, makes a new graph of the modules that import it", async () => {
  await using tree = makeProject();
  const all = newGraphs();
  let last = await all.graphOf(tree.url("main.ts"));
  const changed = async (what: string) => {
    const now = await all.graphOf(tree.url("main.ts"));
    assert(now !== last, what);
    last = now;
  };
  assertStrictEquals(await all.graphOf(tree.url("main.ts")), last);
  tree.write("node_modules/own/index.js", "exports.data = 2;");
  await changed("its main module is another");
  tree.write("node_modules/own/package.json", `{ "name": "own", "version": "2.0.0", "main": "./index.js" }`);
  await changed("what it says of itself is another");
  await Deno.rename(tree.path("node_modules/own"), tree.path("node_modules/.own"));
  await changed("it is gone");
  assertStringIncludes(last.missing!.message, `"own" is not in the node_modules of its project; run "deno install" in`);
  await Deno.rename(tree.path("node_modules/.own"), tree.path("node_modules/own"));
  await changed("it has come back");
  assertEquals(last.missing, null);
});

Deno.test("Code that a task may have written in a node_modules gets nothing that the task has not", async () => {
  await using tree = makeProject({ "key.txt": "key" });
  tree.write(
    "main.ts",
    `import own from "own"; import key from "./key.txt" with { type: "text" }; export const f = () => [own.data, key];`,
  );
  for (const folder of ["node_modules", "node_modules/.cache", "node_modules/own"]) {
    const write = [tree.path(folder)];
    await using bystander = await Bystander.start({ permissionCeiling: { write }, moduleRoots: [tree.root] });
    const error = await bystander.client.run(exportsOf(tree.url("main.ts")).f).catch((error) => error) as TaskError;
    assertInstanceOf(error, TaskError, folder);
    assertEquals(error.code, "MODULE_NOT_ALLOWED");
    assertStringIncludes(error.message, `${tree.path("node_modules")} lies where`);
  }
  // Also one who may read all of the project: what lies in other folders of that name is more.
  const most = { write: [tree.path("node_modules/.cache")], read: [tree.root] };
  await using careful = await Bystander.start({ permissionCeiling: most, moduleRoots: [tree.root] });
  const error = await careful.client.run(exportsOf(tree.url("main.ts")).f).catch((error) => error);
  assertInstanceOf(error, TaskError);
  assertStringIncludes(error.message, "read access to more than it has");
  const permissionCeiling = { write: [tree.path("node_modules/.cache")], read: true } as const;
  await using bystander = await Bystander.start({ permissionCeiling, moduleRoots: [tree.root] });
  assertEquals(await bystander.client.run(exportsOf(tree.url("main.ts")).f), [[1], "key"]);
});

// -- Registries --

Deno.test("U17: the registry that the .npmrc beside a package.json names is asked, and no other; the task's own packages come from there", async () => {
  using _variables = new Variables({ AWS_SECRET_ACCESS_KEY: "secret", HTTPS_PROXY: "http://127.0.0.1:9" });
  await using bystander = await Bystander.start();
  await using host = new RecordingHost();
  const token = `//${host.host}/:_authToken=written-out-\${AWS_SECRET_ACCESS_KEY}`;
  await using tree = new TempTree({
    "package.json": `{ "dependencies": { "there-is-no-such-package": "1" } }`,
    ".npmrc": `registry=${host.url}\n${token}\n`,
    "main.ts": `import x from "there-is-no-such-package"; export const f = () => x;`,
  });
  const error = await bystander.client.run(exportsOf(tree.url("main.ts")).f).catch((error) => error) as TaskError;
  assertEquals(error.code, "MODULE_LOAD_FAILED");
  assertEquals(host.requests.filter((request) => !request.includes("there-is-no-such-package")), []);
  assert(host.requests.length > 0, error.message);
  for (const authorization of host.authorizations) assert(!authorization.includes("secret"), authorization);
  tree.write(".npmrc", `registry=${host.url}\n//${host.host}/:_authToken=\${HTTPS_PROXY}\n`);
  const asked = host.requests.length;
  const refused = await bystander.client.run(exportsOf(tree.url("main.ts")).f).catch((error) => error) as TaskError;
  assertStringIncludes(refused.message, `Cannot use ${tree.path(".npmrc")}: it names the variable HTTPS_PROXY`);
  assertEquals(host.requests.length, asked);
});

// -- Naming --

Deno.test("U3: a task of a member names modules of other members, and nothing outside of the workspace", async () => {
  await using tree = new TempTree({
    "w/deno.json": `{ "workspace": ["./a", "./b"] }`,
    "w/a/deno.json": "{}",
    "w/b/deno.json": "{}",
    "w/b/mod.ts": "export const f = () => 'b';",
    "w/a/main.ts": `import { currentMessenger, remote } from "${import.meta.resolve("../../mod.ts")}";
      export const f = async (url: string) => await currentMessenger().run(remote(url).f);`,
    "other/mod.ts": "export const f = () => 'other';",
  });
  await using bystander = await Bystander.start();
  const { f } = exportsOf(tree.url("w/a/main.ts"));
  assertEquals(await bystander.client.run(f, tree.url("w/b/mod.ts")), "b");
  const error = await bystander.client.run(f, tree.url("other/mod.ts")).catch((error) => error) as TaskError;
  assertEquals(error.code, "MODULE_NOT_ALLOWED");
});

Deno.test("U3: an import from outside of the project loads where the task may read there, and with a module root", async () => {
  await using tree = new TempTree({
    "lib/x.ts": "export const x = 1;",
    "app/main.ts": `import { x } from "../lib/x.ts"; export const f = () => x;`,
  });
  await using bystander = await Bystander.start();
  const { f } = exportsOf(tree.url("app/main.ts"));
  assertEquals(await bystander.client.with({ permissions: { read: [tree.path("lib")] } }).run(f), 1);
  const error = await bystander.client.run(f).catch((error) => error) as TaskError;
  assertEquals(error.code, "MODULE_LOAD_FAILED");
  await using open = await Bystander.start({ moduleRoots: [tree.root] });
  assertEquals(await open.client.run(f), 1);
});
