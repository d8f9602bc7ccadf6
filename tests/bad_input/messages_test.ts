import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes } from "@std/assert";
import { ERROR_CODES, TaskError } from "../../mod.ts";
import { uuidv7 } from "../../core/uuid.ts";
import { decode, encode } from "../../wire/codec.ts";
import type { Calls, SubmitBody, WireResult, WireTarget } from "../../wire/message.ts";
import type { Peer } from "../../wire/peer.ts";
import { Bystander } from "./bystander.ts";
import { Chaos } from "./random_values.ts";

const DOUBLE: WireTarget = ["source", "(x) => 2 * x", "double"];

function submission(tasks: [string, Uint8Array][], target: WireTarget = DOUBLE): SubmitBody {
  return {
    profile: {
      target,
      permissions: null,
      timeoutMs: null,
      memoryMb: null,
      isolation: null,
      priority: 0,
      name: null,
      stream: false,
    },
    tasks,
    await: false,
    bound: false,
    followup: false,
    waitForRoom: true,
    group: null,
  };
}

function schedule({ tasks: _, ...submission }: SubmitBody) {
  const spec = { cron: null, timeZone: null, everyMs: 60_000, overlap: null, catchUp: null };
  return { name: "one", spec, submission, input: encode([]) };
}

function scheduleCases(asked: SubmitBody): ["setSchedule" | "schedules" | "triggerSchedule", unknown, string][] {
  const good = schedule(asked);
  const spec = (change: object) => ({ ...good, spec: { ...good.spec, ...change } });
  const submission = (change: object) => ({ ...good, submission: { ...good.submission, ...change } });
  const profile = (change: object) => submission({ profile: { ...good.submission.profile, ...change } });
  const cron = (cron: unknown, timeZone: unknown = null) => spec({ everyMs: null, cron, timeZone });
  const bodies: [unknown, string][] = [
    [null, "setSchedule must be a map"],
    [{ ...good, name: "" }, "a schedule's name"],
    [{ ...good, name: "two words" }, 'such as "nightly": it is "two words"'],
    [{ ...good, name: "x".repeat(101) }, "1 to 100"],
    [{ ...good, spec: 5 }, "setSchedule.spec"],
    [{ ...good, input: "text" }, "setSchedule.input must be bytes"],
    [{ ...good, input: new Uint8Array(2 ** 20 + 1) }, "1048576 bytes"],
    [{ ...good, submission: null }, "setSchedule.submission"],
    [spec({ everyMs: null }), "either cron or everyMs"],
    [spec({ cron: "0 3 * * *" }), "either cron or everyMs"],
    [spec({ everyMs: 99 }), "everyMs, from 100 to 31622400000, is out of range: it is 99"],
    [spec({ everyMs: 31_622_400_001 }), "everyMs"],
    [spec({ everyMs: 1000.5 }), "everyMs"],
    [spec({ everyMs: "1000" }), "everyMs"],
    [spec({ timeZone: "UTC" }), "timeZone goes with cron"],
    [spec({ overlap: "both" }), '"skip" or "queue" or "allow": it is "both"'],
    [spec({ catchUp: true }), '"none" or "one" or "all"'],
    [cron(5), "cron must be a text"],
    [cron("0 25 * * *"), 'such as "0 3 * * *"'],
    [cron("0 3 * * *", "Mars"), 'such as "Europe/Berlin"'],
    [cron("0 3 * * *", "x".repeat(101)), "timeZone must have at most 100"],
    [profile({ stream: true }), "cannot be a stream"],
    [submission({ group: [uuidv7(), null] }), "cannot be an item of a map"],
    [submission({ items: [0, [new Uint8Array(), new Uint8Array()], null] }), "cannot be an item of a map"],
    [profile({ timeoutMs: 0 }), "timeoutMs"],
    [profile({ target: ["export", "./relative.ts", "x"] }), "module"],
    [profile({ permissions: "inherit" }), "inherit"],
  ];
  return [
    ...bodies.map(([body, hint]) => ["setSchedule", body, hint] as ["setSchedule", unknown, string]),
    ["schedules", { name: 5 }, "a schedule's name"],
    ["triggerSchedule", { name: "one", id: "one" }, "UUID"],
  ];
}

async function refusalOf(peer: Peer, command: string, body: unknown): Promise<TaskError> {
  return await assertRejects(() => peer.call(command, body), TaskError);
}

