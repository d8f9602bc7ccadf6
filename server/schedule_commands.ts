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
import type { TaskStore } from "../engine/task_store.ts";
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
  /** Answers when what is changed now can last, and once all that was changed does: as far as anything lasts. */
  store: Pick<TaskStore, "room" | "written">;
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
        return this.#change(() => schedules.pause(key, nameIn(body, command)));
      case "resumeSchedule":
        return this.#change(() => schedules.resume(key, nameIn(body, command)));
      case "triggerSchedule": {
        const { name, id } = parseTrigger(body);
        return ask<null>(({ give, refuse }) => schedules.trigger(key, name, id, { give: () => give(null), refuse }));
      }
      case "deleteSchedule": {
        return this.#lasting(() => schedules.delete(key, nameIn(body, command)));
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
    if (cron === null) return this.#change(() => schedules.set({ ...request, clientKey, cron }));
    return cronCalendar(cron, timeZone, wall()).then((calendar) => {
      return this.#change(() => schedules.set({ ...request, clientKey, cron: calendar }));
    });
  }

  #list(body: unknown, key: string): (WireSchedule | null)[] {
    const { schedules } = this.#params;
    const { name } = object(body, "schedules");
    const found = name == null ? schedules.list(key) : [schedules.get(key, parseScheduleName(name))];
    return found.map((schedule) => schedule === undefined ? null : this.#shown(schedule));
  }

  #change(act: () => Schedule): Later<WireSchedule> {
    return whenThere(this.#lasting(act), (schedule) => this.#shown(schedule));
  }

  /**
   * What an act gives, once that lasts. With a full disk nothing is changed, unless the last room goes to others meanwhile.
   *
   * @throws {TaskError} `STORE_FULL`.
   */
  #lasting<T>(act: () => T): Later<T> {
    const { store } = this.#params;
    return whenThere(store.room(), () => {
      const done = act();
      return whenThere(store.written(), () => done);
    }) as Later<T>;
  }

  #shown(schedule: Schedule): WireSchedule {
    return toWireSchedule(schedule, (id) => this.#params.dispatcher.find(id)?.state ?? "ready");
  }
}

function nameIn(body: unknown, command: string): string {
  return parseScheduleName(object(body, command).name);
}
