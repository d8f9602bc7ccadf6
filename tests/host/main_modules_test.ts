/** Which processes share a main module, and which have one that nobody else knows. */
import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { NO_PERMISSIONS, type PermissionSet } from "../../core/permissions.ts";
import { mainModule, Nonces } from "../../host/main_modules.ts";
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
    isCompiled: false,
    sharesModules: false,
    missing: null,
    outside: [],
    required: [],
    project: {
      root: "/project",
      links: [],
      resolution,
      settings: [],
      readsWhole: [],
      absent: [],
      listed: [],
      installed: [],
      usesInstalled: false,
      hasPackageJson: false,
      isCommonJs: false,
      hasNpmrc: false,
      lock: null,
      lockPath: null,
      neededNames: null,
    },
    lock: [],
  };
}

const writing = (...write: string[]): PermissionSet => ({ ...NO_PERMISSIONS, write });

Deno.test("Without a configuration, and for a function, there is no nonce, and the main module is the entry itself", () => {
  const nonces = new Nonces();
  for (const graph of [null, graphOf(["--no-config"]), { ...graphOf(), project: null }]) {
    assertEquals(nonces.of(graph), null);
  }
  assertEquals(mainModule(ENTRY, null), ENTRY.main);
});

Deno.test("With a nonce it is a URL that nobody knows before, and that imports the entry by a computed name", () => {
  const nonce = new Nonces().of(graphOf());
  assertMatch(nonce!, /^[-0-9a-f]{36}$/);
  assertEquals(
    decodeURIComponent(mainModule(ENTRY, nonce)),
    `data:application/javascript,/*${nonce}*/await import(new URL("file:///package/rest.js").href)`,
  );
});

Deno.test("A graph's processes share a nonce until a task is started that may write to what decides", () => {
  const nonces = new Nonces();
  const [graph, other] = [graphOf(), graphOf()];
  const first = nonces.of(graph);
  nonces.startsWith(writing("/project-2", "/out", "/project/data"));
  assertEquals(nonces.of(graph), first);
  assertNotEquals(nonces.of(other), first);
  nonces.startsWith(writing("/project/deno.jsonc"));
  const own = [nonces.of(graph), nonces.of(graph), nonces.of(other), nonces.of(other)];
  assertEquals(new Set([first, ...own]).size, 5);
});

Deno.test("Tasks that each may write somewhere else are compared once, and are no reason to remember without end", () => {
  const nonces = new Nonces();
  const [quiet, planted] = [graphOf(), graphOf()];
  const compared: string[] = [];
  const graph = {
    ...quiet,
    code: {
      some: (test: (path: string) => boolean) => quiet.code.some((path) => (compared.push(path), test(path))),
    } as unknown as string[],
  };
  const first = nonces.of(graph);
  for (let i = 0; i < 1000; i++) {
    nonces.startsWith(writing(`/out/${i}`));
    assertEquals(nonces.of(graph), first);
  }
  assertEquals(compared.length, 1000 * quiet.code.length);
  nonces.of(planted);
  nonces.startsWith(writing("/project/deno.json"));
  assertNotEquals(nonces.of(planted), nonces.of(planted));
  const other = new Nonces();
  other.startsWith(writing(...Array.from({ length: 10_000 }, (_, i) => `/out/${i}`)));
  assertEquals(other.of(quiet), other.of(quiet));
  // Nobody knows any more whether it was written to.
  other.startsWith(writing("/more"));
  assertNotEquals(other.of(quiet), other.of(quiet));
});

Deno.test("Who may write everything may write to what decides", () => {
  for (const write of [true, ["/"], ["/project"]] as const) {
    const nonces = new Nonces();
    const graph = graphOf();
    nonces.startsWith({ ...NO_PERMISSIONS, write });
    assertNotEquals(nonces.of(graph), nonces.of(graph), `${write}`);
  }
});
