/**
 * Schedules as they lie in a store's file: each in two parts, what it is and how far it has come, for the one changes with
 * each run and the other may have a megabyte of arguments.
 *
 * @module
 */

import type { Calendar, KeptSchedule } from "../engine/schedule.ts";
import type { ClientKey } from "../engine/task.ts";
import type { TaskStore } from "../engine/task_store.ts";
import { decode, encode } from "../wire/codec.ts";
import { cronCalendar } from "./cron.ts";
import type { ServerLog } from "./server_log.ts";

/** What a schedule is. */
type What = Pick<KeptSchedule, "clientKey" | "name" | "spec" | "task">;
/** How far it has come. */
type HowFar = Omit<KeptSchedule, keyof What>;

/** One that an earlier server has left. */
export interface StoredSchedule {
  readonly value: KeptSchedule;
  /** The due times of a cron text. */
  readonly cron: Calendar | null;
}

const WHAT = "what";
const HOW_FAR = "how far";

/** No name of a schedule has a space in it. */
const placeOf = ({ name, clientKey }: What) => `${name} ${clientKey.name}`;

/** Writes schedules. */
export class StoredSchedules {
  #store: Pick<TaskStore, "keepSchedule">;
  /** What was written of each. */
  #written = new Map<string, What>();

  constructor(store: Pick<TaskStore, "keepSchedule">) {
    this.#store = store;
  }

  /** One is this from now on, or no more. */
  onChanged(schedule: KeptSchedule, isGone: boolean): void {
    const place = placeOf(schedule);
    if (isGone) {
      this.#written.delete(place);
      for (const part of [WHAT, HOW_FAR]) this.#store.keepSchedule(`${part} ${place}`, null);
      return;
    }
    const { clientKey, name, spec, task, ...howFar } = schedule;
    const written = this.#written.get(place);
    if (written?.task !== task || written.spec !== spec) {
      const what: What = { clientKey, name, spec, task };
      this.#written.set(place, what);
      this.#store.keepSchedule(`${WHAT} ${place}`, encode(what));
    }
    this.#store.keepSchedule(`${HOW_FAR} ${place}`, encode(howFar satisfies HowFar));
  }
}

/**
 * Reads those that a file has. One whose cron text is understood no more, for want of its time zone, is paused, and said.
 */
export async function readSchedules(
  parts: readonly { readonly id: string; readonly value: Uint8Array }[],
  keyOf: (name: string, weight: number) => ClientKey,
  log: Pick<ServerLog, "write">,
): Promise<StoredSchedule[]> {
  const byId = new Map(parts.map(({ id, value }) => [id, value]));
  const found: StoredSchedule[] = [];
  for (const [id, bytes] of byId) {
    if (!id.startsWith(`${WHAT} `)) continue;
    const what = decode(bytes) as What;
    const rest = byId.get(`${HOW_FAR} ${placeOf(what)}`);
    // Its other part is lost, which a salvage has said.
    if (rest === undefined) continue;
    const { name, weight } = what.clientKey;
    const value: KeptSchedule = { ...what, ...decode(rest) as HowFar, clientKey: keyOf(name, weight) };
    found.push(await withCalendar(value, log));
  }
  return found;
}

async function withCalendar(value: KeptSchedule, log: Pick<ServerLog, "write">): Promise<StoredSchedule> {
  const { cron, timeZone } = value.spec;
  if (cron === null) return { value, cron: null };
  try {
    return { value, cron: await cronCalendar(cron, timeZone, value.anchorAt) };
  } catch (error) {
    log.write("Server", "error", `The schedule "${value.name}" is paused: ${(error as Error).message}`);
    return { value: { ...value, isPaused: true, nextAt: null }, cron: () => null };
  }
}
