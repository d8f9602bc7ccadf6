import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { remote, TaskError } from "../../mod.ts";
import { Bystander } from "../bad_input/bystander.ts";
import { RecordingHost, Variables } from "../helpers/recording_host.ts";
import { TempTree } from "../helpers/temp_tree.ts";

const SECRET = "a private key";

/** A home folder that is a project, as many are, with a folder in it where tasks may write. */
function makeHome(files: Record<string, string | null> = {}): TempTree {
  return new TempTree({
    "package.json": "{}",
    ".ssh/id_rsa": SECRET,
    "out": null,
    "tasks.ts": `export async function plant(files: Record<string, string>) {
        for (const [path, text] of Object.entries(files)) await Deno.writeTextFile(path, text);
      }`,
    ...files,
  });
}

const STEALS = `import key from "../.ssh/id_rsa" with { type: "text" }; export const f = () => key;`;

// deno-lint-ignore no-explicit-any
const exportsOf = (url: string) => remote<any>(url);

async function refusalOf(running: Promise<unknown>): Promise<TaskError> {
  const error = await running.catch((error) => error);
  assertInstanceOf(error, TaskError, `It ran: ${Deno.inspect(error)}`);
  assertEquals(error.code, "MODULE_NOT_ALLOWED", error.message);
  assert(!Deno.inspect(error).includes(SECRET));
  return error;
}

Deno.test("S3: what one task plants where tasks may write is not run by the next with what it imports", async () => {
  await using home = makeHome();
  const ceiling = { write: [home.path("out")] };
  await using bystander = await Bystander.start({ permissionCeiling: ceiling, moduleRoots: [home.root] });
  const writer = bystander.client.with({ permissions: ceiling });
  await writer.run(exportsOf(home.url("tasks.ts")).plant, { [home.path("out/x.ts")]: STEALS });
  for (const client of [bystander.client, writer]) {
    const error = await refusalOf(client.run(exportsOf(home.url("out/x.ts")).f));
    assertStringIncludes(
      error.message,
      `${home.path("out/x.ts")} lies where a task within the server's ceiling may write`,
    );
    assertStringIncludes(error.message, "would get read access to more than it has");
  }
});

Deno.test("S3: nor by way of a module that imports it, of a configuration, or of a link", async () => {
  await using home = makeHome({
    "imports.ts": `export * from "./out/x.ts";`,
    "lazy.ts": `export const f = async () => (await import("./out/x.ts")).f();`,
    "out/x.ts": STEALS,
    "app/deno.json": `{ "importMap": "./../out/map.json" }`,
    "app/key.txt": SECRET,
    "app/mapped.ts": `export * from "code";`,
    "out/map.json": `{ "imports": { "code": "../app/innocent.ts" } }`,
    "app/innocent.ts": `import key from "./key.txt" with { type: "text" }; export const f = () => key;`,
    "out/deno.json": "{}",
    "out/config.json": `{ "imports": { "code": "./innocent.ts" } }`,
    "linked/mapped.ts": `export * from "code";`,
    "linked/key.txt": SECRET,
    "linked/innocent.ts": `import key from "./key.txt" with { type: "text" }; export const f = () => key;`,
  });
  await Deno.symlink(home.path("out/x.ts"), home.path("link.ts"));
  await Deno.symlink(home.path("out/config.json"), home.path("linked/deno.json"));
  const write = [home.path("out")];
  await using bystander = await Bystander.start({ permissionCeiling: { write }, moduleRoots: [home.root] });
  for (const file of ["imports.ts", "lazy.ts", "link.ts", "app/mapped.ts", "linked/mapped.ts"]) {
    await refusalOf(bystander.client.run(exportsOf(home.url(file)).f));
  }
});

