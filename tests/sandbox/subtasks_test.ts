import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { type Permissions, remote, type TaskError } from "../../mod.ts";
import { Bystander } from "../bad_input/bystander.ts";
import { copyProbes, withProject } from "./project.ts";

const probes = remote<typeof import("../fixtures/sandbox_probes.ts")>(
  import.meta.resolve("../fixtures/sandbox_probes.ts"),
);

Deno.test("A subtask that asks for more than its parent has is refused with PermissionCeilingExceeded that names it", async () => {
  await using bystander = await Bystander.start();
  const etc = await Deno.realPath("/etc");
  const parent = bystander.client.with({ permissions: { read: ["/tmp"], net: ["example.com:443"], env: ["HOME"] } });
  const cases: [Permissions, string[]][] = [
    [{ read: true }, ["read (any)"]],
    [{ read: ["/"] }, ["read /"]],
    [{ read: [`${etc}/passwd`] }, [`read ${etc}/passwd`]],
    [{ read: ["/tmp/../etc"] }, [`read ${etc}`]],
    [{ write: ["/tmp"] }, ["write /tmp"]],
    [{ net: ["example.com"] }, ["net example.com"]],
    [{ net: ["example.com:80", "example.com:443"] }, ["net example.com:80"]],
    [{ env: ["HOME", "PATH"] }, ["env PATH"]],
    [{ run: true, ffi: true }, ["run (any)", "ffi (any)"]],
    [{ sys: ["hostname"] }, ["sys hostname"]],
    [{ import: ["jsr.io"] }, ["import jsr.io"]],
  ];
  for (const [permissions, excess] of cases) assertEquals(await parent.run(probes.excessOf, permissions), excess);
  // What it has, and less, it may hand on.
  for (
    const permissions of [{ read: ["/tmp/sub"] }, { net: ["example.com:443"], env: ["HOME"] }, {}, "inherit", "none"]
  ) {
    assertEquals(await parent.run(probes.excessOf, permissions), []);
  }
  // A task without permissions has none to hand on.
  assertEquals(await bystander.client.run(probes.excessOf, { env: ["HOME"] }), ["env HOME"]);
  assertEquals(await bystander.client.run(probes.excessOf, "inherit"), []);
});

Deno.test("A subtask has what it asks for within its parent's, and all of it with inherit", async () => {
  await using bystander = await Bystander.start();
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await Deno.mkdir(`${folder}/sub`);
    await Deno.writeTextFile(`${folder}/file`, "outer");
    await Deno.writeTextFile(`${folder}/sub/file`, "inner");
    const parent = bystander.client.with({ permissions: { read: [folder] } });
    const read = async (permissions: unknown, path: string) =>
      await parent.run(probes.probeInSubtask, permissions, "readFile", path);
    assertEquals(await read("inherit", `${folder}/file`), { allowed: "outer" });
    assertEquals(await read({ read: "inherit" }, `${folder}/file`), { allowed: "outer" });
    assertEquals(await read({ read: [`${folder}/sub`] }, `${folder}/sub/file`), { allowed: "inner" });
    assert("refused" in await read({ read: [`${folder}/sub`] }, `${folder}/file`));
    assert("refused" in await read(undefined, `${folder}/file`));
    assert("refused" in await read("inherit", "/etc/passwd"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("A subtask may name modules of its parent's project and of no other, MODULE_NOT_ALLOWED else", async () => {
  await using bystander = await Bystander.start();
  await withProject({
    "deno.json": {},
    "deep/within/mine.ts": "export const f = (x) => 2 * x;",
    "deep/secret.txt": "a secret\n",
    "secret.json": '{"a": "secret"}',
    "../project2/other.ts": "export const f = () => 'from the other project';",
    "../project2/deno.json": {},
    "../outside.ts": "export const f = () => 'from outside';",
  }, async (project) => {
    const own = await copyProbes(project);
    await Deno.symlink(`${project.root}/../outside.ts`, `${project.root}/link.ts`);
    const run = async (url: string) => await bystander.client.run(own.runRemotely, url, "f", 21);
    assertEquals(await run(project.url("deep/within/mine.ts")), { allowed: 42 });
    const foreign = [
      project.url("../project2/other.ts"),
      project.url("../outside.ts"),
      `file://${project.root}/..%2Foutside.ts`,
      `file://${project.root}2/other.ts`,
      project.url("link.ts"),
      // An error that quotes their first line would be a way to read them.
      project.url("deep/secret.txt"),
      project.url("secret.json"),
      import.meta.resolve("./project.ts").replace("/tests/sandbox/", "/../"),
      "file:///etc/passwd",
      "file:///nowhere.ts",
      "https://example.com/f.ts",
      "jsr:@std/assert",
      "npm:ms@2.1.3",
    ];
    for (const url of foreign) {
      const attempt = await run(url);
      assert("refused" in attempt, `${url} ran: ${Deno.inspect(attempt)}`);
      assertStringIncludes(attempt.message, "outside of the task's project", url);
    }
  });
});

Deno.test("A sent function may name modules of no project", async () => {
  await using bystander = await Bystander.start();
  await withProject({ "f.ts": "export const f = () => 1;" }, async (project) => {
    const error = await bystander.client.run(async (url: string) => {
      // deno-lint-ignore no-explicit-any
      const messenger = (globalThis as any)[Symbol.for("palpable.messenger")];
      return await messenger.run({ kind: "remote", module: url, name: "f" });
    }, project.url("f.ts")).catch((error) => error);
    assertInstanceOf(error, Error);
    assertEquals((error as unknown as { code: string }).code, "MODULE_NOT_ALLOWED");
  });
});

Deno.test("moduleRoots lets every task name and load the modules below, and nothing beside", async () => {
  await withProject({
    "deno.json": {},
    "../shared/f.ts": `import text from "./data.txt" with { type: "text" }; export const f = () => text;`,
    "../shared/data.txt": "shared data",
    "../shared2/f.ts": "export const f = () => 'beside';",
    "uses.ts": `import { f } from "../shared/f.ts"; export const g = () => f() + "!";`,
    "uses2.ts": `import { f } from "../shared2/f.ts"; export const g = () => f() + "!";`,
  }, async (project) => {
    const shared = await Deno.realPath(`${project.root}/../shared`);
    const own = await copyProbes(project);
    await using open = await Bystander.start({ moduleRoots: [shared] });
    assertEquals(await open.client.run(own.runRemotely, `file://${shared}/f.ts`, "f"), { allowed: "shared data" });
    assertEquals(await open.client.run(project.exports("uses.ts").g), "shared data!");
    assert("refused" in await open.client.run(own.runRemotely, `file://${shared}2/f.ts`, "f"));
    const beside = await open.client.run(project.exports("uses2.ts").g).catch((error) => error) as TaskError;
    assertEquals(beside.code, "MODULE_LOAD_FAILED");

    await using closed = await Bystander.start();
    assert("refused" in await closed.client.run(own.runRemotely, `file://${shared}/f.ts`, "f"));
    const refused = await closed.client.run(project.exports("uses.ts").g).catch((error) => error) as TaskError;
    assertEquals(refused.code, "MODULE_LOAD_FAILED");
    assertStringIncludes(refused.message, `leads out of the project ${project.root}`);
    assertStringIncludes(refused.message, "moduleRoots (--module-root)");
  });
});