// -- Commands --

Deno.test("Commands refuse an unknown command with UNKNOWN_COMMAND, and the connection lives on", async () => {
  await using bystander = await Bystander.start();
  const peer = await bystander.openPeer();
  for (const command of ["", "Submit", "constructor", "__proto__", "toString", "x".repeat(100_000), "\n"]) {
    assertEquals((await refusalOf(peer, command, null)).code, "UNKNOWN_COMMAND");
  }
  assertStringIncludes((await refusalOf(peer, "reboot", {})).message, '"reboot"');
  assertEquals(await peer.call("query", { ids: ["nobody"] }), [null]);
  await peer.close();
  await bystander.assertGoesOn();
});

Deno.test("Commands refuse bodies of the wrong shape with INVALID_REQUEST that names the field", async () => {
  await using bystander = await Bystander.start();
  const peer = await bystander.openPeer();
  const id = uuidv7();
  const good = submission([[id, encode([1])]]);
  const profile = (change: object) => ({ ...good, profile: { ...good.profile, ...change } });
  const cases: [keyof Calls, unknown, string][] = [
    ["submit", null, "submit must be a map"],
    ["submit", [], "submit must be a map"],
    ["submit", { ...good, profile: 1 }, "submit.profile"],
    ["submit", { ...good, tasks: {} }, "submit.tasks"],
    ["submit", { ...good, tasks: [[id]] }, "arguments must be bytes"],
    ["submit", { ...good, tasks: [[id, "text"]] }, "arguments must be bytes"],
    ["submit", { ...good, tasks: [["id", encode([])]] }, "UUID"],
    ["submit", { ...good, tasks: [[id.toUpperCase(), encode([])]] }, "UUID"],
    ["submit", profile({ target: null }), "target"],
    ["submit", profile({ target: [] }), "target's kind"],
    ["submit", profile({ target: ["eval", "1", "x"] }), "target's kind"],
    ["submit", profile({ target: ["export", "./relative.ts", "x"] }), "module"],
    ["submit", profile({ target: ["export", "data:text/javascript,1", "x"] }), "module"],
    ["submit", profile({ target: ["export", "node:fs", "readFileSync"] }), "module"],
    ["submit", profile({ target: ["export", "file:///x.ts", ""] }), "target name"],
    ["submit", profile({ target: ["procedure", "file:///x.ts", "X", "blob:y"] }), "module"],
    ["submit", profile({ timeoutMs: 0 }), "timeoutMs"],
    ["submit", profile({ timeoutMs: "5" }), "timeoutMs"],
    ["submit", profile({ memoryMb: 15 }), "memoryMb"],
    ["submit", profile({ memoryMb: 64.5 }), "memoryMb"],
    ["submit", profile({ priority: 1001 }), "priority"],
    ["submit", profile({ isolation: "none" }), "isolation"],
    ["submit", profile({ name: 5 }), "name"],
    ["submit", profile({ permissions: { reed: true } }), '"read"'],
    ["submit", profile({ permissions: { read: "/etc" } }), "permissions.read"],
    ["submit", profile({ permissions: 10n ** 30n }), "permissions"],
    ["submit", profile({ permissions: "inherit" }), "inherit"],
    ["await", { ids: "all" }, "await.ids"],
    ["unawait", {}, "unawait.ids"],
    ["query", { ids: [5] }, "query.ids"],
    ["query", { ids: ["x".repeat(101)] }, "query.ids"],
    ["query", { ids: Array(10_001).fill("x") }, "at most 10000"],
    ["cancel", 5, "cancel must be a map"],
    ["subscribe", { subscription: 1.5, topic: "logs", taskId: null }, "subscription"],
    ["subscribe", { subscription: 1, topic: "secrets", taskId: null }, "topic"],
    ["subscribe", { subscription: 1, topic: "logs", taskId: 5 }, "taskId"],
    ["unsubscribe", { subscription: "1" }, "unsubscribe.subscription"],
    ["attach", [], "attach must be a map"],
    ["attach", { taskId: 5, received: 0 }, "attach.taskId"],
    ["attach", { taskId: id, received: "all" }, "a count"],
    ["quit", null, "quit must be a map"],
    ["quit", { mode: "later", deadlineMs: null }, "quit.mode"],
    ["quit", { mode: "now", deadlineMs: -1 }, "deadlineMs"],
    ...scheduleCases(good),
  ];
  for (const [command, body, hint] of cases) {
    const error = await refusalOf(peer, command, body);
    assertEquals(error.code, "INVALID_REQUEST", `${command} ${hint}: ${error.message}`);
    assertStringIncludes(error.message, hint);
  }
  assertEquals(bystander.server.status().totals.submitted, 0);
  await peer.close();
  await bystander.assertGoesOn();
});

