/** What stages of pipelines may do that a server with a ceiling runs. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { remote } from "../../mod.ts";
import { processServlet } from "../../servlets/mod.ts";
import { Bystander } from "../bad_input/bystander.ts";
import { TempTree } from "../helpers/temp_tree.ts";

const SECRET = "a private key";

Deno.test("S4: a stage that starts anew stays within the server's ceiling, wherever its links lead by then", async () => {
  await using tree = new TempTree({
    "data/file": "data",
    "private/file": SECRET,
    "stage.ts": `export const read = (path: string) => path === "" ? Deno.exit(1) : Deno.readTextFileSync(path);`,
  });
  await Deno.symlink(tree.path("data"), tree.path("current"));
  const permissionCeiling = { read: [tree.path("data")] };
  await using bystander = await Bystander.start({ permissionCeiling, moduleRoots: [tree.root] });
  const permissions = { read: [tree.path("current")] };
  const stages = remote<{ read(path: string): string }>(tree.url("stage.ts"));
  const stage = processServlet(stages.read, { permissions });
  await bystander.server.serve("read", stage);
  const pipeline = bystander.client.pipeline<typeof stage>("read");
  assertEquals(await pipeline.call(tree.path("current/file")), "data");
  await Deno.remove(tree.path("current"));
  await Deno.symlink(tree.path("private"), tree.path("current"));
  await assertRejects(() => pipeline.call(""));
  const error = await pipeline.call(tree.path("private/file")).catch((error) => error);
  assert(error instanceof Error, `It was read: ${error}`);
  const text = Deno.inspect(error);
  assert(text.includes(`read ${tree.path("private")}`) && !text.includes(SECRET), text);
});

Deno.test("S3: a stage in code that tasks may have written gets nothing by it", async () => {
  await using tree = new TempTree({
    "deno.json": "{}",
    "key.txt": SECRET,
    "out/stage.ts": `import key from "../key.txt" with { type: "text" }; export const f = () => key;`,
  });
  const permissionCeiling = { write: [tree.path("out")] };
  await using bystander = await Bystander.start({ permissionCeiling, moduleRoots: [tree.root] });
  const stage = processServlet(remote<{ f(): string }>(tree.url("out/stage.ts")).f);
  const error = await assertRejects(() => bystander.server.serve("steal", stage));
  const text = Deno.inspect(error);
  assert(text.includes("lies where a task within the server's ceiling may write"), text);
});
