/**
 * `status`: what a running server is doing.
 *
 * @module
 */

import { escapeInJson, escapeInvisible } from "../core/shown_text.ts";
import type { ServerStatus } from "../wire/server_status.ts";
import type { Command } from "./command.ts";
import { callOfConnection, callOnce, CONNECTION_FLAGS } from "./connection.ts";
import { formatStatus } from "./status_table.ts";

/** Prints a snapshot. */
export const statusCommand: Command = {
  name: "status",
  summary: "Shows what a running server is doing.",
  flags: [...CONNECTION_FLAGS, { name: "json", help: "Print JSON, with times in milliseconds and sizes in bytes" }],
  call: callOfConnection,
  async run(values) {
    const status = await callOnce(values, "status", null) as ServerStatus;
    console.log(
      values.isOn("json") ? escapeInJson(JSON.stringify(status, null, 2)) : escapeInvisible(formatStatus(status)),
    );
    return 0;
  },
};
