import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { remote, TaskError } from "../../mod.ts";
import { Bystander } from "../bad_input/bystander.ts";
import { TempTree } from "../helpers/temp_tree.ts";
import { copyProbes, withProject } from "./project.ts";

const SECRET = "ghp_0123456789abcdef";
const IS_UNIX = Deno.build.os !== "windows";

/** What running an export of it raises, with nothing secret in it. */
async function refusalOf(bystander: Bystander, url: string): Promise<TaskError> {
  // deno-lint-ignore no-explicit-any
  const error = await bystander.client.run(remote<any>(url).f).catch((error) => error);
  assertInstanceOf(error, TaskError, `${url} was loaded: ${Deno.inspect(error)}`);
  const all = `${Deno.inspect(error)} ${error.remoteStack} ${Deno.inspect(error.cause)}`;
  assert(!all.includes(SECRET) && !all.includes("root:"), all);
  return error;
}

Deno.test("S2: a client names code in regular files only, whatever leads to them", { ignore: !IS_UNIX }, async () => {
  await using tree = new TempTree({
    "deno.json": "{}",
    "token": SECRET,
    "token.txt": SECRET,
    "data.json": `{ "a": ${SECRET} }`,
    "folder.ts": null,
    "good.ts": "export const f = () => 1;",
  });
  await Deno.symlink("/etc/passwd", tree.path("passwd.ts"));
  await Deno.symlink(tree.path("token"), tree.path("link.ts"));
  await Deno.symlink("/dev/zero", tree.path("zero.ts"));
  await Deno.symlink(tree.path("good.ts"), tree.path("good_link.ts"));
  await new Deno.Command("mkfifo", { args: [tree.path("pipe.ts")] }).output();
  const names = ["token", "token.txt", "data.json", "folder.ts", "passwd.ts", "link.ts", "zero.ts", "pipe.ts"];
  const urls = ["file:///etc/passwd", "file:///etc/passwd?.ts", "file:///etc/passwd#.ts", "file:///dev/zero"];
  await using bystander = await Bystander.start();
  for (const url of [...urls, ...names.map((name) => tree.url(name))]) {
    const error = await refusalOf(bystander, url);
    assertEquals(error.code, "MODULE_NOT_ALLOWED", error.message);
    assertStringIncludes(error.message, "must be a regular file whose name ends in .ts");
  }
  // deno-lint-ignore no-explicit-any
  assertEquals(await bystander.client.run(remote<any>(tree.url("good_link.ts")).f), 1);
  await bystander.assertGoesOn();
});

Deno.test("S2: with a ceiling clients name modules in its module roots only, and are told so", async () => {
  await using tree = new TempTree({
    "allowed/f.ts": "export const f = () => 1;",
    "elsewhere/conf.ts": `export const f = () => "${SECRET}";`,
    "allowed2/conf.ts": `export const f = () => "${SECRET}";`,
  });
  await Deno.symlink(tree.path("elsewhere/conf.ts"), tree.path("allowed/link.ts"));
  await using bystander = await Bystander.start({ permissionCeiling: {}, moduleRoots: [tree.path("allowed")] });
  // deno-lint-ignore no-explicit-any
  assertEquals(await bystander.client.run(remote<any>(tree.url("allowed/f.ts")).f), 1);
  const outside = ["elsewhere/conf.ts", "allowed2/conf.ts", "allowed/link.ts", "elsewhere/missing.ts"].map((name) =>
    tree.url(name)
  );
  for (
    const url of [
      ...outside,
      "file:///etc/passwd",
      "file:///etc/no_such_file",
      `${tree.url("allowed/")}..%2Felsewhere%2Fconf.ts`,
    ]
  ) {
    const error = await refusalOf(bystander, url);
    assertEquals(error.code, "MODULE_NOT_ALLOWED", url);
    assertStringIncludes(error.message, "start the server with its folder in moduleRoots (--module-root)");
  }
  assertEquals((await refusalOf(bystander, tree.url("allowed/missing.ts"))).code, "MODULE_NOT_FOUND");
  await bystander.assertGoesOn();
});

