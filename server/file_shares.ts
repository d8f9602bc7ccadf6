/**
 * How a server shares out the files that its process may have open, so that no part of it can use up what others need:
 * the runtime ends the whole process, or fails in odd places, when there are none left.
 *
 * @module
 */

/** Where the system does not say how many files there may be: what the runtime raises the limit to, or less. */
const UNKNOWN_LIMIT = 4096;
/** The runtime's own, listeners, logs, and what helper programs take for a moment. */
const RESERVE = 64;
/** Three pipes, the process and its connection, and what starting it takes besides. */
const FILES_PER_PROCESS = 6;
const MAX_NEWCOMERS = 256;
const LEAST_NEWCOMERS = 8;
const LEAST_PROCESSES = 2;
const LEAST_CLIENTS = 4;

/** What there may be of each at once. */
export interface FileShares {
  /** Connections that have not proved themselves, at either of the two sockets. */
  readonly maxNewcomers: number;
  readonly maxProcesses: number;
  readonly maxClients: number;
}

/** Shares out `limit` files. No more processes than were asked for, and what they do not need is for clients. */
export function shareFiles(limit: number, maxProcesses: number): FileShares {
  const maxNewcomers = Math.max(LEAST_NEWCOMERS, Math.min(MAX_NEWCOMERS, Math.floor(limit / 8)));
  // Refused ones that have not read why take a fourth as much again, and there are two sockets.
  const left = Math.max(0, limit - RESERVE - Math.ceil(maxNewcomers * 2.25));
  const processes = Math.max(LEAST_PROCESSES, Math.floor((left * 0.75) / FILES_PER_PROCESS));
  const fitting = Math.min(maxProcesses, processes);
  return {
    maxNewcomers,
    maxProcesses: fitting,
    maxClients: Math.max(LEAST_CLIENTS, left - fitting * FILES_PER_PROCESS),
  };
}

/** How many files this process may have open. */
export async function fileLimit(): Promise<number> {
  try {
    return parseFileLimit(await Deno.readTextFile("/proc/self/limits"));
  } catch {
    return UNKNOWN_LIMIT;
  }
}

/** Reads the text of `/proc/self/limits`; the first number is the one that counts. */
export function parseFileLimit(text: string): number {
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(text)?.[1];
  if (soft === "unlimited") return Infinity;
  return soft === undefined ? UNKNOWN_LIMIT : Number(soft);
}
