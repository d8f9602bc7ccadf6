/**
 * Schedules at a server, from the side of a client.
 *
 * @module
 */

import { type CallLimits, LIMITS } from "../core/call_limits.ts";
import { requireKnown } from "../core/require_known.ts";
import { requireNumber } from "../core/require_number.ts";
import {
  isEveryMs,
  isScheduleName,
  MAX_EVERY_MS,
  MAX_SCHEDULE_INPUT_BYTES,
  MIN_EVERY_MS,
  SCHEDULE_NAMES,
} from "../core/schedule_limits.ts";
import { showValue } from "../core/show_value.ts";
import { uuidv7 } from "../core/uuid.ts";
import { isProcedure, type Procedure } from "../procedures/procedure.ts";
import type { ScheduleInfo, ScheduleSpec } from "../procedures/schedule.ts";
import { Task, type TaskOptions } from "../procedures/task.ts";
import type { CallOptions, TaskHandle } from "../procedures/task_caller.ts";
import { requireTaskOptions } from "../procedures/task_options.ts";
import { requireNoUnique } from "../procedures/unique_options.ts";
import type { Calls } from "../wire/message.ts";
import type { WireSchedule, WireScheduleSpec } from "../wire/schedule_message.ts";
import { callWithin } from "./call_within.ts";
import { Handle } from "./handle.ts";
import type { Link } from "./link.ts";
import { submissionOf } from "./profile.ts";
import { prepare } from "./target.ts";

const KNOWN: readonly (keyof ScheduleSpec)[] = ["cron", "timeZone", "everyMs", "overlap", "catchUp"];

/**
 * The schedules of a client's key, whoever has set them: tasks that the server submits at times, also when no client is
 * connected. Got from `client.schedules`; not from within a task.
 */
export class Schedules {
  #link: Link;
  #options: TaskOptions;
  #limitsOf: (options: CallOptions) => CallLimits;

  /** @ignore */
  constructor(link: Link, options: TaskOptions, limitsOf: (options: CallOptions) => CallLimits) {
    this.#link = link;
    this.#options = options;
    this.#limitsOf = limitsOf;
  }

