import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { TaskError } from "../../core/errors.ts";
import { uuidv7 } from "../../core/uuid.ts";
import {
  parseAck,
  parseIds,
  parseLines,
  parseOutcome,
  parseProgress,
  parseQuit,
  parseSubscribe,
} from "../../server/requests.ts";
import { parseSubmit } from "../../server/submit_request.ts";

const PARSERS: Record<string, (body: unknown) => unknown> = {
  parseSubmit,
  parseIds: (body) => parseIds(body, "query"),
  parseAck,
  parseSubscribe,
  parseQuit,
  parseOutcome,
  parseLines,
  parseProgress,
};

const PROFILE = {
  target: ["export", "file:///project/a.ts", "run"],
  permissions: null,
  timeoutMs: null,
  memoryMb: null,
  isolation: null,
  priority: 0,
  name: null,
};

function submission(profile: Record<string, unknown> = {}, rest: Record<string, unknown> = {}) {
  return { profile: { ...PROFILE, ...profile }, tasks: [[uuidv7(), new Uint8Array(2)]], await: true, ...rest };
}

function refuses(parse: (body: unknown) => unknown, body: unknown, message = ""): void {
  const error = assertThrows(() => parse(body), TaskError, message, Deno.inspect(body));
  assertEquals(error.code, "INVALID_REQUEST");
}