Deno.test("Commands answer random bodies by a reply or a named error, never INTERNAL, on one connection", async () => {
  await using bystander = await Bystander.start();
  const chaos = new Chaos(20250917);
  const peer = await bystander.openPeer();
  const bodies: Record<keyof Calls, () => unknown> = {
    terminate: () => ({ taskId: uuidv7(), how: "abort" }),
    submit: () => submission([[uuidv7(), encode([21])]]),
    await: () => ({ ids: [uuidv7()] }),
    unawait: () => ({ ids: [uuidv7()] }),
    query: () => ({ ids: [uuidv7()] }),
    cancel: () => ({ ids: [uuidv7()], discard: false }),
    info: () => ({ ids: [uuidv7()] }),
    list: () => ({ states: ["ready"], name: null, since: null, place: "", most: chaos.below(5) + 1 }),
    subscribe: () => ({ subscription: chaos.below(5), topic: "logs", taskId: null }),
    unsubscribe: () => ({ subscription: chaos.below(5) }),
    attach: () => ({ taskId: uuidv7(), received: chaos.below(5) }),
    pipe: () => ({ name: "none", id: chaos.below(5), item: encode(1), timeoutMs: null, refuse: false }),
    step: () => ({ taskId: uuidv7(), attempt: chaos.below(3), name: "none" }),
    keepStep: () => ({ taskId: uuidv7(), attempt: chaos.below(3), name: "none", value: encode(1) }),
    setSchedule: () => schedule(submission([])),
    schedules: () => ({ name: "none" }),
    pauseSchedule: () => ({ name: "none" }),
    resumeSchedule: () => ({ name: "none" }),
    triggerSchedule: () => ({ name: "none", id: uuidv7() }),
    deleteSchedule: () => ({ name: "none" }),
    retry: () => ({ ids: [uuidv7()] }),
    discard: () => ({ ids: [uuidv7()] }),
    // Whatever it is sent with.
    pause: () => null,
    resume: () => null,
    backup: () => ({ file: "/nowhere/saved.db" }),
    life: () => null,
    status: () => null,
    // What is broken in it would otherwise now and then come out valid.
    quit: () => ({ mode: "when all is done", deadlineMs: null }),
  };
  for (const [command, good] of Object.entries(bodies)) {
    for (let round = 0; round < 200; round++) {
      const body = round % 3 === 0 ? chaos.value() : chaos.broken(good());
      const shown = () => `${command} ${Deno.inspect(body, { depth: 9, strAbbreviateSize: 60 })}`;
      const error = await peer.call(command, body).then(() => null, (error) => error);
      if (error === null) {
        assert(command !== "quit", shown());
        continue;
      }
      assertInstanceOf(error, TaskError, shown());
      assert((ERROR_CODES as readonly string[]).includes(error.code) && error.code !== "INTERNAL", shown());
      assertEquals(peer.closeReason, null, shown());
    }
  }
  await peer.close();
  await bystander.assertGoesOn();
});

