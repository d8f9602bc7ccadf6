/**
 * What the tests of the second wall have in common: whether there can be one here, and a server of each kind.
 *
 * @module
 */

import type { Client } from "../../mod.ts";
import { Bystander } from "../bad_input/bystander.ts";
import type { ServerOptions } from "../../server.ts";
import { TempTree } from "../helpers/temp_tree.ts";
import { whyNoWall } from "./why_no_wall.ts";

const WHY_NOT = await whyNoWall();

/** For tests that need a wall. */
export const HERE: { readonly ignore: boolean } = { ignore: WHY_NOT !== null };

/** Behind the name of such a test. */
export const because: string = WHY_NOT === null ? "" : ` (not here: ${WHY_NOT})`;

/** Without a second wall, and behind it. */
export type WallOf = "none" | "bwrap";

/** A folder with what tasks may be granted in it, and what a server keeps for itself. */
export function makeTree(): TempTree {
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

/** A server of each kind, one after the other, which keeps its log in the tree; `keyFile`: its key too. */
export async function withEach(
  use: (client: Client, wall: WallOf, tree: TempTree) => Promise<void>,
  { keyFile = false }: { keyFile?: boolean } = {},
): Promise<void> {
  for (const wall of ["none", "bwrap"] as const) {
    await using tree = makeTree();
    const key: ServerOptions = keyFile ? { authkey: undefined, authkeyFile: tree.path("in/keys/authkey") } : {};
    const log: ServerOptions = { logFolder: tree.path("in/logs"), logConsole: false, logLevel: "info" };
    await using bystander = await Bystander.start({ wall, ...key, ...log });
    try {
      await use(bystander.client, wall, tree);
    } catch (error) {
      throw new Error(`With wall "${wall}": ${(error as Error).message}`, { cause: error });
    }
  }
}