Deno.test("no parser throws anything but INVALID_REQUEST, whatever comes", () => {
  // Nearly right requests get further than wild ones.
  const nearly = fc.anything().chain((wild) =>
    fc.constantFrom(
      submission({ target: wild }),
      submission({ target: ["export", wild, wild] }),
      submission({ target: ["procedure", "file:///a.ts", "A", wild] }),
      submission({ target: ["source", wild, wild] }),
      submission({ permissions: wild }),
      submission({ permissions: { read: wild, net: [wild] } }),
      submission({ timeoutMs: wild, name: "x" }),
      submission({ memoryMb: wild }),
      submission({ priority: wild }),
      submission({ isolation: wild }),
      submission({ name: wild }),
      submission({}, { tasks: wild }),
      submission({}, { tasks: [wild] }),
      submission({}, { tasks: [[uuidv7(), wild]] }),
      { ids: wild },
      { ids: [wild] },
      [wild],
      ["succeeded", wild],
      ["info", wild],
      [["info", wild]],
      { mode: "drain", deadlineMs: wild },
      { subscription: wild, topic: wild, taskId: wild },
    )
  );
  fc.assert(
    fc.property(fc.oneof(fc.anything({ withNullPrototype: true, withMap: true }), nearly), (body) => {
      for (const [name, parse] of Object.entries(PARSERS)) {
        try {
          parse(body);
        } catch (error) {
          assert(error instanceof TaskError && error.code === "INVALID_REQUEST", `${name} threw ${error}`);
        }
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("parseSubmit() gives what was asked for, with defaults for what was not", () => {
  const id = uuidv7();
  const input = new Uint8Array([1, 2]);
  assertEquals(parseSubmit({ profile: { target: ["source", "(() => 1)", "one"] }, tasks: [[id, input]] }), {
    target: { kind: "source", text: "(() => 1)", name: "one" },
    profile: {
      permissions: {},
      timeoutMs: null,
      memoryMb: null,
      isolation: null,
      priority: 0,
      name: null,
      stream: false,
      worker: false,
    },
    tasks: [[id, input]],
    await: false,
    bound: false,
    followup: false,
    waitForRoom: true,
    group: null,
    lane: "",
  });
  const profile = { permissions: { net: ["a.example"] }, timeoutMs: 0.5, memoryMb: 16, priority: -1000, name: "n" };
  const flags = { await: true, bound: true, followup: true, waitForRoom: false };
  const parsed = parseSubmit(submission(profile, flags));
  assertEquals(parsed.profile, { ...profile, isolation: null, stream: false, worker: false });
  assertEquals([parsed.await, parsed.bound, parsed.followup, parsed.waitForRoom], [true, true, true, false]);
});

Deno.test("parseSubmit() takes modules by file:, https:, jsr: and npm: URL only", () => {
  for (const module of ["file:///a.ts", "https://a.example/b.ts", "http://a.example/b.ts", "jsr:@a/b", "npm:a"]) {
    for (const target of [["export", module, "run"], ["procedure", module, "Run", module]]) {
      parseSubmit(submission({ target }));
    }
  }
  for (const module of ["data:text/javascript,1", "blob:x", "./a.ts", "/a.ts", "", "node:fs", "https://", 7, null]) {
    refuses(parseSubmit, submission({ target: ["export", module, "run"] }), "module");
    if (module !== null) {
      refuses(parseSubmit, submission({ target: ["procedure", "file:///a.ts", "R", module] }), "module");
    }
  }
});

Deno.test("parseSubmit() refuses what is out of range, and names the field", () => {
  const wrong: [Record<string, unknown>, string][] = [
    [{ target: ["eval", "1", "x"] }, "the target's kind"],
    [{ target: ["export", "file:///a.ts", ""] }, "target name"],
    [{ target: ["source", "", "x"] }, "source"],
    [{ timeoutMs: 0 }, "timeoutMs"],
    [{ timeoutMs: -1 }, "timeoutMs"],
    [{ timeoutMs: NaN }, "timeoutMs"],
    [{ timeoutMs: "5" }, "timeoutMs"],
    [{ memoryMb: 15 }, "memoryMb"],
    [{ memoryMb: 16.5 }, "memoryMb"],
    [{ priority: 1001 }, "priority"],
    [{ priority: 0.5 }, "priority"],
    [{ isolation: "thread" }, "isolation"],
    [{ name: "" }, "name"],
    [{ name: 5 }, "name"],
    [{ permissions: { reed: true } }, "permissions"],
  ];
  for (const [profile, field] of wrong) refuses(parseSubmit, submission(profile), field);
  for (const id of ["", "x", uuidv7().toUpperCase(), 1]) {
    refuses(parseSubmit, submission({}, { tasks: [[id, new Uint8Array()]] }), "a task's id must be a UUID");
  }
  refuses(parseSubmit, submission({}, { tasks: [[uuidv7(), "text"]] }), "arguments must be bytes");
  refuses(parseSubmit, submission({}, { tasks: "many" }), "submit.tasks");
});

Deno.test("parseSubmit() cuts long names, parsers refuse lists over 10,000 and submissions of more than 2,000", () => {
  const { target, profile } = parseSubmit(
    submission({ target: ["source", "1", "n".repeat(500)], name: "m".repeat(500) }),
  );
  assertEquals([target.name.length, profile.name?.length], [200, 200]);
  const many = new Array(10_001).fill(uuidv7());
  for (const body of [{ ids: many }, many]) refuses((body) => parseAck(body), body);
  refuses(PARSERS.parseIds, { ids: many }, "at most 10000");
  assertEquals(parseIds({ ids: many.slice(1) }, "query").length, 10_000);
  const tasks = Array.from({ length: 2001 }, () => [uuidv7(), new Uint8Array()]);
  refuses(parseSubmit, submission({}, { tasks }), "submit.tasks must be a list of at most 2000");
  assertEquals(parseSubmit(submission({}, { tasks: tasks.slice(1) })).tasks.length, 2000);
  const read = new Array(600).fill("/a"), net = new Array(401).fill("b");
  refuses(parseSubmit, submission({ permissions: { read, net } }), "permissions may have 1000 entries in all");
  parseSubmit(submission({ permissions: { read, net: net.slice(1) } }));
});

Deno.test("parseIds() refuses ids that are no text or over 100 characters", () => {
  assertEquals(parseIds({ ids: [] }, "query"), []);
  for (const id of [1, null, "x".repeat(101), ["a"]]) refuses(PARSERS.parseIds, { ids: ["fine", id] }, "query.ids");
});

Deno.test("parseSubscribe() and parseQuit() give what was asked for", () => {
  assertEquals(parseSubscribe({ subscription: 1, topic: "logs" }), { subscription: 1, topic: "logs", taskId: null });
  assertEquals(parseSubscribe({ subscription: -2, topic: "progress", taskId: "t" }).taskId, "t");
  assertEquals(parseSubscribe({ subscription: 1, topic: "logs", taskId: "t", from: 3 }).from, 3);
  for (
    const wrong of [{ subscription: 1.5 }, { subscription: "1" }, { topic: "all" }, { taskId: "" }, { taskId: 1 }, {
      from: -1,
    }]
  ) {
    refuses(parseSubscribe, { subscription: 1, topic: "logs", taskId: null, ...wrong });
  }
  assertEquals(parseQuit({ mode: "now" }), { mode: "now", deadlineMs: null });
  assertEquals(parseQuit({ mode: "drain", deadlineMs: 0 }), { mode: "drain", deadlineMs: 0 });
  for (const wrong of [{ mode: "later" }, { deadlineMs: -1 }, { deadlineMs: NaN }]) {
    refuses(parseQuit, { mode: "drain", deadlineMs: null, ...wrong });
  }
});

Deno.test("parseOutcome() takes the two ends that a task can tell", () => {
  const payload = new Uint8Array([1]);
  for (const status of ["succeeded", "failed"]) {
    assertEquals<unknown>(parseOutcome([status, payload]), [status, payload]);
  }
  for (const status of ["cancelled", "running", "", null]) refuses(parseOutcome, [status, payload]);
});

Deno.test("parseLines() takes lines of the four levels, empty ones too", () => {
  const lines = [["debug", "a"], ["info", ""], ["warning", "\n"], ["error", "b"]];
  assertEquals(parseLines(lines) as unknown, lines);
  for (const line of [["warn", "x"], ["info", 5], ["info"], "info", null]) refuses(parseLines, [line]);
});

Deno.test("parseProgress() takes numbers, and no total", () => {
  assertEquals([parseProgress([1, null]), parseProgress([0.5, 2])], [[1, null], [0.5, 2]]);
  for (const body of [[null, 1], [1], [1, "2"], [], "1"]) refuses(parseProgress, body);
});

Deno.test("U15: parseSubmit() takes how long tasks may wait for their begin, and how much of that is over", () => {
  const body = { profile: { target: ["source", "(() => 1)", "one"] }, tasks: [] };
  const limitOf = (fields: object) => {
    const { startBeforeMs, waitedMs } = parseSubmit({ ...body, ...fields });
    return [startBeforeMs, waitedMs];
  };
  assertEquals(limitOf({ startBeforeMs: 5 }), [5, 0]);
  assertEquals(limitOf({ startBeforeMs: 0.5, waitedMs: 7 }), [0.5, 7]);
  assertEquals(limitOf({ startBeforeMs: null, waitedMs: 7 }), [undefined, undefined]);
  for (
    const fields of [{ startBeforeMs: 0 }, { startBeforeMs: "1" }, { startBeforeMs: 1, waitedMs: -1 }, {
      startBeforeMs: Infinity,
      waitedMs: Infinity,
    }]
  ) {
    assertThrows(() => limitOf(fields), TaskError, "is out of range");
  }
});
