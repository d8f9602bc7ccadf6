/**
 * Standard output and standard error of a server's process, as its log and the command write to them. `console` would
 * hold the process up for as long as nobody reads.
 *
 * @module
 */

import { type Clock, systemClock } from "../core/clock.ts";
import { BoundedOutput } from "./bounded_output.ts";

/** Characters that wait for whoever reads. */
const MAX_CHARS = 8 * 2 ** 20;
/** Longest wait for them at the end, in milliseconds. */
const FLUSH_MS = 500;
/** Milliseconds between attempts at a pipe that does not make its writer wait: there is no word for when it has room. */
const RETRY_MS = 50;

/** The part of `Deno.stdout` that is needed. */
export interface StandardStream {
  write(bytes: Uint8Array): Promise<number>;
}

/** A bounded output over a stream of the process. */
export function streamOutput(stream: StandardStream, name: string, clock: Clock = systemClock): BoundedOutput {
  const encoder = new TextEncoder();
  return new BoundedOutput({
    maxChars: MAX_CHARS,
    clock,
    notice: (dropped) => ({ file: "", text: notices.write(noticeOf(dropped, name), dropped) }),
    async write(lines) {
      const bytes = encoder.encode(lines.map(({ text }) => text).join(""));
      for (let sent = 0; sent < bytes.length;) {
        try {
          sent += await stream.write(bytes.subarray(sent));
        } catch (error) {
          if (!(error instanceof Deno.errors.WouldBlock)) throw error;
          await new Promise<void>((resolve) => clock.schedule(RETRY_MS, resolve));
        }
      }
    },
  });
}

function noticeOf(dropped: number, name: string): string {
  return `… ${dropped.toLocaleString("en")} ${dropped === 1 ? "line" : "lines"} dropped: ${name} was not read`;
}

/** How it is said that lines are missing: as text, unless a log of this process is written otherwise. */
export const notices: { write(message: string, dropped: number): string } = { write: (message) => `${message}\n` };

/** Of this process, and thus of all servers in it. */
export const standardOutput: BoundedOutput = streamOutput(Deno.stdout, "standard output");
/** The same for errors. */
export const standardError: BoundedOutput = streamOutput(Deno.stderr, "standard error");

/** Prints a line to standard output. */
export function print(text: string): void {
  standardOutput.add({ file: "", text: `${text}\n` });
}

/** Resolves when all that was printed has left, or when that takes too long. */
export async function printed(): Promise<void> {
  await Promise.all([standardOutput.flushed(FLUSH_MS), standardError.flushed(FLUSH_MS)]);
}
