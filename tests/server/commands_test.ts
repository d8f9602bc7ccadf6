import { assertEquals } from "@std/assert";
import type { Caller } from "../../engine/caller.ts";
import { Commands, type CommandsParams } from "../../server/commands.ts";
import { EventHub } from "../../server/event_hub.ts";
import { KeptLines } from "../../wire/kept_lines.ts";
import type { WireLogLine } from "../../wire/log_lines.ts";
import type { Peer } from "../../wire/peer.ts";
import { FakeClock } from "../helpers/fake_clock.ts";

const CLIENT = { run: null } as unknown as Caller;

for (const how of ["prints", "ends"]) {
  Deno.test(`O4: what is kept arrives ahead of all that comes when the task ${how} before the reply has left`, async () => {
    const clock = new FakeClock();
    const hub = new EventHub({ wall: () => 0 });
    const keptLines = new KeptLines(clock, 1000);
    const dispatcher = { find: () => ({}) };
    const commands = new Commands({ dispatcher, hub, keptLines } as unknown as CommandsParams);
    const pushes: unknown[] = [];
    const peer = { bufferedBytes: 0, push: (...push: unknown[]) => pushes.push(push) } as unknown as Peer;

    const lines: WireLogLine[] = ["first", "second", "third"].map((text) => ["a", "W", "info", 0, text]);
    keptLines.add("a", lines.slice(0, 2));
    commands.execute("subscribe", { subscription: 7, topic: "logs", taskId: "a", from: 0 }, CLIENT, peer);
    // In the same turn as the request.
    if (how === "prints") hub.log("a", lines.slice(2));
    else hub.taskEnded("a");
    await Promise.resolve();
    assertEquals(pushes, how === "prints" ? [["log", [7, lines]]] : [["log", [7, lines.slice(0, 2)]], ["end", 7]]);
  });
}