  /**
   * Sets a schedule, or changes the one of this name. Where the times stay the same, so does the next due time; what was
   * paused stays paused. The task's options, and this client's, are those of each run.
   *
   * @throws {TypeError} {RangeError} for a name, a specification or a task that cannot be used.
   * @throws {TaskError} `INVALID_REQUEST` for a cron text or a time zone that the server does not understand,
   * `SCHEDULES_FULL`, `STORE_FULL`, `NOT_ALLOWED` within a task, and whatever a submission of the task would raise now.
   *
   * @example
   * ```ts
   * import { Client, task } from "../mod.ts";
   * import { Server } from "../server.ts";
   *
   * await using server = await Server.start({ address: "127.0.0.1:0", authkey: "secret", logLevel: "none" });
   * await using client = await Client.connect({ address: server.address, authkey: "secret" });
   * const { nextAt } = await client.schedules.set("greet", { everyMs: 60_000 }, task((name: string) => `Hi, ${name}`, "Eve"));
   * console.assert(nextAt! > Date.now());
   * console.assert(await (await client.schedules.trigger("greet")).result() === "Hi, Eve");
   * ```
   */
  async set(
    name: string,
    spec: ScheduleSpec,
    task: Task | Procedure,
    options: CallOptions = {},
  ): Promise<ScheduleInfo> {
    requireName(name);
    const wire = toWireSpec(spec);
    const { submission, input } = this.#runOf(task);
    return toInfo(await this.#call("setSchedule", { name, spec: wire, submission, input }, options));
  }

  /** All of them, by their names. */
  async list(options: CallOptions = {}): Promise<ScheduleInfo[]> {
    const found = await this.#call("schedules", { name: null }, options);
    return found.map((schedule) => toInfo(schedule!));
  }

  /** The one of a name; null where there is none. */
  async get(name: string, options: CallOptions = {}): Promise<ScheduleInfo | null> {
    const [found] = await this.#call("schedules", { name: requireName(name) }, options);
    return found && toInfo(found);
  }

  /**
   * Nothing of it begins by itself until it is resumed. What runs goes on; what falls due meanwhile is passed over, and so
   * is what waits.
   *
   * @throws {TaskError} `UNKNOWN_SCHEDULE`.
   */
  async pause(name: string, options: CallOptions = {}): Promise<ScheduleInfo> {
    return toInfo(await this.#call("pauseSchedule", { name: requireName(name) }, options));
  }

  /** It goes on with its next due time. @throws {TaskError} `UNKNOWN_SCHEDULE`. */
  async resume(name: string, options: CallOptions = {}): Promise<ScheduleInfo> {
    return toInfo(await this.#call("resumeSchedule", { name: requireName(name) }, options));
  }

  /**
   * Runs it now, whether or not it is paused or another run has not ended, and gives the handle of that run.
   *
   * @throws {TaskError} `UNKNOWN_SCHEDULE`, and whatever a submission of the task would raise now.
   */
  async trigger<Data = unknown>(name: string, options: CallOptions = {}): Promise<TaskHandle<Data>> {
    const id = uuidv7();
    await this.#call("triggerSchedule", { name: requireName(name), id }, options);
    return new Handle<Data>(this.#link, id, null, []);
  }

  /** It is no more. What runs goes on. True when there was one. */
  async delete(name: string, options: CallOptions = {}): Promise<boolean> {
    return await this.#call("deleteSchedule", { name: requireName(name) }, options);
  }

  async #call<Command extends keyof Calls>(
    command: Command,
    body: Calls[Command]["body"],
    options: CallOptions,
  ): Promise<Calls[Command]["reply"]> {
    requireKnown(options, LIMITS);
    return await callWithin(this.#limitsOf(options), (unsent) => this.#link.call(command, body, unsent));
  }

  #runOf(what: unknown): Pick<Calls["setSchedule"]["body"], "submission" | "input"> {
    if (!(what instanceof Task) && !isProcedure(what)) {
      throw new TypeError(
        `Cannot schedule ${showValue(what)}: give a task, made with task(fn, ...args), or a procedure`,
      );
    }
    const { target: callee, args, options: own } = what instanceof Task ? what : new Task(what, []);
    if (own.signal !== undefined) {
      throw new TypeError("Cannot schedule a task with a signal: its runs go on when this program has ended");
    }
    const { target, input } = prepare(callee, args);
    if (input.length > MAX_SCHEDULE_INPUT_BYTES) {
      throw new RangeError(
        `Cannot schedule the task: its arguments have ${input.length} bytes when encoded, and ` +
          `${MAX_SCHEDULE_INPUT_BYTES} are allowed: give it the name of a file, which it reads`,
      );
    }
    const { signal: _, ...options } = { ...this.#options, ...own };
    requireTaskOptions(options);
    requireNoUnique(options, "runs of a schedule have its overlap");
    return { submission: submissionOf(target, options, false), input };
  }
}

function requireName(name: unknown): string {
  if (typeof name === "string" && isScheduleName(name)) return name;
  const Kind = typeof name === "string" ? RangeError : TypeError;
  throw new Kind(
    `Cannot use the name of a schedule: it must be ${SCHEDULE_NAMES}: current value is ${showValue(name)}`,
  );
}

/**
 * The specification in the form in which it is sent. Cron texts and time zones are the server's to judge.
 *
 * @throws {TypeError} {RangeError} for one that is none.
 */
function toWireSpec(spec: ScheduleSpec): WireScheduleSpec {
  requireKnown(spec, KNOWN, "schedule option");
  const { cron, timeZone, everyMs, overlap, catchUp } = spec;
  requireText("cron", cron, '"0 3 * * *" for each day at 3:00');
  requireText("timeZone", timeZone, '"Europe/Berlin"');
  requireNumber(
    "everyMs",
    everyMs,
    isEveryMs,
    `whole milliseconds from ${MIN_EVERY_MS} to ${MAX_EVERY_MS}, such as 60000 for each minute`,
  );
  requireWord("overlap", overlap, ["skip", "queue", "allow"]);
  requireWord("catchUp", catchUp, ["none", "one", "all"]);
  if ((cron === undefined) === (everyMs === undefined)) {
    const given = cron === undefined ? "there is neither" : "there are both";
    throw new TypeError(`Cannot use cron and everyMs: give one of them, such as { cron: "0 3 * * *" }: ${given}`);
  }
  if (timeZone !== undefined && cron === undefined) {
    throw new TypeError("Cannot use timeZone with everyMs, which knows no time of day: give it with cron");
  }
  return {
    cron: cron ?? null,
    timeZone: timeZone ?? null,
    everyMs: everyMs ?? null,
    overlap: overlap ?? null,
    catchUp: catchUp ?? null,
  };
}

function requireText(name: string, value: unknown, example: string): void {
  if (value === undefined || (typeof value === "string" && value !== "")) return;
  throw new TypeError(
    `Cannot use ${name}: it must be a text, such as ${example}: current value is ${showValue(value)}`,
  );
}

function requireWord(name: string, value: unknown, words: readonly string[]): void {
  if (value === undefined || words.includes(value as string)) return;
  const allowed = words.map((word) => `"${word}"`).join(" or ");
  throw new RangeError(`Cannot use ${name}: it must be ${allowed}: current value is ${showValue(value)}`);
}

function toInfo(wire: WireSchedule): ScheduleInfo {
  const { refusal } = wire;
  return { ...wire, refusal: refusal && { code: refusal[0], message: refusal[1] } };
}
