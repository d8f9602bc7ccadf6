import { assert, assertEquals } from "@std/assert";

// `deno task`, and `deno run` in this package, download what its lock file names, and of a workspace what its members
// want: whoever starts the first example waits for it. So the bench has a configuration of its own and is no member.

const ROOT = new URL("../", import.meta.url);
const CONFIG = read("deno.json");
const BENCH = read("bench/deno.json");

function read(path: string) {
  return JSON.parse(Deno.readTextFileSync(new URL(path, ROOT)));
}

/** Names of npm packages, without their versions. */
function packagesOf(lock: { npm: Record<string, unknown> }): string[] {
  return Object.keys(lock.npm).map((id) => id.slice(0, id.lastIndexOf("@"))).sort();
}

Deno.test("A first command downloads no more than the server, the bar of map() and the tests are made of", () => {
  const server = ["@logtape/logtape", "croner", "deno-std"];
  const bar = ["cli-progress", "string-width", "emoji-regex", "is-fullwidth-code-point", "strip-ansi", "ansi-regex"];
  const tests = ["@msgpack/msgpack", "acorn", "fast-check", "pure-rand"];
  assertEquals(packagesOf(read("deno.lock")), [...server, ...bar, ...tests].sort());
  assertEquals(CONFIG.workspace, undefined, "`deno task` downloads what the members of a workspace want");
});

Deno.test("The bench has its own dependencies, of which this package has none", () => {
  for (const name of ["piscina", "workerpool", "echarts"]) {
    assert(packagesOf(read("bench/deno.lock")).includes(name), `bench/deno.lock does not hold ${name}`);
    assertEquals([name in BENCH.imports, name in CONFIG.imports], [true, false]);
  }
});

Deno.test("What the bench and the larger examples use is what is tested: the same versions, and the same rules", () => {
  for (const name of ["@logtape/logtape", "@msgpack/msgpack"]) assertEquals(BENCH.imports[name], CONFIG.imports[name]);
  const own = read("deno.lock");
  for (const lock of ["bench/deno.lock", "examples/apps/deno.lock"]) {
    for (const [specifier, version] of Object.entries(read(lock).specifiers)) {
      assertEquals(version, own.specifiers[specifier] ?? version, `${specifier} in ${lock}`);
    }
  }
  assertEquals(BENCH.compilerOptions, CONFIG.compilerOptions);
  assertEquals(BENCH.lint.rules, CONFIG.lint.rules);
  const { exclude: _exclude, ...rules } = CONFIG.fmt;
  assertEquals({ ...BENCH.fmt, exclude: undefined }, { ...rules, exclude: undefined });
});

Deno.test("The gate checks, lints and formats what a command for this package leaves out", () => {
  const folders = ["bench", "tools/mutations", "examples/apps"];
  // The last is what `deno task docs` writes.
  assertEquals(CONFIG.exclude, [...folders, "reference"]);
  const { ok, check, lint } = CONFIG.tasks;
  for (const folder of folders) {
    assert(ok.command.includes(`(cd ${folder} && deno fmt --check)`), ok.command);
    for (const { command } of [check, lint]) assert(command.includes(`cd ${folder} && deno `), command);
  }
  assert(["deno task check", "deno task lint"].every((task) => ok.command.includes(task)), ok.command);
  for (const folder of ["tools/mutations", "examples/apps"]) {
    const { compilerOptions, lint: { rules } } = read(`${folder}/deno.json`);
    assertEquals([compilerOptions, rules], [CONFIG.compilerOptions, CONFIG.lint.rules]);
  }
});
