import { assertEquals, assertThrows } from "@std/assert";
import { TaskError } from "../../core/errors.ts";
import { uuidv7 } from "../../core/uuid.ts";
import { encode } from "../../wire/codec.ts";
import { parseSetSchedule, submissionOfRun } from "../../server/schedule_requests.ts";

const PROFILE = { target: ["source", "(x) => x", "same"], priority: 3, permissions: { read: ["/a"] } };

function parse(submission: object, spec: object = { everyMs: 1000 }) {
  const body = { name: "one", spec, submission: { profile: PROFILE, ...submission }, input: encode([1]) };
  return parseSetSchedule(body, ({ target }) => target.name);
}

Deno.test("parseSetSchedule() fills in what is not said", () => {
  const { name, spec, task } = parse({});
  assertEquals([name, task.name], ["one", "same"]);
  assertEquals(spec, { cron: null, timeZone: "UTC", everyMs: 1000, overlap: "skip", catchUp: "one" });
  assertEquals(parse({}, { cron: "@daily" }).spec.timeZone, "UTC");
});

Deno.test("submissionOfRun() gives what was asked for, but nobody awaits it and it is bound to nobody", () => {
  const { task } = parse({ await: true, bound: true, followup: true, waitForRoom: false, startBeforeMs: 500 });
  const id = uuidv7();
  const { profile, tasks, ...rest } = submissionOfRun(task, id);
  assertEquals([profile.priority, tasks], [3, [[id, encode([1])]]]);
  assertEquals([rest.await, rest.bound, rest.followup, rest.waitForRoom], [false, false, false, false]);
  assertEquals(rest.startBeforeMs, 500);
});

Deno.test("parseSetSchedule() lets what its runs would be refused for be refused at once", () => {
  const refusal = new TaskError("PERMISSION_CEILING", "too much");
  const body = { name: "one", spec: { everyMs: 1000 }, submission: { profile: PROFILE }, input: encode([1]) };
  const error = assertThrows(() =>
    parseSetSchedule(body, () => {
      throw refusal;
    })
  );
  assertEquals(error, refusal);
});
