/**
 * Pauses a server and resumes it, for whoever asks, and has the next server go on with that.
 *
 * @module
 */

import { type Later, whenThere } from "../core/later.ts";
import type { Pausing } from "../engine/pausing.ts";
import type { TaskStore } from "../engine/task_store.ts";
import { decode, encode } from "../wire/codec.ts";
import type { ServerLog } from "./server_log.ts";

/** Where it is kept, among the parts of schedules: the names of these have a space in them. */
const PLACE = "paused";

/** What the switch has to do with. */
export interface PauseSwitchParams {
  pausing: Pausing;
  store: Pick<TaskStore, "keepSchedule" | "written">;
  log: Pick<ServerLog, "write">;
  /** Wall clock, milliseconds. */
  wall(): number;
}

/** The one switch. */
export class PauseSwitch {
  #params: PauseSwitchParams;

  constructor(params: PauseSwitchParams) {
    this.#params = params;
  }

  /** Starts nothing new from now on; answers once that lasts. */
  pause(): Later<null> {
    const { pausing, store, log, wall } = this.#params;
    if (pausing.since === null) {
      pausing.pause(wall());
      store.keepSchedule(PLACE, encode(pausing.since));
      log.write("Server", "info", "Paused: no task begins until it is resumed");
    }
    return this.#written();
  }

  /** Starts what waits; answers once that lasts. */
  resume(): Later<null> {
    const { pausing, store, log } = this.#params;
    if (pausing.since !== null) {
      store.keepSchedule(PLACE, null);
      log.write("Server", "info", "Resumed");
      pausing.resume();
    }
    return this.#written();
  }

  /** Goes on with what an earlier server has left, before any task of it begins. */
  restore(kept: readonly { readonly id: string; readonly value: Uint8Array }[]): void {
    const found = kept.find(({ id }) => id === PLACE);
    if (found === undefined) return;
    this.#params.pausing.pause(decode(found.value) as number);
    this.#params.log.write("Server", "warning", "Paused, as the server before: no task begins until it is resumed");
  }

  #written(): Later<null> {
    return whenThere(this.#params.store.written(), () => null);
  }
}
