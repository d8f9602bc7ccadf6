/** Schedules at a server, by clients. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type Client, remote, RunFunction, type ScheduleSpec, type Task, task, TaskError } from "../mod.ts";
import { uuidv7 } from "../core/uuid.ts";
import { connectTo, lineLike, linesLike, rawPeer, startPair } from "./fixtures/pair.ts";
import { Gate } from "./helpers/gate.ts";
import { square } from "./fixtures/functions.ts";

const functions = remote<typeof import("./fixtures/functions.ts")>(import.meta.resolve("./fixtures/functions.ts"));
const scheduled = remote<typeof import("./fixtures/scheduled.ts")>(import.meta.resolve("./fixtures/scheduled.ts"));
const NIGHTLY: ScheduleSpec = { cron: "0 3 * * *", timeZone: "Europe/Berlin" };

const codeOf = async (promise: Promise<unknown>) => (await assertRejects(() => promise, TaskError)).code;
/** Milliseconds in which nothing that is set here comes due by itself. */
const LATER = 3_600_000;

Deno.test("client.schedules: a schedule is set, shown, listed, paused, resumed and deleted", async () => {
  await using pair = await startPair();
  const { schedules } = pair.client;
  const info = await schedules.set(
    "nightly",
    { ...NIGHTLY, overlap: "queue", catchUp: "all" },
    task(functions.square, 3),
  );
  const { nextAt, ...rest } = info;
  assertEquals(rest, {
    name: "nightly",
    task: "square",
    cron: "0 3 * * *",
    timeZone: "Europe/Berlin",
    everyMs: null,
    overlap: "queue",
    catchUp: "all",
    paused: false,
    lastAt: null,
    lastId: null,
    lastState: null,
    refusal: null,
    runs: 0,
    skipped: 0,
  });
  assert(nextAt! > Date.now() && nextAt! < Date.now() + 26 * 3_600_000);
  const time = new Date(nextAt!).toLocaleTimeString("sv", { timeZone: "Europe/Berlin" });
  assertEquals(time, "03:00:00");
  await schedules.set("hourly", { everyMs: LATER }, task(functions.square, 4).with({ name: "sum" }));
  assertEquals((await schedules.list()).map(({ name, task, everyMs }) => [name, task, everyMs]), [
    ["hourly", "sum", LATER],
    ["nightly", "square", null],
  ]);
  assertEquals([await schedules.get("nightly"), await schedules.get("none")], [info, null]);
  const paused = await schedules.pause("nightly");
  assertEquals([paused.paused, paused.nextAt], [true, null]);
  const { total, paused: number, nextAt: next } = pair.server.status().schedules;
  assertEquals([total, number, next], [2, 1, (await schedules.get("hourly"))!.nextAt]);
  assertEquals(await schedules.resume("nightly"), info);
  assertEquals([await schedules.delete("nightly"), await schedules.delete("nightly")], [true, false]);
  for (const act of [schedules.pause("nightly"), schedules.resume("nightly"), schedules.trigger("nightly")]) {
    assertEquals(await codeOf(act), "UNKNOWN_SCHEDULE");
  }
});

Deno.test("client.schedules: what is triggered runs at once, with the task's options, and its handle is that of a task", async () => {
  await using pair = await startPair();
  const caller = pair.client.with({ priority: 3, timeoutMs: 60_000 });
  await caller.schedules.set("nightly", NIGHTLY, task(functions.square, 7).with({ priority: 5 }));
  await caller.schedules.pause("nightly");
  const handle = await pair.client.schedules.trigger<number>("nightly");
  assertEquals(await handle.result(), 49);
  assertEquals((await pair.client.submit(functions.square, 1)).id.length, handle.id.length);
  const { lastId, lastState, runs, paused } = (await pair.client.schedules.get("nightly"))!;
  assertEquals([lastId, lastState, runs, paused], [handle.id, "succeeded", 1, true]);
  const failing = await pair.client.schedules.set("failing", NIGHTLY, task(functions.fail, 1));
  assertEquals(failing.lastState, null);
  await assertRejects(() => pair.client.schedules.trigger("failing").then((handle) => handle.result()), TaskError);
  assertEquals((await pair.client.schedules.get("failing"))!.lastState, "failed");
});

