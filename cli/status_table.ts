/**
 * A snapshot of a server as a text for people.
 *
 * @module
 */

import type { PipelineStatus, ServerStatus, WallStatus, WorkerStatus } from "../wire/server_status.ts";
import { formatDuration } from "./duration.ts";

/** Longer names are cut. */
const MAX_NAME_CHARS = 40;

/** What servers before this release do not tell: a newer field of a status is no other protocol. */
type MayBeUntold = "delayedTasks" | "keyLimits" | "pausedAt" | "deadLetters" | "wall" | "schedules";

/** As it comes from a server of this protocol, of whichever release. */
export type ToldStatus = Omit<ServerStatus, MayBeUntold> & Partial<Pick<ServerStatus, MayBeUntold>>;

/** Totals line by line, then a table of workers. */
export function formatStatus(status: ToldStatus): string {
  const { slots, totals, workers, group, helpers, delayedTasks, keyLimits, wall, schedules } = status;
  const { pausedAt, deadLetters } = status;
  const name = group === null ? "" : ` of the group ${group}`;
  return [
    `TaskServer ${status.version}${name} at ${status.address}: ${status.state}, up ${formatDuration(status.uptimeMs)}`,
    "",
    ...(pausedAt == null ? [] : [`paused     since ${new Date(pausedAt).toISOString()}: nothing new starts`]),
    `slots      ${slots.taken} of ${slots.total} taken, ${slots.lent} lent`,
    `queue      ${status.taskQueueSize}${delayedTasks === undefined ? "" : `, ${delayedTasks} delayed`}`,
    ...keysLines(keyLimits),
    `cache      ${status.resultCacheSize}${deadLetters === undefined ? "" : `, ${deadLetters} dead letters`}`,
    `clients    ${status.clients}`,
    `tasks      ${totals.submitted} submitted, ${totals.succeeded} succeeded, ${totals.failed} failed, ${totals.cancelled} cancelled`,
    ...(totals.handedBack + totals.lost === 0
      ? []
      : [`stopping   ${totals.handedBack} waiting tasks handed back, ${totals.lost} lost: their clients are away`]),
    ...schedulesLines(schedules),
    `helpers    ${helpers.running} running, ${helpers.waiting} waiting`,
    `processes  ${totals.processesStarted} started, ${totals.peakProcesses} at once at most`,
    ...wallLines(wall),
    `refused    ${totals.refusedConnections} connections, ${totals.failedHandshakes} handshakes`,
    "",
    ...(workers.length === 0 ? ["no workers"] : table(workers)),
    ...status.pipelines.flatMap(pipelineLines),
  ].join("\n");
}

/** Keys that are told of in one line. */
const MAX_KEYS = 3;

function keysLines(limits: ToldStatus["keyLimits"]): string[] {
  if (limits === undefined || limits.keys === 0) return [];
  const { keys, tasks, first } = limits;
  const shown = first.slice(0, MAX_KEYS).map(({ key, waiting, held, concurrency }) => {
    const holders = concurrency === null ? `${held} hold it` : `${held} of ${concurrency} hold it`;
    return `${printable(key)} ${waiting} (${holders})`;
  });
  const others = keys > shown.length ? `, and ${keys - shown.length} more` : "";
  return [`keys       ${tasks} tasks wait for ${keys}: ${shown.join(", ")}${others}`];
}

function schedulesLines(schedules: ToldStatus["schedules"]): string[] {
  if (schedules === undefined || schedules.total === 0) return [];
  const { total, paused, nextAt } = schedules;
  const next = nextAt === null ? "none is due" : `the next at ${new Date(nextAt).toISOString()}`;
  return [`schedules  ${total}, ${paused} of them paused, ${next}`];
}

function wallLines(wall: ToldStatus["wall"]): string[] {
  if (wall === undefined) return [];
  const { holds, version, why } = wall;
  const line = `wall       ${holds}${version === null ? "" : ` ${version}`}${why === null ? "" : `: ${why}`}`;
  return holds === "none" ? [line] : [line, `limits     ${limits(wall)}`];
}

function limits({ limits, limitsWhy }: WallStatus): string {
  const held = limits.length === 0 ? "none" : limits.join(", ");
  return limitsWhy === null ? held : `${held}: ${limitsWhy}`;
}

const HEADINGS = ["worker", "pid", "task", "state", "age", "cpu", "rss"];
/** Columns of figures stand to the right. */
const IS_FIGURE = [false, true, false, false, true, true, true];

function table(workers: readonly WorkerStatus[]): string[] {
  const rows = [HEADINGS, ...workers.map(cells)];
  const widths = HEADINGS.map((_, at) => Math.max(...rows.map((row) => row[at].length)));
  return rows.map((row) =>
    row.map((cell, at) => IS_FIGURE[at] ? cell.padStart(widths[at]) : cell.padEnd(widths[at])).join("  ").trimEnd()
  );
}

function cells({ name, pid, taskName, state, ageMs, cpu, rssBytes }: WorkerStatus): string[] {
  return [
    name,
    pid === null ? "-" : String(pid),
    printable(taskName ?? "-"),
    state,
    formatDuration(ageMs),
    cpu === null ? "-" : `${Math.round(cpu * 100)}%`,
    rssBytes === null ? "-" : `${(rssBytes / 1024 ** 2).toFixed(1)} MiB`,
  ];
}

function pipelineLines({ name, state, capacity, backlog, stages }: PipelineStatus): string[] {
  return [
    "",
    `pipeline ${printable(name)}: ${state}, ${backlog} of ${capacity} items inside`,
    ...stages.map(({ name, host, workers, waiting, inService, served, serviceMs }) =>
      `  ${printable(name)}  ${workers} × ${host}, ${waiting} waiting, ${inService} in service, ${served} served` +
      (serviceMs === null ? "" : `, ${serviceMs.toFixed(1)} ms a batch`)
    ),
  ];
}

/** Names come from clients, and must not steer the terminal of whoever looks. */
function printable(text: string): string {
  const clean = text.replace(/\p{C}/gu, "?");
  return clean.length > MAX_NAME_CHARS ? `${clean.slice(0, MAX_NAME_CHARS - 1)}…` : clean;
}
