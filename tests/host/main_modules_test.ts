/** Which processes share a main module, and which have one that nobody else knows. */
import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { NO_PERMISSIONS, type PermissionSet } from "../../core/permissions.ts";
import { MainModules } from "../../host/main_modules.ts";
import type { ModuleGraph } from "../../host/module_graph.ts";

const ENTRY = { main: "file:///package/main.js", imported: "file:///package/rest.js" };

/** Of a module in `/project`, whose configuration is there too. */
function graphOf(resolution: readonly string[] = ["--config", "/project/deno.json"]): ModuleGraph {
  return {
    files: ["/project/task.ts"],
    code: ["/project/task.ts", "/project/deno.json", "/project/deno.jsonc"],
    installed: [],
    usesInstalled: false,
    isForeign: false,
    hosts: [],
    usesNpm: false,
    sharesModules: false,
    missing: null,
    outside: [],
    required: [],
    project: { root: "/project", resolution },
    lock: [],
  };
}

const writing = (...write: string[]): PermissionSet => ({ ...NO_PERMISSIONS, write });

Deno.test("Without a configuration, and for a function, the main module is the entry itself", () => {
  const mains = new MainModules();
  assertEquals(mains.of(ENTRY, null), ENTRY.main);
  assertEquals(mains.of(ENTRY, graphOf(["--no-config"])), ENTRY.main);
  assertEquals(mains.of(ENTRY, { ...graphOf(), project: null }), ENTRY.main);
});

Deno.test("With one it is a URL that nobody knows before, and that imports the entry by a computed name", () => {
  const mains = new MainModules();
  const main = mains.of(ENTRY, graphOf());
  assertMatch(
    decodeURIComponent(main),
    /^data:application\/javascript,\/\*[-0-9a-f]{36}\*\/await import\(new URL\("file:\/\/\/package\/rest\.js"\)\.href\)$/,
  );
  assertNotEquals(main, mains.of(ENTRY, graphOf()));
  assertNotEquals(main, new MainModules().of(ENTRY, graphOf()));
});

Deno.test("A graph's processes share theirs until a task is started that may write to what decides", () => {
  const mains = new MainModules();
  const [graph, other] = [graphOf(), graphOf()];
  const first = mains.of(ENTRY, graph);
  mains.startsWith(writing("/project-2", "/out", "/project/data"));
  assertEquals(mains.of(ENTRY, graph), first);
  mains.startsWith(writing("/project/deno.jsonc"));
  const own = [mains.of(ENTRY, graph), mains.of(ENTRY, graph), mains.of(ENTRY, other), mains.of(ENTRY, other)];
  assertEquals(new Set([first, ...own]).size, 5);
});

Deno.test("Who may write everything may write to what decides", () => {
  for (const write of [true, ["/"], ["/project"]] as const) {
    const mains = new MainModules();
    const graph = graphOf();
    mains.startsWith({ ...NO_PERMISSIONS, write });
    assertNotEquals(mains.of(ENTRY, graph), mains.of(ENTRY, graph), `${write}`);
  }
});
