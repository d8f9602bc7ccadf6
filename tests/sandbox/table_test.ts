/** The section of docs/sandbox.md on what it protects from, held against the probes: each row is shown by some, and each probe shows a row. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Client, type Permissions, remote } from "../../mod.ts";
import { Bystander } from "../bad_input/bystander.ts";
import { type Attempt, type Probe, PROBE_NAMES } from "../fixtures/sandbox_probes.ts";
import { TempTree } from "../helpers/temp_tree.ts";

const ROOT = new URL("../../", import.meta.url);
const IS_UNIX = Deno.build.os !== "windows";
const SECTION = sectionOf(Deno.readTextFileSync(new URL("docs/sandbox.md", ROOT)));

const probes = remote<typeof import("../fixtures/sandbox_probes.ts")>(
  import.meta.resolve("../fixtures/sandbox_probes.ts"),
);

function sectionOf(page: string): string {
  const at = page.indexOf("## What the sandbox protects from, and what not");
  return page.slice(at, page.indexOf("\n## ", at + 1));
}

/** What shows a row: attempts of a task, or the files of tests where no single attempt does. */
interface Shown {
  readonly probes: readonly Probe[];
  readonly tests: readonly string[];
}

/** By the beginning of the row. */
const ROWS: Record<string, Shown> = {
  "a process per task": {
    probes: [],
    tests: [
      ...["sandbox/storage_test.ts", "bad_input/task_endings_test.ts"],
      ...["sandbox/descendants_test.ts", "host/descendants_test.ts"],
    ],
  },
  "Deno's permissions, as exact flags": {
    probes: [
      ...["readFile", "readFileNode", "readDir", "stat", "realPath", "cwd", "execPath", "fetchFile", "procSelf"],
      ...["write", "writeNode", "makeTemp", "remove", "symlink", "symlinkNode", "hardLink", "rename", "move", "copy"],
      ...["envGet", "envAll", "envSet", "envNode", "connect", "connectNode", "connectUnix", "listen", "serve"],
      ...[
        "fetchHttp",
        "webSocket",
        "resolveDns",
        "run",
        "runNode",
        "touchNode",
        "ffi",
        "ffiNode",
        "hostname",
        "osRelease",
      ],
      ...["networkInterfaces", "uid", "hostnameNode", "killDeno", "killNode", "sqliteFile", "requestPermission"],
      "queryPermission",
    ] as Probe[],
    tests: ["sandbox/denied_test.ts", "sandbox/grants_test.ts", "sandbox/web_worker_test.ts"],
  },
  "user code loaded by a checked": { probes: ["importText"], tests: ["sandbox/projects_test.ts"] },
  "imports from the server's cache only": { probes: ["importModule"], tests: ["sandbox/projects_test.ts"] },
  "storage that Deno gives": {
    probes: ["localStorage", "sessionStorage", "caches", "kv"],
    tests: ["sandbox/storage_test.ts"],
  },
  "a one-time token": { probes: ["readStdin"], tests: ["sandbox/isolation_test.ts", "sandbox/denied_test.ts"] },
  "permissions that only shrink": {
    probes: [],
    tests: ["sandbox/subtasks_test.ts", "sandbox/lookups_test.ts", "core/permissions_property_test.ts"],
  },
  "key, groups, logs": {
    probes: [],
    tests: ["sandbox/own_places_test.ts", "client/owner_test.ts", "other_user_test.ts"],
  },
  "time, heap, resident memory": { probes: [], tests: ["bad_input/task_endings_test.ts"] },
  "budgets of bytes and items": {
    probes: [],
    tests: ["bad_input/worst_frames_test.ts", "bad_input/results_test.ts", "wire/decode_budget_test.ts"],
  },
  "mutual proof of the key": { probes: [], tests: ["bad_input/handshake_test.ts"] },
};

Deno.test("docs/sandbox.md's table of the sandbox has the rows that are shown, and every probe shows one", async () => {
  const rows = [...SECTION.matchAll(/^\| (.+?) +\|/gm)].map(([, layer]) => layer).slice(2);
  for (const row of rows) assert(Object.keys(ROWS).some((start) => row.startsWith(start)), `nothing shows "${row}"`);
  for (const start of Object.keys(ROWS)) assert(rows.some((row) => row.startsWith(start)), `no row "${start}"`);
  const shown = Object.values(ROWS).flatMap(({ probes }) => probes);
  assertEquals([...shown].sort(), [...PROBE_NAMES].sort());
  for (const test of Object.values(ROWS).flatMap(({ tests }) => tests)) await Deno.stat(new URL(`tests/${test}`, ROOT));
});

// -- What the page says does not hold, which is found out as a task would --

/** What an attempt gives with these permissions. */
type Try = (permissions: Permissions, name: Probe, arg: string) => Promise<Attempt>;

/** By the bold words of the list; each does what is said, and finds that it is so. */
const GAPS: Record<
  string,
  (tree: TempTree, tries: Try, placeOfServer: string, client: Client) => Promise<void>
