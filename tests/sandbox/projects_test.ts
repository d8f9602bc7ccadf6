import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { TaskError } from "../../mod.ts";
import { Bystander } from "../bad_input/bystander.ts";
import { copyProbes, type Project, withProject } from "./project.ts";

/** Runs an export that must not be loaded, and gives why it was not. */
async function refusalOf(bystander: Bystander, project: Project, file: string, name = "f"): Promise<string> {
  const error = await bystander.client.run(project.exports(file)[name]).catch((error) => error);
  assertInstanceOf(error, TaskError, `${file} was loaded: ${Deno.inspect(error)}`);
  assertEquals(error.code, "MODULE_LOAD_FAILED", error.message);
  return error.message;
}

// -- Files --

Deno.test("A module loads the files of its own project and none outside of it, whatever imports them", async () => {
  await using bystander = await Bystander.start();
  await withProject({
    "deno.json": {},
    "src/inside.ts": `import { a } from "../lib/a.ts"; import text from "../data/text.txt" with { type: "text" };
      import json from "../data/data.json" with { type: "json" };
      export const f = async () => [a, text, json.j, (await import("../lib/lazy.ts")).l];`,
    "lib/a.ts": "export const a = 1;",
    "lib/lazy.ts": "export const l = 2;",
    "data/text.txt": "text",
    "data/data.json": { j: 3 },
    "../secret.txt": "secret",
    "../secret.json": { s: 1 },
    "../outside.ts": "export const o = 1;",
    "text.ts": `import t from "../secret.txt" with { type: "text" }; export const f = () => t;`,
    "json.ts": `import j from "../secret.json" with { type: "json" }; export const f = () => j;`,
    "bytes.ts": `import b from "../secret.txt" with { type: "bytes" }; export const f = () => b;`,
    "code.ts": `import { o } from "../outside.ts"; export const f = () => o;`,
    "export_from.ts": `export * from "../outside.ts"; export const f = 1;`,
    "via.ts": `import { f as g } from "./text.ts"; export const f = () => g();`,
    "absolute.ts": `import t from "/etc/passwd" with { type: "text" }; export const f = () => t;`,
    "lazy.ts": `export const f = async () => (await import("../secret.txt", { with: { type: "text" } })).default;`,
    "lazy_code.ts": `export const f = async () => (await import("../outside.ts")).o;`,
  }, async (project) => {
    assertEquals(await bystander.client.run(project.exports("src/inside.ts").f), [1, "text", 3, 2]);
    for (const file of ["text.ts", "json.ts", "bytes.ts", "code.ts", "export_from.ts", "via.ts", "absolute.ts"]) {
      await refusalOf(bystander, project, file);
    }
    for (const file of ["lazy.ts", "lazy_code.ts"]) {
      const error = await bystander.client.run(project.exports(file).f).catch((error) => error);
      assertInstanceOf(error, Error, file);
      assertStringIncludes(error.message, "Requires read access");
    }
  });
});

Deno.test("A link in the project that leads out of it does not take its target in", async () => {
  await using bystander = await Bystander.start();
  await withProject({
    "deno.json": {},
    "../outside/code.ts": "export const o = 'outside';",
    "../outside/secret.txt": "secret",
    "real/code.ts": "export const o = 'inside';",
    "file_link.ts": `import { o } from "./code_link.ts"; export const f = () => o;`,
    "folder_link.ts": `import { o } from "./folder/code.ts"; export const f = () => o;`,
    "text_link.ts": `import t from "./secret_link.txt" with { type: "text" }; export const f = () => t;`,
    "inner_link.ts": `import { o } from "./inner/code.ts"; export const f = () => o;`,
  }, async (project) => {
    await Deno.symlink(`${project.root}/../outside/code.ts`, `${project.root}/code_link.ts`);
    await Deno.symlink(`${project.root}/../outside`, `${project.root}/folder`);
    await Deno.symlink(`${project.root}/../outside/secret.txt`, `${project.root}/secret_link.txt`);
    await Deno.symlink(`${project.root}/real`, `${project.root}/inner`);
    for (const file of ["file_link.ts", "folder_link.ts", "text_link.ts"]) await refusalOf(bystander, project, file);
    // A link from the project into the project is none of these.
    assertEquals(await bystander.client.run(project.exports("inner_link.ts").f), "inside");
  });
});

