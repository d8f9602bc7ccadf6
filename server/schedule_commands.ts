/**
 * What clients can ask for about schedules: those of their key, whoever has set them.
 *
 * @module
 */

import { ask, type Later, whenThere } from "../core/later.ts";
import type { Caller } from "../engine/caller.ts";
import type { Dispatcher } from "../engine/dispatcher.ts";
import type { Schedule } from "../engine/schedule.ts";
import type { Schedules } from "../engine/schedules.ts";
import type { Calls } from "../wire/message.ts";
import type { WireSchedule } from "../wire/schedule_message.ts";
import { cronCalendar } from "./cron.ts";
import { durabilityOf } from "./durability.ts";
import type { Profiles } from "./profiles.ts";
import { parseScheduleName, parseSetSchedule, parseTrigger, toWireSchedule } from "./schedule_requests.ts";
import { requireClient } from "./scopes.ts";
import { object } from "./shapes.ts";

/** What commands act on. */
export interface ScheduleCommandsParams {
  schedules: Schedules;
  dispatcher: Pick<Dispatcher, "find">;
  profiles: Pick<Profiles, "profileFor">;
  /** Whether tasks can outlive the server. */
  keepsTasks: boolean;
  /** Answers once all that was changed lasts, as far as anything does. */
  written(): Later<void>;
  /** Wall clock, milliseconds. */
  wall(): number;
}

/** A call that is about schedules. */
export type ScheduleCommand = Extract<keyof Calls, "schedules" | `${string}Schedule`>;

/** Executes commands about schedules. */
export class ScheduleCommands {
  #params: ScheduleCommandsParams;

  constructor(params: ScheduleCommandsParams) {
    this.#params = params;
  }

  /** Answers one call. @throws {TaskError} that goes back to the caller. */
  execute(command: ScheduleCommand, body: unknown, caller: Caller): unknown {
    const { schedules } = this.#params;
    requireClient(caller, command);
    const key = caller.clientKey.name;
    switch (command) {
      case "setSchedule":
        return this.#set(body, caller);
      case "schedules":
        return this.#list(body, key);
      case "pauseSchedule":
        return this.#kept(schedules.pause(key, nameIn(body, command)));
      case "resumeSchedule":
        return this.#kept(schedules.resume(key, nameIn(body, command)));
      case "triggerSchedule": {
        const { name, id } = parseTrigger(body);
        return ask<null>(({ give, refuse }) => schedules.trigger(key, name, id, { give: () => give(null), refuse }));
      }
      case "deleteSchedule": {
        const wasThere = schedules.delete(key, nameIn(body, command));
        return whenThere(this.#params.written(), () => wasThere);
      }
    }
  }

  #set(body: unknown, { clientKey }: Caller): Later<WireSchedule> {
    const { schedules, profiles, wall, keepsTasks } = this.#params;
    // What no run could be allowed now is refused now.
    const request = parseSetSchedule(body, (submission) => {
      durabilityOf(submission, keepsTasks);
      return profiles.profileFor(submission, null).name;
    });
    const { cron, timeZone } = request.spec;
    if (cron === null) return this.#kept(schedules.set({ ...request, clientKey, cron }));
    return cronCalendar(cron, timeZone, wall()).then((calendar) => {
      return this.#kept(schedules.set({ ...request, clientKey, cron: calendar }));
    });
  }

  #list(body: unknown, key: string): (WireSchedule | null)[] {
    const { schedules } = this.#params;
    const { name } = object(body, "schedules");
    const found = name == null ? schedules.list(key) : [schedules.get(key, parseScheduleName(name))];
    return found.map((schedule) => schedule === undefined ? null : this.#shown(schedule));
  }

  /** As it is once that lasts. */
  #kept(schedule: Schedule): Later<WireSchedule> {
    return whenThere(this.#params.written(), () => this.#shown(schedule));
  }

  #shown(schedule: Schedule): WireSchedule {
    return toWireSchedule(schedule, (id) => this.#params.dispatcher.find(id)?.state ?? "ready");
  }
}

function nameIn(body: unknown, command: string): string {
  return parseScheduleName(object(body, command).name);
}
