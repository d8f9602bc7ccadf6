/** What clients hear who change schedules while the disk of the store is full. */
import { assertEquals, assertRejects } from "@std/assert";
import { Ticker } from "../../core/ticker.ts";
import { TaskError } from "../../mod.ts";
import type { Caller } from "../../engine/caller.ts";
import { openSchedules, type OpenSchedulesParams } from "../../server/open_schedules.ts";
import { ScheduleCommands, type ScheduleCommandsParams } from "../../server/schedule_commands.ts";
import { readSchedules } from "../../server/stored_schedules.ts";
import { SqliteStore } from "../../store/sqlite/store.ts";
import type { WireSchedule } from "../../wire/schedule_message.ts";
import { encode } from "../../wire/codec.ts";
import { StoreFolder } from "../helpers/store_files.ts";

const FAULTY = new URL("../fixtures/faulty_store_worker.ts", import.meta.url);
const FULL = 13;

async function setUp(files: StoreFolder) {
  const { store } = await files.open({ worker: FAULTY });
  const { clock } = files;
  const profiles = { profileFor: () => ({ name: "one" }) };
  const schedules = openSchedules(
    {
      ticker: new Ticker(clock),
      log: { write() {} },
      profiles,
      dispatcher: { leave() {} },
      store,
      keepsTasks: true,
    } as unknown as OpenSchedulesParams,
  );
  const commands = new ScheduleCommands(
    {
      schedules,
      dispatcher: { find: () => undefined },
      profiles,
      keepsTasks: true,
      store,
      wall: () => clock.wall(),
    } as unknown as ScheduleCommandsParams,
  );
  const caller = { run: null, clientKey: { name: "", weight: 1 } } as unknown as Caller;
  const call = async (command: Parameters<ScheduleCommands["execute"]>[0], body: unknown) =>
    await commands.execute(command, body, caller);
  const set = (name: string) => {
    const profile = { target: ["source", "() => 1", "one"], permissions: null, timeoutMs: null, memoryMb: null };
    const submission = {
      profile: { ...profile, isolation: null, priority: 0, name: null, stream: false },
      await: false,
      bound: false,
      followup: false,
      group: null,
      waitForRoom: false,
    };
    const spec = { cron: null, timeZone: null, everyMs: 60_000, overlap: null, catchUp: null };
    return call("setSchedule", { name, spec, submission, input: encode([]) });
  };
  const fill = (point: string) => Deno.writeTextFile(`${files.path}-fault`, `${point} | throw | ${FULL}`);
  const mend = () => Deno.remove(`${files.path}-fault`);
  const list = async () => {
    const found = await call("schedules", { name: null }) as WireSchedule[];
    return found.map(({ name, paused }) => `${name}${paused ? " (paused)" : ""}`);
  };
  return { store, call, set, fill, mend, list };
}

Deno.test("changes of schedules are refused while the disk is full, change nothing, and are taken again behind that", async () => {
  await using files = new StoreFolder();
  const { store, call, set, fill, mend, list } = await setUp(files);
  await set("first");
  await fill("before commit");
  const changes: [string, () => Promise<unknown>][] = [
    ["set", () => set("second")],
    ["pause", () => call("pauseSchedule", { name: "first" })],
    ["resume", () => call("resumeSchedule", { name: "first" })],
    ["delete", () => call("deleteSchedule", { name: "first" })],
  ];
  for (const [what, change] of changes) {
    const error = await assertRejects(change, TaskError, "its disk is full; make room there", what);
    assertEquals(error.message.includes("is done"), false, what);
    assertEquals([error.code, await list()], ["STORE_FULL", ["first"]], what);
  }
  await mend();
  await set("second");
  await call("pauseSchedule", { name: "first" });
  assertEquals(await list(), ["first (paused)", "second"]);
  assertEquals(await call("deleteSchedule", { name: "second" }), true);
  await store[Symbol.asyncDispose]();
});

Deno.test("a change that found room and lost it is said to hold, and is written once there is room", async () => {
  await using files = new StoreFolder();
  const { store, call, set, fill, mend, list } = await setUp(files);
  await set("first");
  const { room } = store;
  store.room = async () => {
    await room.call(store);
    await fill("before commit");
  };
  const error = await assertRejects(() => call("pauseSchedule", { name: "first" }), TaskError);
  assertEquals(error.code, "STORE_FULL");
  assertEquals(error.message.split("; ").at(-1), "what was asked for is done, and lasts once there is some");
  assertEquals(await list(), ["first (paused)"]);
  await mend();
  files.clock.advance(1000);
  await store[Symbol.asyncDispose]();
  const { path, clock } = files;
  const next = await SqliteStore.open({ path, clock, capacity: 10, retentionMs: 1000 });
  await using _closing = next;
  const kept = await readSchedules(next.schedules, (name, weight) => ({ name, weight }), { write() {} });
  assertEquals(kept.map(({ value: { name, isPaused } }) => [name, isPaused]), [["first", true]]);
});