Deno.test("A task cannot read the files of its project that it does not import", async () => {
  await using bystander = await Bystander.start();
  await withProject({ "deno.json": {}, ".env": "PASSWORD=secret" }, async (project) => {
    const probes = await copyProbes(project);
    for (const name of [".env", "deno.json"]) {
      const attempt = await bystander.client.run(probes.probe, "readFile", `${project.root}/${name}`);
      assert("refused" in attempt, name);
    }
  });
});

// -- Configuration --

Deno.test("A module is loaded with its own project's import map", async () => {
  await using bystander = await Bystander.start();
  const main =
    `import { which } from "config"; import { deep } from "lib/deep.ts"; export const f = () => [which, deep];`;
  const files = (which: string) => ({
    "deno.jsonc": `// with a comment\n{ "imports": { "config": "./${which}.ts", "lib/": "./lib/" } }`,
    [`${which}.ts`]: `export const which = "${which}";`,
    "lib/deep.ts": "export const deep = true;",
    "main.ts": main,
  });
  await withProject(files("one"), async (one) => {
    await withProject(files("two"), async (two) => {
      const results = await Promise.all(
        [one, two].map((project) => bystander.client.run(project.exports("main.ts").f)),
      );
      assertEquals(results, [["one", true], ["two", true]]);
    });
  });
});

Deno.test("An import map cannot lead out of the project", async () => {
  await using bystander = await Bystander.start();
  await withProject({
    "deno.json": { imports: { "secret": "../secret.txt", "code": "../outside.ts" } },
    "../secret.txt": "secret",
    "../outside.ts": "export const o = 1;",
    "text.ts": `import t from "secret" with { type: "text" }; export const f = () => t;`,
    "code.ts": `import { o } from "code"; export const f = () => o;`,
  }, async (project) => {
    for (const file of ["text.ts", "code.ts"]) await refusalOf(bystander, project, file);
  });
});

Deno.test("A configuration that leads this package's own modules elsewhere is refused: they load without checks", async () => {
  await using bystander = await Bystander.start();
  const own = (path: string) => new URL(`../../${path}`, import.meta.url);
  const evil = `import stolen from "file:///etc/passwd" with { type: "text" };
    globalThis.stolen = stolen; export const MAX_LINE_CHARS = 8192; export const formatLine = (values) => values.join();`;
  const f = "export const f = () => globalThis.stolen?.length;";
  for (const file of ["process/format_line.ts", "wire/transport.ts", "process/process_main.ts"]) {
    for (const specifier of [own(file).href, own(file).pathname]) {
      const configurations = [
        { "deno.json": { imports: { [specifier]: "./evil.ts" } } },
        { "deno.json": { scopes: { [own(".").href]: { [specifier]: "./evil.ts" } } } },
        { "deno.json": { importMap: "./map.json" }, "map.json": { imports: { [specifier]: "./evil.ts" } } },
        { "package.json": { dependencies: { [specifier]: "npm:ms@2.1.3" } } },
      ];
      for (const configuration of configurations) {
        await withProject({ ...configuration, "evil.ts": evil, "f.ts": f }, async (project) => {
          const outcome = await bystander.client.run(project.exports("f.ts").f).catch((error) => error);
          // Refused, or without effect: but never loaded.
          if (outcome === undefined) return;
          assertInstanceOf(outcome, TaskError, `${Deno.inspect(configuration)}: ${outcome}`);
          assertEquals(outcome.code, "MODULE_LOAD_FAILED");
        });
      }
    }
  }
});

Deno.test("A configuration that changed unseen does not lead this package's own modules out of the sandbox", async () => {
  await using bystander = await Bystander.start();
  const own = (path: string) => new URL(`../../${path}`, import.meta.url).href;
  const palpable = own("mod.ts");
  // What is as long as before, and says that it was not written to, is not seen.
  const sized = (configuration: unknown) => JSON.stringify(configuration).padEnd(1000);
  for (const file of ["wire/token.ts", "process/runner.ts", "process/process_main.ts"]) {
    await withProject({
      "deno.json": sized({ imports: { palpable } }),
      "../secret.txt": "a secret",
      "evil.ts": `import text from "../secret.txt" with { type: "text" }; globalThis.stolen = text;
        export * from "${own(file)}?";`,
      // Importing this package, it shares its modules with the process: they are not the bundle's.
      "f.ts": `import "palpable"; export const f = () => globalThis.stolen ?? null;`,
    }, async (project) => {
      const { f } = project.exports("f.ts");
      assertEquals(await bystander.client.run(f), null);
      const config = `${project.root}/deno.json`;
      const { atime, mtime } = await Deno.stat(config);
      await Deno.writeTextFile(config, sized({ imports: { palpable, [own(file)]: "./evil.ts" } }));
      await Deno.utime(config, atime!, mtime!);
      const outcome = await bystander.client.with({ permissions: { read: [`${project.root}/evil.ts`] } }).run(f).catch((
        { code },
      ) => code);
      assert(outcome !== "a secret", `${file} led out of the sandbox`);
      assert(outcome === null || outcome === "TASK_CRASHED", `${file}: ${outcome}`);
    });
  }
});