> = {
  async "A link in a granted folder is followed"(tree, tries) {
    Deno.symlinkSync(tree.path("outside"), tree.path("in/link"));
    const permissions = { read: [tree.path("in")], write: [tree.path("in")] };
    assertEquals(await tries(permissions, "readFile", tree.path("in/link/file")), { allowed: "outside" });
    assert("refused" in await tries(permissions, "symlink", tree.path("in/made")));
    assert("refused" in await tries(permissions, "symlinkNode", tree.path("in/made")));
  },

  async "A relative link that is moved leads elsewhere."(tree, tries) {
    // Inside of the grant where it lies, outside when it lies one level up.
    Deno.symlinkSync("../outside", tree.path("in/deep/relative"));
    Deno.symlinkSync(tree.path("in/deep"), tree.path("in/deep/absolute"));
    const permissions = { read: [tree.path("in")], write: [tree.path("in")] };
    assert("refused" in await tries(permissions, "readFile", tree.path("outside/file")));
    assertEquals(await tries(permissions, "readFile", tree.path("in/deep/relative/file")), { allowed: "inside" });
    for (const name of ["relative", "absolute"]) {
      const paths = `${tree.path(`in/deep/${name}`)}\n${tree.path(`in/${name}`)}`;
      assertEquals(await tries(permissions, "move", paths), { allowed: undefined });
    }
    assertEquals(await tries(permissions, "readFile", tree.path("in/relative/file")), { allowed: "outside" });
    assertEquals(await tries(permissions, "readFile", tree.path("in/absolute/file")), { allowed: "deep" });
  },

  async "`read: true` with `write: true` makes links"(tree, tries) {
    assertEquals(await tries({ read: true, write: true }, "symlink", tree.path("in/made")), { allowed: undefined });
    assert("refused" in await tries({ read: true, write: [tree.path("in")] }, "symlink", tree.path("in/made too")));
  },

  async "`write: true` moves folders"(tree, tries, placeOfServer) {
    const above = placeOfServer.slice(0, placeOfServer.lastIndexOf("/"));
    const paths = `${above}\n${tree.path("moved")}`;
    assert("refused" in await tries({ write: [tree.root] }, "move", paths));
    assertEquals(await tries({ write: true, read: true }, "move", paths), { allowed: undefined });
    Deno.renameSync(tree.path("moved"), above);
  },

  async "A task of a project with a `node_modules` imports what lies in one"(tree, _tries, _placeOfServer, client) {
    tree.write("elsewhere/node_modules/file.txt", "data");
    tree.write("project/package.json", `{ "dependencies": { "a": "1.0.0" } }`);
    tree.write("project/node_modules/a/package.json", `{ "name": "a", "version": "1.0.0" }`);
    tree.write(
      "project/task.js",
      `export const imports = async (path) => (await import(path, { with: { type: "text" } })).default;
       export const reads = (path) => Deno.readTextFile(path);`,
    );
    const task = remote<Record<"imports" | "reads", (path: string) => Promise<string>>>(tree.url("project/task.js"));
    assertEquals(await client.run(task.imports, tree.path("elsewhere/node_modules/file.txt")), "data");
    await assertRejects(() => client.run(task.imports, tree.path("outside/file")), Error, "Requires read access");
    await assertRejects(
      () => client.run(task.reads, tree.path("elsewhere/node_modules/file.txt")),
      Error,
      "Requires read",
    );
  },

  async "`run` and `ffi` are the server's own rights."(tree, tries) {
    const program = tree.path("in/program");
    Deno.writeTextFileSync(program, `#!/bin/sh\n[ "$(cat ${tree.path("outside/file")})" = outside ]\n`, {
      mode: 0o755,
    });
    const permissions = { run: [program] };
    assert("refused" in await tries(permissions, "readFile", tree.path("outside/file")));
    assertEquals(await tries(permissions, "run", program), { allowed: 0 });
  },
};

Deno.test("S5: what docs/sandbox.md says does not hold is so, and nothing beyond", { ignore: !IS_UNIX }, async () => {
  const list = SECTION.slice(SECTION.indexOf("What does not hold"), SECTION.indexOf("It does **not**"));
  const said = [...list.matchAll(/^- \*\*(.+?)\*\*/gm)].map(([, words]) => words);
  assertEquals(said, Object.keys(GAPS));
  for (const [words, show] of Object.entries(GAPS)) {
    await using tree = new TempTree({
      "in/deep/file": "deep",
      "in/outside/file": "inside",
      "outside/file": "outside",
      "kept/logs": null,
    });
    const logFolder = tree.path("kept/logs");
    await using bystander = await Bystander.start({ logFolder, logConsole: false, logLevel: "info" });
    const tries: Try = (permissions, name, arg) => bystander.client.with({ permissions }).run(probes.probe, name, arg);
    try {
      await show(tree, tries, logFolder, bystander.client);
    } catch (error) {
      throw new Error(`"${words}" is not so`, { cause: error });
    }
  }
});
