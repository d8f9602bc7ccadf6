/**
 * Schedules as they are asked for, and as they are sent.
 *
 * @module
 */

import { ownBytes } from "../core/own_bytes.ts";
import {
  isEveryMs,
  isScheduleName,
  MAX_EVERY_MS,
  MAX_SCHEDULE_INPUT_BYTES,
  MIN_EVERY_MS,
  SCHEDULE_NAMES,
} from "../core/schedule_limits.ts";
import { uuidv7 } from "../core/uuid.ts";
import type { Schedule, ScheduledTask, ScheduleSpec } from "../engine/schedule.ts";
import { decode, encode } from "../wire/codec.ts";
import type { WireSchedule } from "../wire/schedule_message.ts";
import { bytes, type Fields, invalid, object, optional, show, text } from "./shapes.ts";
import { parseSubmit, parseTasks, type SubmitRequest } from "./submit_request.ts";

/** The longest name of a time zone has some 30. */
const MAX_TIME_ZONE_CHARS = 100;

/** A schedule that is to be set. */
export interface ScheduleRequest {
  readonly name: string;
  readonly spec: ScheduleSpec;
  readonly task: ScheduledTask;
}

/** Checks a `setSchedule`; `nameOf` checks what its runs submit, and says what that is called. */
export function parseSetSchedule(body: unknown, nameOf: (request: SubmitRequest) => string): ScheduleRequest {
  const { name, spec, submission, input } = object(body, "setSchedule");
  const own = ownBytes(bytes(input, "setSchedule.input"));
  if (own.length > MAX_SCHEDULE_INPUT_BYTES) {
    throw invalid(`the arguments may have ${MAX_SCHEDULE_INPUT_BYTES} bytes when encoded: they have ${own.length}`);
  }
  const asked = requirePlain(object(submission, "setSchedule.submission"));
  const task = { submission: encode(asked), input: own };
  return {
    name: parseScheduleName(name),
    spec: parseSpec(object(spec, "setSchedule.spec")),
    task: { ...task, name: nameOf(submissionOfRun(task, uuidv7())) },
  };
}

/** What a run submits. @throws {TaskError} `INVALID_REQUEST` */
export function submissionOfRun({ submission, input }: Omit<ScheduledTask, "name">, id: string): SubmitRequest {
  return parseSubmit({ ...decode(submission) as Fields, tasks: [[id, input]] });
}

/** Whether its runs end with their server, as they ask. All else that they say is looked at when they run. */
export function endsWithServer({ submission }: ScheduledTask): boolean {
  return (decode(submission) as Fields).durable === false;
}

/** Checks the name of a schedule. */
export function parseScheduleName(value: unknown): string {
  const name = text(value, "a schedule's name");
  if (isScheduleName(name)) return name;
  throw invalid(`a schedule's name must be ${SCHEDULE_NAMES}: it is ${show(name)}`);
}

/** Checks what is triggered, and the id of the task that is to come of it. */
export function parseTrigger(body: unknown): { name: string; id: string } {
  const { name, id } = object(body, "triggerSchedule");
  const [[taskId]] = parseTasks([[id, new Uint8Array()]]);
  return { name: parseScheduleName(name), id: taskId };
}

function parseSpec({ cron, timeZone, everyMs, overlap, catchUp }: Fields): ScheduleSpec {
  if ((cron == null) === (everyMs == null)) {
    throw invalid(`a schedule has either cron or everyMs: cron is ${show(cron)}, and everyMs ${show(everyMs)}`);
  }
  const zone = timeZone == null ? "UTC" : text(timeZone, "timeZone");
  if (zone.length > MAX_TIME_ZONE_CHARS) {
    throw invalid(`timeZone must have at most ${MAX_TIME_ZONE_CHARS} characters, such as "Europe/Berlin"`);
  }
  if (timeZone != null && cron == null) throw invalid("timeZone goes with cron: everyMs knows no time of day");
  return {
    cron: cron == null ? null : text(cron, "cron"),
    timeZone: zone,
    everyMs: optional(everyMs, `everyMs, from ${MIN_EVERY_MS} to ${MAX_EVERY_MS},`, isEveryMs),
    overlap: oneOf(overlap ?? "skip", "overlap", ["skip", "queue", "allow"]),
    catchUp: oneOf(catchUp ?? "one", "catchUp", ["none", "one", "all"]),
  };
}

function oneOf<const Word extends string>(value: unknown, name: string, words: readonly Word[]): Word {
  if (words.includes(value as Word)) return value as Word;
  throw invalid(`${name} must be ${words.map((word) => `"${word}"`).join(" or ")}: it is ${show(value)}`);
}

/** Nobody awaits a run, and nobody is there to read its stream. */
function requirePlain(submission: Fields): Fields {
  const profile = object(submission.profile, "setSchedule.submission.profile");
  if (profile.stream === true) throw invalid("a schedule's task cannot be a stream: nobody would be there to read it");
  if (submission.unique != null) throw invalid("a schedule's task cannot have unique: the schedule has overlap");
  if (submission.items != null || submission.group != null) {
    throw invalid("a schedule's task cannot be an item of a map: schedule a task that maps");
  }
  return { ...submission, await: false, bound: false, followup: false };
}

/** A schedule in the form in which it is sent; `stateOf` says where a task is that has not ended. */
export function toWireSchedule(schedule: Schedule, stateOf: (id: string) => WireSchedule["lastState"]): WireSchedule {
  const { name, spec, task, isPaused, nextAt, last, runs, skipped } = schedule;
  return {
    name,
    task: task.name,
    ...spec,
    timeZone: spec.cron === null ? null : spec.timeZone,
    paused: isPaused,
    nextAt,
    lastAt: last?.at ?? null,
    lastId: last?.id ?? null,
    lastState: last === null ? null : last.status ?? stateOf(last.id!),
    refusal: last?.refusal == null ? null : [last.refusal.code, last.refusal.message],
    runs,
    skipped,
  };
}