Deno.test("A configuration's permissions, tasks and flags grant a task nothing", async () => {
  await using bystander = await Bystander.start();
  await withProject({
    "deno.json": {
      permissions: { default: { all: true } },
      unstable: ["ffi", "fs", "net", "process", "worker-options", "cron", "kv"],
      nodeModulesDir: "auto",
      lock: { path: "../elsewhere.lock", frozen: false },
    },
  }, async (project) => {
    const probes = await copyProbes(project);
    for (
      const [name, arg] of [["readFile", "/etc/passwd"], ["listen", ""], ["hostname", ""]] as const
    ) {
      const attempt = await bystander.client.run(probes.probe, name, arg);
      assert("refused" in attempt, name);
    }
    assertEquals(await bystander.client.run(probes.probe, "envAll", ""), { allowed: {} });
  });
});

// -- Packages --

const USES_MS = `export const f = async () => {
  const probe = await Deno.connect({ hostname: "127.0.0.1", port: 9 }).then(() => "connected", (error) => error.name);
  return [ms("2 days"), probe];
};`;

Deno.test("An npm import works in a task while the network is denied, after the server has cached it once", async () => {
  await using bystander = await Bystander.start();
  await withProject({
    "deno.json": { imports: { ms: "npm:ms@2.1.3" } },
    "mapped.ts": `import ms from "ms"; ${USES_MS}`,
    "direct.ts": `import ms from "npm:ms@2.1.3"; ${USES_MS}`,
    "lazy.ts": `const { default: ms } = await import("npm:ms@2.1.3"); ${USES_MS}`,
  }, async (project) => {
    for (const file of ["mapped.ts", "direct.ts", "lazy.ts"]) {
      assertEquals(await bystander.client.run(project.exports(file).f), [172_800_000, "NotCapable"], file);
    }
  });
});

Deno.test("A project with nothing but a package.json can import what it depends on", async () => {
  await using bystander = await Bystander.start();
  await withProject({
    "package.json": { name: "x", type: "module", dependencies: { ms: "2.1.3" } },
    "f.ts": `import ms from "ms"; ${USES_MS}`,
    "other.ts": `import ms from "not-listed"; export const f = () => 1;`,
  }, async (project) => {
    assertEquals(await bystander.client.run(project.exports("f.ts").f), [172_800_000, "NotCapable"]);
    assertStringIncludes(await refusalOf(bystander, project, "other.ts"), "not-listed");
    // Nothing is set up in the project.
    const names = await Array.fromAsync(Deno.readDir(project.root), ({ name }) => name);
    assert(!names.includes("node_modules"), names.join());
  });
});

Deno.test("A project with a deno.json and a package.json can import what either names", async () => {
  await using bystander = await Bystander.start();
  await withProject({
    "../package.json": { dependencies: { "ms-above": "npm:ms@2.1.3" } },
    "deno.json": { imports: { "ms-here": "npm:ms@2.1.3" } },
    "package.json": { dependencies: { ms: "2.1.3" } },
    "f.ts": `import ms from "ms"; import here from "ms-here"; export const f = () => [ms("1s"), here("1s")];`,
    "via.ts": `export * from "./f.ts";`,
    "other.ts": `import ms from "not-listed"; export const f = () => 1;`,
  }, async (project) => {
    for (const file of ["f.ts", "via.ts"]) {
      assertEquals(await bystander.client.run(project.exports(file).f), [1000, 1000]);
    }
    assertStringIncludes(await refusalOf(bystander, project, "other.ts"), "not-listed");
    await using local = await Bystander.start({ moduleImports: "local" });
    assertStringIncludes(await refusalOf(local, project, "f.ts"), "local modules only");
  });
});

