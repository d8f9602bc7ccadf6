import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { remote, TaskError } from "../../mod.ts";
import { Bystander } from "../bad_input/bystander.ts";
import { TempTree } from "../helpers/temp_tree.ts";

const SECRET = "a private key";
const STEALS = `import key from "./key.txt" with { type: "text" }; export const f = () => key;`;

// deno-lint-ignore no-explicit-any
const exportsOf = (url: string) => remote<any>(url);

async function refusalOf(running: Promise<unknown>, file: string): Promise<void> {
  const error = await running.catch((error) => error);
  assertInstanceOf(error, TaskError, `It ran: ${Deno.inspect(error)}`);
  assertEquals(error.code, "MODULE_NOT_ALLOWED", error.message);
  assertStringIncludes(error.message, `${file} lies where`);
  assert(!Deno.inspect(error).includes(SECRET));
}

Deno.test("S3: an import map that tasks may write counts, however its name is written, and what a workspace has", async () => {
  await using tree = new TempTree({
    "escaped/deno.json": `{ "importMap": /* of the tasks */ ".\\/..\\/out\\u002Fmap.json" }`,
    "escaped/mapped.ts": `export * from "code";`,
    "escaped/innocent.ts": STEALS,
    "escaped/key.txt": SECRET,
    "out/map.json": `{ "imports": { "code": "../escaped/innocent.ts" } }`,
    "whole/deno.json": `{ "workspace": ["./member"], "importMap": "../out/whole.json" }`,
    "whole/member/deno.json": `{ "name": "@a/member", "version": "1.0.0", "exports": "./mapped.ts" }`,
    "whole/member/mapped.ts": `export * from "code";`,
    "whole/member/innocent.ts": STEALS,
    "whole/member/key.txt": SECRET,
    "locked/deno.json": `{ "workspace": ["./member"] }`,
    "locked/deno.lock": `{ "version": "5" }`,
    "locked/member/deno.json": `{ "name": "@b/member", "version": "1.0.0", "exports": "./innocent.ts" }`,
    "locked/member/innocent.ts": STEALS,
    "locked/member/key.txt": SECRET,
    "out/whole.json": `{ "imports": { "code": "../whole/member/innocent.ts" } }`,
  });
  const permissionCeiling = { write: [tree.path("out"), tree.path("locked/deno.lock")] };
  await using bystander = await Bystander.start({ permissionCeiling, moduleRoots: [tree.root] });
  const run = (file: string) => bystander.client.run(exportsOf(tree.url(file)).f);
  await refusalOf(run("escaped/mapped.ts"), tree.path("out/map.json"));
  await refusalOf(run("whole/member/mapped.ts"), tree.path("out/whole.json"));
  await refusalOf(run("locked/member/innocent.ts"), tree.path("locked/deno.lock"));
});

Deno.test("S3: what a tsconfig.json extends says how code is compiled, and by which modules", async () => {
  await using tree = new TempTree({
    "deno.json": "{}",
    "tsconfig.json": `{ "extends": ["./kept/first.json"] }`,
    "kept/first.json": `{ "extends": "../out/base" }`,
    "element.tsx": `export const f = () => <a/>;`,
    "jsx/jsx-runtime": "",
    "key.txt": SECRET,
    "imports.ts": STEALS,
    "out/base.json": `{ "compilerOptions": { "jsx": "react-jsx", "jsxImportSource": "https://example.invalid" } }`,
  });
  const permissionCeiling = { write: [tree.path("out")] };
  await using bystander = await Bystander.start({ permissionCeiling, moduleRoots: [tree.root] });
  await refusalOf(bystander.client.run(exportsOf(tree.url("imports.ts")).f), tree.path("out/base"));
});

Deno.test("S3: a task that may make the folder which marks a project gets no larger project by it", async () => {
  await using tree = new TempTree({
    "own/nested.ts": `import { currentMessenger, remote } from "${import.meta.resolve("../../mod.ts")}";
      export const widen = async (mark: string, url: string) => {
        await Deno.mkdir(mark);
        return await currentMessenger().run(remote(url).f);
      };`,
    "other/innocent.ts": STEALS,
    "other/key.txt": SECRET,
  });
  await using bystander = await Bystander.start();
  const client = bystander.client.with({ permissions: { write: [tree.path(".git")] } });
  const running = client.run(
    exportsOf(tree.url("own/nested.ts")).widen,
    tree.path(".git"),
    tree.url("other/innocent.ts"),
  );
  const error = await running.catch((error) => error);
  assertInstanceOf(error, TaskError, `It ran: ${Deno.inspect(error)}`);
  assertEquals(error.code, "MODULE_NOT_ALLOWED", error.message);
  assertStringIncludes(error.message, "outside of the task's project");
});