Deno.test("Server ends a connection whose pushes are of the wrong shape, with the reason, and no other", async () => {
  await using bystander = await Bystander.start();
  const pushes: [string, unknown, string][] = [
    ["ack", null, "INVALID_REQUEST"],
    ["ack", { ids: [] }, "INVALID_REQUEST"],
    ["ack", [5], "INVALID_REQUEST"],
    ["outcome", ["succeeded", new Uint8Array()], "UNKNOWN_COMMAND"],
    ["log", [["info", "forged"]], "UNKNOWN_COMMAND"],
    ["results", [], "UNKNOWN_COMMAND"],
    ["x".repeat(10_000), 1, "UNKNOWN_COMMAND"],
    ["kind", null, "INVALID_REQUEST"],
    ["kind", [64, {}], "INVALID_REQUEST"],
    ["kind", [-1, {}], "INVALID_REQUEST"],
    ["kind", ["0", {}], "INVALID_REQUEST"],
    ["runs", null, "INVALID_REQUEST"],
    ["runs", [0.5, []], "INVALID_REQUEST"],
    ["runs", [0, null], "INVALID_REQUEST"],
    ["runs", [0, [["no id", new Uint8Array()]]], "INVALID_REQUEST"],
    ["runs", [0, [[uuidv7(), "text"]]], "INVALID_REQUEST"],
    ["taken", null, "INVALID_REQUEST"],
    ["taken", ["id"], "INVALID_REQUEST"],
    ["taken", ["id", -1], "INVALID_REQUEST"],
    ["taken", [5, 1], "INVALID_REQUEST"],
    ["input", ["id"], "INVALID_REQUEST"],
    ["input", ["id", 0, 1, "text"], "INVALID_REQUEST"],
    ["input", ["id", 0, 0.5, new Uint8Array()], "INVALID_REQUEST"],
    ["input", ["", 0, 1, new Uint8Array()], "INVALID_REQUEST"],
    ["inputEnd", { id: 1 }, "INVALID_REQUEST"],
    ["inputEnd", ["id", 2 ** 53], "INVALID_REQUEST"],
    ["items", [0, 1, new Uint8Array()], "UNKNOWN_COMMAND"],
    ["opened", null, "UNKNOWN_COMMAND"],
    ["inputTaken", 0, "UNKNOWN_COMMAND"],
    ["pause", 0, "UNKNOWN_COMMAND"],
  ];
  for (const [topic, body, code] of pushes) {
    const peer = await bystander.openPeer();
    peer.push(topic, body);
    assertEquals((await peer.closed).code, code, topic);
  }
  await bystander.assertGoesOn();
});

Deno.test("Server passes over replies to calls that it never made", async () => {
  await using bystander = await Bystander.start();
  const transport = await bystander.openAuthenticated();
  for (const id of [1, -1, "x", null, NaN, {}]) {
    transport.send([1, id, "a reply"]);
    transport.send([2, id, "an error"]);
  }
  transport.send([0, 1, "query", { ids: [] }]);
  assertEquals(await transport.receive(), [1, 1, []]);
  transport.close();
  await bystander.assertGoesOn();
});

Deno.test("Commands refuse steps of whoever is no task", async () => {
  await using bystander = await Bystander.start();
  const peer = await bystander.openPeer();
  const step = { taskId: uuidv7(), attempt: 1, name: "one" };
  for (const [command, body] of [["step", step], ["keepStep", { ...step, value: encode(1) }]] as const) {
    const { code, message } = await refusalOf(peer, command, body);
    assertEquals([code, message.includes(`"${command}"`)], ["NOT_ALLOWED", true]);
  }
  await peer.close();
  await bystander.assertGoesOn();
});

// -- Ids --

Deno.test("submit with an id that is known is idempotent for the same content, DUPLICATE_TASK for other", async () => {
  await using bystander = await Bystander.start();
  const results = Promise.withResolvers<WireResult[]>();
  const peer = await bystander.openPeer((topic, body) => {
    // Byte strings in a push are views.
    if (topic === "results") {
      results.resolve(
        (body as WireResult[]).map((r) => r.map((x) => x instanceof Uint8Array ? x.slice() : x)) as never,
      );
    }
  });
  const id = uuidv7();
  const input = encode([21]);
  // Within one submission, while it runs, and after it has ended.
  assertEquals(await peer.call("submit", submission([[id, input], [id, input]])), 2);
  assertEquals(await peer.call("submit", submission([[id, input]])), 1);
  assertEquals(await peer.call("submit", { ...submission([[id, input]]), await: true }), 1);
  const [[resultId, status, attempt, payload]] = await results.promise;
  assertEquals([resultId, status, attempt, decode(payload!)], [id, "succeeded", 1, 42]);
  assertEquals(await peer.call("submit", submission([[id, input]])), 1);
  assertEquals(bystander.server.status().totals.submitted, 1);
  for (
    const different of [
      submission([[id, encode([22])]]),
      submission([[id, input]], ["source", "(x) => 3 * x", "triple"]),
      submission([[uuidv7(), input], [id, encode([23])]]),
    ]
  ) assertEquals((await refusalOf(peer, "submit", different)).code, "DUPLICATE_TASK");
  // Of the last submission nothing was accepted, not even what was new in it.
  assertEquals(bystander.server.status().totals.submitted, 1);
  await peer.close();
  await bystander.assertGoesOn();
});
