/**
 * `pause` and `resume`: whether a running server starts what waits.
 *
 * @module
 */

import type { Command } from "./command.ts";
import { callOfConnection, callOnce, CONNECTION_FLAGS } from "./connection.ts";

/** Starts nothing new. */
export const pauseCommand = commandFor("pause", {
  summary: "Has a running server start nothing new; what runs goes on.",
  done: "TaskServer paused: no task begins until it is resumed",
});

/** Goes on. */
export const resumeCommand = commandFor("resume", {
  summary: "Has a running server that is paused start what waits.",
  done: "TaskServer resumed",
});

function commandFor(name: "pause" | "resume", { summary, done }: { summary: string; done: string }): Command {
  return {
    name,
    summary,
    flags: CONNECTION_FLAGS,
    call: callOfConnection,
    async run(values) {
      await callOnce(values, name, null);
      console.log(done);
      return 0;
    },
  };
}
