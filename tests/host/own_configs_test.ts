import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { OwnConfigs } from "../../host/own_configs.ts";
import { TempTree } from "../helpers/temp_tree.ts";

Deno.test("OwnConfigs.pathOf() is one file for what is alike, also when it is asked for at the same time", async () => {
  await using tree = new TempTree();
  const configs = new OwnConfigs(tree.root);
  const config = { content: { imports: { a: "npm:a@1" } }, npmrc: "registry=http://127.0.0.1:9/" };
  const paths = await Promise.all(Array.from({ length: 8 }, () => configs.pathOf(config)));
  assertEquals(new Set(paths).size, 1);
  assertEquals(JSON.parse(await Deno.readTextFile(paths[0])), { ...config.content, workspace: [] });
  assertEquals(await Deno.readTextFile(paths[0].replace("deno.json", ".npmrc")), config.npmrc);
  assertNotEquals(await configs.pathOf({ ...config, npmrc: null }), paths[0]);
  // Nothing half-made is left.
  assertEquals((await Array.fromAsync(Deno.readDir(`${tree.root}/palpable/configs`))).length, 2);
});

Deno.test("OwnConfigs.pathOf() makes a file anew that was removed, and nobody else reads it", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using tree = new TempTree();
  const configs = new OwnConfigs(tree.root);
  const config = { content: {}, npmrc: "//host/:_authToken=secret" };
  const path = await configs.pathOf(config);
  await Deno.remove(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  assertEquals(await configs.pathOf(config), path);
  for (const file of [path, path.replace("deno.json", ".npmrc"), path.slice(0, path.lastIndexOf("/"))]) {
    assert(((await Deno.stat(file)).mode! & 0o077) === 0, file);
  }
});

Deno.test("OwnConfigs.pathOf() is for no workspace in whose folder the cache lies: its names count for none else", async () => {
  await using tree = new TempTree({
    "main.ts": "console.log(await import('planted').then(() => 'led elsewhere', () => 'no such name'))",
    "planted.ts": "",
  });
  const path = await new OwnConfigs(`${tree.root}/cache`).pathOf({ content: {}, npmrc: null });
  const says = async () => {
    const args = ["run", "--no-prompt", "--allow-read", "--no-lock", "--config", path, tree.path("main.ts")];
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, env: { NO_COLOR: "1" } }).output();
    return [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim());
  };
  const member = `./${path.slice(tree.root.length + 1).replace("/deno.json", "")}`;
  tree.write("deno.json", JSON.stringify({ workspace: [member], imports: { planted: "./planted.ts" } }));
  assertEquals(await says(), ["no such name", ""]);
  tree.write("deno.json", JSON.stringify({ workspace: [] }));
  assertEquals(await says(), ["no such name", ""]);
  await Deno.remove(tree.path("deno.json"));
  tree.write("package.json", JSON.stringify({ workspaces: ["gone"] }));
  assertEquals(await says(), ["no such name", ""]);
});