Deno.test("S2: with a ceiling and no module roots clients name modules in the folder that the server was started in", async () => {
  await using tree = new TempTree({ "conf.ts": `export const f = () => "${SECRET}";` });
  await using bystander = await Bystander.start({ permissionCeiling: {} });
  await bystander.assertGoesOn();
  const error = await refusalOf(bystander, tree.url("conf.ts"));
  assertStringIncludes(error.message, await Deno.realPath(Deno.cwd()));
});

Deno.test("S2: with a ceiling errors of loading name the place and quote no file", async () => {
  await using tree = new TempTree({
    "deno.json": "{}",
    "syntax.ts": `export const ${SECRET} = = 5;`,
    "via.ts": `import "./syntax.ts"; export const f = () => 1;`,
    "forged.ts": `export * from "./forging.ts";`,
    "forging.ts": `${SECRET} does not provide an export = =; // The requested module at x://${SECRET}:1:1`,
    "json.ts": `import data from "./data.json" with { type: "json" }; export const f = () => data;`,
    "data.json": `${SECRET} is no JSON`,
    "lazy.ts": `await import("./" + "syntax.ts"); export const f = () => 1;`,
    "thrown.ts": `throw new RangeError("what the module says itself"); export const f = 1;`,
    "package/package.json": `{ ${SECRET} }`,
    "package/f.ts": "export const f = () => 1;",
    "config/deno.json": `{ "${SECRET}" }`,
    "config/f.ts": "export const f = () => 1;",
  });
  await using bystander = await Bystander.start({ permissionCeiling: {}, moduleRoots: [tree.root] });
  const expected: Record<string, string> = {
    "syntax.ts": `its source cannot be parsed at ${tree.url("syntax.ts")}:1:`,
    "via.ts": `bad syntax at ${tree.url("syntax.ts")}:1:`,
    "json.ts": "bad syntax",
    "forged.ts": `bad syntax at ${tree.url("forging.ts")}:1:`,
    "lazy.ts": "bad syntax",
    "thrown.ts": "RangeError: what the module says itself",
    "package/f.ts": `Cannot read ${tree.path("package/package.json")}: it must hold a JSON object`,
    "config/f.ts": `Failed deserializing config file '${tree.url("config/deno.json")}'`,
  };
  for (const [name, message] of Object.entries(expected)) {
    const error = await refusalOf(bystander, tree.url(name));
    assertEquals(error.code, "MODULE_LOAD_FAILED");
    assertStringIncludes(error.message, message, name);
  }
});

Deno.test("S2: without a ceiling a client is shown the line that is wrong, a task that may not read is not", async () => {
  await using bystander = await Bystander.start();
  await withProject({
    "deno.json": {},
    "syntax.ts": `export const ${SECRET} = = 5;`,
    "via.ts": `import "./syntax.ts"; export const f = () => 1;`,
  }, async (project) => {
    const probes = await copyProbes(project);
    for (const name of ["syntax.ts", "via.ts"]) {
      const shown = await bystander.client.run(project.exports(name).f).catch((error) => error);
      assertStringIncludes((shown as Error).message, SECRET);
      const attempt = await bystander.client.run(probes.runRemotely, project.url(name), "f");
      assert("refused" in attempt && !Deno.inspect(attempt).includes(SECRET), Deno.inspect(attempt));
      const reader = bystander.client.with({ permissions: { read: true } });
      assertStringIncludes(Deno.inspect(await reader.run(probes.runRemotely, project.url(name), "f")), SECRET);
    }
  });
});

Deno.test("S2: a package.json that leads to a file which is none is not quoted", { ignore: !IS_UNIX }, async () => {
  await using tree = new TempTree({ "f.ts": "export const f = () => 1;" });
  await Deno.symlink("/etc/passwd", tree.path("package.json"));
  await using bystander = await Bystander.start();
  const error = await refusalOf(bystander, tree.url("f.ts"));
  assertStringIncludes(error.message, `Cannot read ${tree.path("package.json")}: it must hold a JSON object`);
});
