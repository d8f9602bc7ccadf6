/**
 * `stop`: ends a running server.
 *
 * @module
 */

import { ServerOffline } from "../core/errors.ts";
import type { Peer } from "../wire/peer.ts";
import type { ServerStatus } from "../wire/server_status.ts";
import type { Command } from "./command.ts";
import { callOfConnection, CONNECTION_FLAGS, connector } from "./connection.ts";
import { UsageError } from "./cli_error.ts";

/** Stops a server and waits until it is gone. */
export const stopCommand: Command = {
  name: "stop",
  summary: "Stops a running server and waits until it is gone; what runs ends first.",
  flags: [
    ...CONNECTION_FLAGS,
    { name: "now", help: "Kill what runs" },
    { name: "deadline", value: "TIME", help: "Kill what still runs after this time: 500ms, 30s, 5m or 3h" },
  ],
  call: callOfConnection,
  async run(values) {
    const deadlineMs = values.durationMs("deadline") ?? null;
    const mode = values.isOn("now") ? "now" : "drain";
    if (mode === "now" && deadlineMs !== null) throw new UsageError("Give --now or --deadline, not both");
    const connect = await connector(values);
    const peer = await connect();
    const { workers, taskQueueSize } = await statusOf(peer);
    const tasks = workers.filter(({ taskId }) => taskId !== null).length + taskQueueSize;
    if (mode === "drain" && tasks > 0) console.log(`Waiting for ${tasks} ${tasks === 1 ? "task" : "tasks"} to end`);
    await peer.call("quit", { mode, deadlineMs });
    const reason = await peer.closed;
    // It may live on: that nothing is heard of it is no sign of its end.
    if (peer.silentMs > 0) throw reason;
    await whenGone(connect);
    console.log("TaskServer stopped");
    return 0;
  },
};

/** A server closes its connections before its socket, so that a new one can come in between. */
async function whenGone(connect: () => Promise<Peer>): Promise<void> {
  for (;;) {
    try {
      const peer = await connect();
      const { state } = await statusOf(peer);
      // Somebody has started another one at the address.
      if (state === "running") return await peer.close();
      await peer.closed;
    } catch (error) {
      if (error instanceof ServerOffline) return;
      throw error;
    }
  }
}

async function statusOf(peer: Peer): Promise<ServerStatus> {
  return await peer.call("status", null) as ServerStatus;
}
