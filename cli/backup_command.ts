/**
 * `backup`: has a running server copy its store.
 *
 * @module
 */

import { escapeInvisible } from "../core/shown_text.ts";
import type { Command } from "./command.ts";
import { callOfConnection, callOnce, CONNECTION_FLAGS } from "./connection.ts";
import { UsageError } from "./cli_error.ts";

/** Has the server make a backup, and waits for it. */
export const backupCommand: Command = {
  name: "backup",
  summary: "Has a running server copy its store to a new file, while it goes on.",
  argument: "FILE",
  flags: CONNECTION_FLAGS,
  notes:
    "The server writes FILE, on its machine: a relative path begins at its working folder. To go back to a backup,\n" +
    "stop the server, move the store and the files beside it away, and copy FILE to where the store was.",
  call: callOfConnection,
  async run(values) {
    const file = values.argument;
    if (file === undefined) throw new UsageError("Give the file that is to be made: backup FILE");
    const [path, bytes] = await callOnce(values, "backup", { file });
    console.log(escapeInvisible(`Backed the store up to ${path} (${(bytes / 2 ** 20).toFixed(1)} MiB)`));
    return 0;
  },
};