Deno.test("A package that the module does not import is refused, though it is in the server's cache", async () => {
  await using bystander = await Bystander.start();
  await withProject({
    "deno.json": {},
    "uses.ts": `import ms from "npm:ms@2.1.3"; export const f = () => ms("1s");`,
    "sneaks.ts": `export const f = async () => (await import(["npm:", "ms@2.1.3"].join(""))).default("1s");`,
  }, async (project) => {
    assertEquals(await bystander.client.run(project.exports("uses.ts").f), 1000);
    const error = await bystander.client.run(project.exports("sneaks.ts").f).catch((error) => error);
    assertInstanceOf(error, Error);
    assertStringIncludes(error.message, "npm");
    const sent = await bystander.client.run(async () => (await import(["npm:", "ms@2.1.3"].join(""))).default("1s"))
      .catch((error) => error);
    assertInstanceOf(sent, Error);
  });
});

Deno.test("moduleImports local refuses what comes from npm or from other hosts, in whatever way it is named", async () => {
  await using bystander = await Bystander.start({ moduleImports: "local" });
  await withProject({
    "deno.json": { imports: { ms: "npm:ms@2.1.3" } },
    "local.ts": `import { a } from "./a.ts"; export const f = () => a;`,
    "a.ts": "export const a = 'local';",
    "direct.ts": `import ms from "npm:ms@2.1.3"; export const f = () => ms("1s");`,
    "mapped.ts": `import ms from "ms"; export const f = () => ms("1s");`,
    "via.ts": `import { f as g } from "./direct.ts"; export const f = () => g();`,
    "lazy.ts": `export const f = async () => (await import("npm:ms@2.1.3")).default("1s");`,
  }, async (project) => {
    assertEquals(await bystander.client.run(project.exports("local.ts").f), "local");
    for (const file of ["direct.ts", "mapped.ts", "via.ts", "lazy.ts"]) {
      assertStringIncludes(await refusalOf(bystander, project, file), "local modules only");
    }
    const sent = await bystander.client.run(async () => (await import(["npm:", "ms@2.1.3"].join(""))).default("1s"))
      .catch((error) => error);
    assertInstanceOf(sent, Error);
  });
  await bystander.assertGoesOn();
});

Deno.test("What require() says of a file that a task may not read does not tell whether it is there", async () => {
  await using bystander = await Bystander.start();
  const requests = ["../out/there.json", "../out/gone.json", "../out/there", "../out/gone", "./own.json", "./own"];
  await withProject({
    "../out/there.json": { out: true },
    "own.json": { own: true },
    "script.cjs": requests.map((request, at) => `exports.f${at} = () => require(${JSON.stringify(request)});`).join(
      "\n",
    ),
    "task.ts": `import script from "./script.cjs";
      export function f(at) {
        try { return script["f" + at](); } catch (error) { return error.message; }
      }`,
  }, async (project) => {
    const { f } = project.exports("task.ts");
    const said = await bystander.client.map(f, requests.map((_, at) => at));
    assertEquals(new Set(said.slice(0, 4)).size, 1, Deno.inspect(said));
    assertEquals(said.slice(4), [{ own: true }, { own: true }]);
    const reading = bystander.client.with({ permissions: { read: [project.root.replace(/project$/, "out")] } });
    assertEquals(await reading.run(f, 0), { out: true });
  });
});

Deno.test("A module loads that imports, or requires, more files than the system takes names in one argument", async () => {
  await using bystander = await Bystander.start();
  const names = Array.from({ length: 700 }, (_, i) => `${"long".repeat(50)}_${i}`);
  assert(names.join().length > 128 * 1024);
  const files = (ending: string, text: (i: number) => string) =>
    Object.fromEntries(names.map((name, i) => [`${name}${ending}`, text(i)]));
  await withProject({
    "deno.json": {},
    ...files(".ts", (i) => `export default ${i};`),
    ...files(".cjs", (i) => `module.exports = ${i};`),
    "imports.ts": `${names.map((name, i) => `import f${i} from "./${name}.ts";`).join("\n")}
      export const f = () => [${names.map((_, i) => `f${i}`)}];`,
    "script.cjs": `exports.all = [${names.map((name) => `require("./${name}.cjs")`)}];`,
    "requires.ts": `import script from "./script.cjs"; export const f = () => script.all;`,
  }, async (project) => {
    const expected = names.map((_, i) => i);
    assertEquals(await bystander.client.run(project.exports("imports.ts").f), expected);
    assertEquals(await bystander.client.run(project.exports("requires.ts").f), expected);
  });
});