Deno.test("client.schedules: runs begin by themselves, also when the client has gone, and their results are kept", async () => {
  await using pair = await startPair();
  const file = await Deno.makeTempFile();
  try {
    const client = await connectTo(pair.server);
    const lines = linesLike(pair.client, /^reported/, 3);
    const permissions = { read: [file], write: [file] };
    await client.schedules.set("often", { everyMs: 100 }, task(scheduled.report, file, "run").with({ permissions }));
    await client.close();
    const ids = (await lines).map(({ taskId }) => taskId);
    assertEquals(new Set(ids).size, 3);
    await pair.client.schedules.pause("often");
    const infos = await Array.fromAsync(pair.client.tasks({ name: "report" }));
    assert(ids.every((id) => infos.some((info) => info.id === id)));
    assertEquals(new Set(infos.map(({ client, parent }) => `${client} ${parent}`)).size, 1);
    for (const id of ids) assertEquals(await pair.client.handle(id).result(), "run");
    assert(Deno.readTextFileSync(file).startsWith("run\nrun\nrun\n"));
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("client.schedules: a procedure is scheduled as a task is, and what a run submits is its own", async () => {
  await using pair = await startPair();
  await pair.client.schedules.set("deep", NIGHTLY, task(functions.recurse, 2));
  assertEquals(await (await pair.client.schedules.trigger("deep")).result(), 2);
  await pair.client.schedules.set("procedure", NIGHTLY, new RunFunction(functions.square, 5));
  assertEquals(await (await pair.client.schedules.trigger("procedure")).result(), 25);
});

Deno.test("client.schedules: a due time passes while the last run has not ended, and the next one runs", async () => {
  await using pair = await startPair();
  using gate = new Gate();
  const { hostname, port } = gate.address;
  const permissions = { net: [`${hostname}:${port}`] };
  await pair.client.schedules.set(
    "slow",
    { everyMs: 100 },
    task(scheduled.visit, hostname, port).with({ permissions }),
  );
  await gate.admitted();
  const running = (await pair.client.schedules.get("slow"))!;
  assertEquals([running.lastState, running.runs], ["running", 1]);
  // Two more due times, by a schedule that runs at them.
  const ticks = linesLike(pair.client, /^tick$/, 2);
  await pair.client.schedules.set("ticks", { everyMs: 100 }, task(() => console.log("tick")));
  await ticks;
  await pair.client.schedules.delete("ticks");
  const skipping = (await pair.client.schedules.get("slow"))!;
  assert(skipping.skipped >= 1, `${skipping.skipped}`);
  assertEquals([skipping.runs, skipping.lastId], [1, running.lastId]);
  gate.open();
  await gate.admitted();
  await pair.client.schedules.delete("slow");
  assertEquals(await pair.client.handle(running.lastId!).result(), "passed");
  gate.open();
});

Deno.test("client.schedules: what was requested is allowed anew at each run, within the ceiling", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/allowed`);
    await Deno.mkdir(`${folder}/other`);
    await Deno.symlink(`${folder}/allowed`, `${folder}/link`);
    await using pair = await startPair({ permissionCeiling: { read: [`${folder}/allowed`] } });
    const { schedules } = pair.client;
    const reading = (path: string) => task((path: string) => [...Deno.readDirSync(path)].length, path);
    const permissions = { read: [`${folder}/link`] };
    const greedy = reading("/etc").with({ permissions: { read: ["/etc"] } });
    assertEquals(await codeOf(schedules.set("greedy", NIGHTLY, greedy)), "PERMISSION_CEILING");
    assertEquals(await schedules.get("greedy"), null);
    await schedules.set("look", NIGHTLY, reading(`${folder}/link`).with({ permissions }));
    assertEquals(await (await schedules.trigger("look")).result(), 0);
    await Deno.remove(`${folder}/link`);
    await Deno.symlink(`${folder}/other`, `${folder}/link`);
    assertEquals(await codeOf(schedules.trigger("look")), "PERMISSION_CEILING");
    const { refusal, lastId, lastState } = (await schedules.get("look"))!;
    assertEquals([refusal!.code, lastId, lastState], ["PERMISSION_CEILING", null, "failed"]);
    assertStringIncludes(refusal!.message, "other");
    await Deno.remove(`${folder}/link`);
    await Deno.symlink(`${folder}/allowed`, `${folder}/link`);
    assertEquals(await (await schedules.trigger("look")).result(), 0);
    assertEquals((await schedules.get("look"))!.refusal, null);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("client.schedules: a trigger that is repeated over another connection runs once", async () => {
  await using pair = await startPair();
  using gate = new Gate();
  const { hostname, port } = gate.address;
  const permissions = { net: [`${hostname}:${port}`] };
  await pair.client.schedules.set("slow", NIGHTLY, task(scheduled.visit, hostname, port).with({ permissions }));
  const id = uuidv7();
  await using first = await rawPeer(pair.server);
  await using second = await rawPeer(pair.server);
  assertEquals(await first.call("triggerSchedule", { name: "slow", id }), null);
  await gate.admitted();
  assertEquals(await second.call("triggerSchedule", { name: "slow", id }), null);
  assertEquals([(await pair.client.schedules.get("slow"))!.runs, pair.server.status().totals.submitted], [1, 1]);
  gate.open();
  assertEquals(await pair.client.handle(id).result(), "passed");
});

Deno.test("client.schedules: a run that is cancelled by its id has ended, and what waits for it runs", async () => {
  await using pair = await startPair();
  using gate = new Gate();
  const { hostname, port } = gate.address;
  const permissions = { net: [`${hostname}:${port}`] };
  const visit = task(scheduled.visit, hostname, port).with({ permissions });
  await pair.client.schedules.set("slow", { everyMs: 100, overlap: "queue" }, visit);
  await gate.admitted();
  const { lastId } = (await pair.client.schedules.get("slow"))!;
  assertEquals(await pair.client.cancel(lastId!), 1);
  await gate.admitted();
  await pair.client.schedules.pause("slow");
  assertEquals((await pair.client.schedules.get("slow"))!.runs, 2);
  gate.open();
});

Deno.test("client.schedules are not for tasks", async () => {
  await using pair = await startPair();
  await pair.client.schedules.set("nightly", NIGHTLY, task(functions.square, 3));
  const inner = remote<typeof import("./fixtures/inner_schedules.ts")>(
    import.meta.resolve("./fixtures/inner_schedules.ts"),
  );
  const codes = await pair.client.run(inner.everyCall);
  assertEquals(codes, Array(7).fill("NOT_ALLOWED"));
  assertEquals((await pair.client.schedules.get("nightly"))!.runs, 0);
});

Deno.test("client.schedules: a server that stops runs nothing more, and ends though a schedule is due for ever", async () => {
  await using pair = await startPair();
  const line = lineLike(pair.client, /^tick$/);
  await pair.client.schedules.set("ticks", { everyMs: 100 }, task(() => console.log("tick")));
  await line;
  await pair.server.stop({ mode: "drain" });
  const { schedules, totals } = pair.server.status();
  assertEquals([schedules.total, totals.submitted], [1, totals.succeeded]);
});

Deno.test("client.schedules: a server that drains sets and begins nothing, and still tells", async () => {
  await using pair = await startPair();
  using gate = new Gate();
  await pair.client.schedules.set("nightly", NIGHTLY, task(functions.square, 3));
  await gate.send(pair.client);
  await using peer = await rawPeer(pair.server);
  const stopped = pair.server.stop({ mode: "drain" });
  for (
    const [command, body] of [["triggerSchedule", { name: "nightly", id: uuidv7() }], ["resumeSchedule", {
      name: "nightly",
    }]]
  ) {
    const error = await assertRejects(() => peer.call(command as string, body), TaskError, "Cannot run schedules");
    assertEquals(error.code, "SERVER_STOPPING");
  }
  const [known] = await peer.call("schedules", { name: "nightly" }) as { runs: number }[];
  assertEquals(known.runs, 0);
  gate.open();
  await stopped;
});

Deno.test("client.schedules refuse what cannot be used: which value, and what to give instead", async () => {
  await using pair = await startPair();
  const { schedules } = pair.client;
  const good = task(functions.square, 3);
  const set = (name: unknown, spec: unknown, what: unknown = good) =>
    schedules.set(name as string, spec as ScheduleSpec, what as Task);
  const cases: [() => Promise<unknown>, string, string][] = [
    [() => set("", NIGHTLY), "RangeError", 'such as "nightly": current value is ""'],
    [() => set("a name", NIGHTLY), "RangeError", '"a name"'],
    [() => set("ü", NIGHTLY), "RangeError", "A-Z a-z 0-9 . _ -"],
    [() => set("x".repeat(101), NIGHTLY), "RangeError", "1 to 100"],
    [() => set(5, NIGHTLY), "TypeError", "current value is 5"],
    [() => set("one", {}), "TypeError", 'such as { cron: "0 3 * * *" }: there is neither'],
    [() => set("one", { cron: "0 3 * * *", everyMs: 1000 }), "TypeError", "there are both"],
    [() => set("one", null), "TypeError", "schedule options: give an object"],
    [() => set("one", { every: 5 }), "TypeError", "every"],
    [() => set("one", { cron: 5 }), "TypeError", 'cron: it must be a text, such as "0 3 * * *"'],
    [() => set("one", { cron: "" }), "TypeError", "cron"],
    [() => set("one", { everyMs: 99 }), "RangeError", "from 100 to 31622400000, such as 60000 for each minute"],
    [() => set("one", { everyMs: NaN }), "RangeError", "NaN"],
    [() => set("one", { everyMs: Infinity }), "RangeError", "Infinity"],
    [() => set("one", { everyMs: 1000.5 }), "RangeError", "1000.5"],
    [() => set("one", { everyMs: "1000" }), "TypeError", "1000"],
    [() => set("one", { everyMs: 1000, timeZone: "UTC" }), "TypeError", "give it with cron"],
    [() => set("one", { ...NIGHTLY, timeZone: 5 }), "TypeError", '"Europe/Berlin"'],
    [
      () => set("one", { ...NIGHTLY, overlap: "no" }),
      "RangeError",
      '"skip" or "queue" or "allow": current value is "no"',
    ],
    [() => set("one", { ...NIGHTLY, catchUp: 1 }), "RangeError", '"none" or "one" or "all"'],
    [() => set("one", NIGHTLY, square), "TypeError", "task(fn, ...args)"],
    [() => set("one", NIGHTLY, null), "TypeError", "null"],
    [() => set("one", NIGHTLY, [good]), "TypeError", "give a task"],
    [() => set("one", NIGHTLY, good.with({ signal: new AbortController().signal })), "TypeError", "signal"],
    [() => set("one", NIGHTLY, task(functions.fail, () => 1)), "NotSendable", "$"],
    [() => set("one", NIGHTLY, task(functions.fail, new Uint8Array(2 ** 20))), "RangeError", "the name of a file"],
    [
      () => set("one", { cron: "0 25 * * *" }),
      "TaskError",
      'such as "0 3 * * *" for each day at 3:00: it is "0 25 * * *"',
    ],
    [() => set("one", { ...NIGHTLY, timeZone: "Mars" }), "TaskError", 'such as "Europe/Berlin" or "UTC": it is "Mars"'],
    [() => schedules.get("a name"), "RangeError", '"a name"'],
    [() => schedules.pause(undefined!), "TypeError", "undefined"],
    [() => schedules.trigger("/"), "RangeError", '"/"'],
    [() => schedules.list({ timeoutMs: -1 }), "RangeError", "timeoutMs"],
    [() => schedules.list({ wait: 5 } as never), "TypeError", "wait"],
  ];
  for (const [call, name, says] of cases) {
    const error = await assertRejects(call, Error, undefined, says);
    assertEquals(error.name, name, error.message);
    assertStringIncludes(error.message, says);
  }
  assertEquals(await schedules.list(), []);
});

Deno.test("client.schedules: a signal of the client's own calls gives up the call, and is no part of the schedule", async () => {
  await using pair = await startPair();
  const controller = new AbortController();
  const caller: Client = pair.client.with({ signal: controller.signal });
  await caller.schedules.set("nightly", NIGHTLY, task(functions.square, 3));
  controller.abort(new Error("enough"));
  assertEquals(await (await pair.client.schedules.trigger("nightly")).result(), 9);
  const late = pair.client.schedules.list({ signal: controller.signal });
  await assertRejects(() => late, Error, "enough");
});