Deno.test("S3: a task gains nothing by code that it, or a task above it, could have written", async () => {
  await using home = makeHome({
    "out/x.ts": STEALS,
    "imports.ts": `export * from "./out/x.ts";`,
    "nested.ts": `import { currentMessenger, remote } from "${import.meta.resolve("../../mod.ts")}";
      export const submit = async (url: string) => await currentMessenger().run(remote(url).f);
      export const deeper = async (self: string, url: string) => await currentMessenger().run(remote(self).submit, url);`,
  });
  await using bystander = await Bystander.start();
  const { submit, deeper } = exportsOf(home.url("nested.ts"));
  const writer = bystander.client.with({ permissions: { write: [home.path("out")] } });
  for (const file of ["out/x.ts", "imports.ts"]) {
    const error = await refusalOf(writer.run(submit, home.url(file)));
    assertStringIncludes(error.message, "lies where the task that submits it, or one above it, may write");
    await refusalOf(writer.run(deeper, home.url("nested.ts"), home.url(file)));
    // Who may read all that anyway, or could not have written any of it, is not held up.
    const reader = bystander.client.with({ permissions: { read: [home.root], write: [home.path("out")] } });
    assertEquals(await reader.run(submit, home.url(file)), SECRET);
    assertEquals(await bystander.client.run(submit, home.url(file)), SECRET);
    assertEquals(await bystander.client.run(exportsOf(home.url(file)).f), SECRET);
  }
});

Deno.test("S3: nothing is fetched for code that a task could have written", async () => {
  using _variables = new Variables({ AWS_SECRET_ACCESS_KEY: SECRET });
  await using host = new RecordingHost();
  await using home = makeHome({
    "out/deno.json": "{}",
    "out/.npmrc": `registry=${host.url}\n//${host.host}/:_authToken=\${AWS_SECRET_ACCESS_KEY}\n`,
    "out/y.ts": `import "npm:there-is-no-such-package@1"; export const f = () => 1;`,
    "nested.ts": `import { currentMessenger, remote } from "${import.meta.resolve("../../mod.ts")}";
      export const submit = async (url: string) => await currentMessenger().run(remote(url).f);`,
  });
  const permissions = { read: [home.root], write: [home.path("out")] };
  const { submit } = exportsOf(home.url("nested.ts"));
  await using open = await Bystander.start();
  const error = await refusalOf(open.client.with({ permissions }).run(submit, home.url("out/y.ts")));
  assertStringIncludes(error.message, "would get what the server fetches for it");
  await using closed = await Bystander.start({ permissionCeiling: permissions, moduleRoots: [home.root] });
  await refusalOf(closed.client.run(exportsOf(home.url("out/y.ts")).f));
  assertEquals(host.requests, []);
});

Deno.test("S3: data that tasks write may be imported by code that they cannot write", async () => {
  await using home = makeHome({
    "data.ts": `import data from "./out/data.json" with { type: "json" }; export const f = () => data.a;`,
    "out/data.json": `{ "a": 5 }`,
  });
  const ceiling = { write: [home.path("out")] };
  await using bystander = await Bystander.start({ permissionCeiling: ceiling, moduleRoots: [home.root] });
  assertEquals(await bystander.client.run(exportsOf(home.url("data.ts")).f), 5);
});

Deno.test("S3: what a task may write is what its link led to when its process started, not when it was submitted", async () => {
  await using home = makeHome({
    "first": null,
    "nested.ts": `import { currentMessenger, remote } from "${import.meta.resolve("../../mod.ts")}";
      export const plant = async (path: string, text: string, url: string) => {
        await Deno.writeTextFile(path, text);
        return await currentMessenger().run(remote(url).f);
      };`,
  });
  await Deno.symlink(home.path("first"), home.path("current"));
  await using bystander = await Bystander.start({ numWorkers: 1 });
  const endless = await bystander.client.submit(() => new Promise(() => setInterval(() => {}, 1000)));
  const writer = bystander.client.with({ permissions: { write: [home.path("current")] } });
  const { plant } = exportsOf(home.url("nested.ts"));
  const planting = await writer.submit(plant, home.path("out/x.ts"), STEALS, home.url("out/x.ts"));
  await Deno.remove(home.path("current"));
  await Deno.symlink(home.path("out"), home.path("current"));
  await endless.cancel();
  const error = await refusalOf(planting.result());
  assertStringIncludes(error.message, `${home.path("out/x.ts")} lies where the task that submits it`);
});
