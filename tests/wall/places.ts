/**
 * What a task gets to behind the second wall and without it. A program that a task runs asks Deno nothing, and neither
 * does SQLite: they stand for a hole in the first wall.
 */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type Client, type Permissions, remote, TaskError } from "../../mod.ts";
import { Bystander } from "../bad_input/bystander.ts";
import { allPids, commandLine, survivors } from "../fixtures/procfs.ts";
import { TempTree } from "../helpers/temp_tree.ts";
import { whyNoWall } from "./why_no_wall.ts";

const WHY_NOT = await whyNoWall();
const HERE = { ignore: WHY_NOT !== null };
const because = WHY_NOT === null ? "" : ` (not here: ${WHY_NOT})`;
const WALLS = ["none", "bwrap"] as const;
type WallOf = typeof WALLS[number];

const walled = remote<typeof import("../fixtures/walled.ts")>(import.meta.resolve("../fixtures/walled.ts"));

/** A folder with the server's key in it, and what else tasks may be granted. */
function makeTree(): TempTree {
  const tree = new TempTree({
    "in/file": "inside",
    "in/deep/file": "deep",
    "out/file": "outside",
    "in/keys/other": "not the server's",
    "in/logs": null,
  });
  Deno.writeTextFileSync(tree.path("in/keys/authkey"), "the key of the tests", { mode: 0o600 });
  return tree;
}

/** The same with a server of each kind, one after the other. */
async function withEach(
  use: (client: Client, wall: WallOf, tree: TempTree) => Promise<void>,
  options: { authkeyFile?: boolean } = {},
): Promise<void> {
  for (const wall of WALLS) {
    await using tree = makeTree();
    const key = options.authkeyFile ? { authkey: undefined, authkeyFile: tree.path("in/keys/authkey") } : {};
    const folder = { logFolder: tree.path("in/logs"), logConsole: false, logLevel: "info" } as const;
    await using bystander = await Bystander.start({ wall, ...key, ...folder });
    try {
      await use(bystander.client, wall, tree);
    } catch (error) {
      throw new Error(`With wall "${wall}": ${(error as Error).message}`, { cause: error });
    }
  }
}

async function says(client: Client, permissions: Permissions, ...command: [string, ...string[]]): Promise<string> {
  const [code, said] = await client.with({ permissions: { run: true, ...permissions } }).run(
    walled.program,
    ...command,
  );
  return code === 0 ? said : "refused";
}

Deno.test(
  `The key's file, in a folder that a task may read, is read by a program without the wall, and not there behind it${because}`,
  HERE,
  async () => {
    await withEach(async (client, wall, tree) => {
      for (const permissions of [{ read: [tree.path("in")] }, { read: true }, { read: true, write: true }] as const) {
        const key = tree.path("in/keys/authkey");
        // The first wall alone keeps it from the task itself.
        const own = await client.with({ permissions }).run(walled.read, key).catch((error) => (error as Error).name);
        assertEquals(own, "NotCapable");
        const byProgram = await says(client, permissions, "cat", key);
        assertEquals(byProgram, wall === "none" ? "the key of the tests" : "refused", JSON.stringify(permissions));
        assertEquals(await says(client, permissions, "cat", tree.path("in/keys/other")), "not the server's");
        assertEquals(
          await says(client, permissions, "cat", tree.path("in/logs/Server.log")) === "refused",
          wall === "bwrap",
        );
      }
    }, { authkeyFile: true });
  },
);

Deno.test(
  `What was not granted is not there behind the wall, and what was granted to read cannot be written${because}`,
  HERE,
  async () => {
    await withEach(async (client, wall, tree) => {
      const permissions = { read: [tree.path("in")], write: [tree.path("in/deep")] };
      assertEquals(await says(client, permissions, "cat", tree.path("in/file")), "inside");
      const isWhole = wall === "none";
      assertEquals(await says(client, permissions, "cat", tree.path("out/file")), isWhole ? "outside" : "refused");
      const append = (path: string) => says(client, permissions, "sh", "-c", `echo more >> ${path}`);
      assertEquals(await append(tree.path("in/file")), isWhole ? "" : "refused");
      assertEquals(await append(tree.path("in/deep/file")), "");
      assertEquals(Deno.readTextFileSync(tree.path("in/deep/file")), "deepmore\n");
      assertEquals(Deno.readTextFileSync(tree.path("in/file")), isWhole ? "insidemore\n" : "inside");
      const seen = (await says(client, permissions, "ls", "/")).split("\n");
      for (const name of ["var", "srv", "sys"]) assertEquals(seen.includes(name), isWhole, name);
    });
  },
);
