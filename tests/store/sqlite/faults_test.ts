import { assert, assertEquals, assertRejects } from "@std/assert";
import { TaskError } from "../../../mod.ts";
import { POINTS } from "../../../store/sqlite/faults.ts";
import { StoreFile } from "../../../store/sqlite/store_file.ts";
import { toBlocks } from "../../../store/sqlite/blocks.ts";
import { Random } from "../../helpers/random.ts";
import { durableOrigin } from "../../helpers/task_record.ts";
import { idsOf, StoreFolder, tasksOf } from "../../helpers/store_files.ts";

const FAULTY = new URL("../../fixtures/faulty_store_worker.ts", import.meta.url);
const PROGRAM = new URL("../../fixtures/submitting_program.ts", import.meta.url).href;
const FULL = 13;
const IOERR_FSYNC = 1034;

/** A store whose thread fails from now on as it is told. */
async function faulty(files: StoreFolder) {
  const { store } = await files.open({ worker: FAULTY });
  const fail = (point: string, code: number) => Deno.writeTextFile(`${files.path}-fault`, `${point} | throw | ${code}`);
  const mend = () => Deno.remove(`${files.path}-fault`);
  return { store, fail, mend };
}

for (const point of POINTS) {
  Deno.test(`a program that is killed ${point} of its store has lost nothing that it was told is kept`, async () => {
    await using files = new StoreFolder();
    const { stdout, signal } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", PROGRAM, files.path, `${point} | kill`],
    }).output();
    assertEquals(signal, "SIGKILL");
    const lines = new TextDecoder().decode(stdout).trim().split("\n");
    const accepted = lines.filter((line) => !line.startsWith("over"));
    const over = new Set(lines.filter((line) => line.startsWith("over")).map((line) => line.slice(5)));
    assert(accepted.length >= 5 && over.size >= 2);
    const { store, claim } = await files.open();
    const found = new Set(idsOf(claim.items));
    assertEquals(accepted.filter((id) => !found.has(id) && !over.has(id)), []);
    assertEquals([...over].filter((id) => found.has(id)), []);
    // What was on its way may be there or not.
    assert(found.size <= accepted.length - over.size + 1);
    await store[Symbol.asyncDispose]();
  });
}

Deno.test("SqliteStore says nothing any more after a write that the disk may have lost", async () => {
  await using files = new StoreFolder();
  const { store, fail, mend } = await faulty(files);
  const failures: TaskError[] = [];
  store.onFailed = (error) => failures.push(error);
  const [first, second, third] = tasksOf(3);
  await store.submit(durableOrigin(), [first]);
  await fail("before commit", IOERR_FSYNC);
  let isSettled = false;
  const settling = files.settle(store, first[0], "done").then(() => isSettled = true);
  const error = await assertRejects(async () => await store.submit(durableOrigin(), [second]), TaskError);
  assertEquals(error.code, "STORE_FAILED");
  await mend();
  const later = await assertRejects(async () => await store.submit(durableOrigin(), [third]), TaskError);
  assertEquals([later.code, failures.length, isSettled, store.peek(first[0])], ["STORE_FAILED", 1, false, undefined]);
  // A server that ends waits for nothing more of it.
  assertEquals(store.unfinished, 0);
  await store[Symbol.asyncDispose]();
  void settling;
  const { store: next, claim } = await files.open();
  assertEquals(idsOf(claim.items), [first[0]]);
  await next[Symbol.asyncDispose]();
});

Deno.test("SqliteStore refuses tasks when the disk is full, goes on to settle, and takes some again when there is room", async () => {
  await using files = new StoreFolder();
  const { store, fail, mend } = await faulty(files);
  const [first, ...others] = tasksOf(4);
  await store.submit(durableOrigin(), [first]);
  await fail("after blocks", FULL);
  // That point is passed without blocks too: the first time it is as full for what has to be written.
  const codes = await Promise.all(others.map(async (task) => {
    try {
      await store.submit(durableOrigin(), [task]);
      return null;
    } catch (error) {
      return (error as TaskError).code;
    }
  }));
  assertEquals(codes, others.map(() => "STORE_FULL"));
  assertEquals([store.unfinished, store.has(others[0][0])], [1, false]);
  // What is to be written waits, and is written once there is room.
  const settling = files.settle(store, first[0], "done");
  await assertRejects(async () => await store.submit(durableOrigin({ lane: "x" }), others), TaskError, "no room");
  await mend();
  files.clock.advance(1000);
  await settling;
  assertEquals((await store.submit(durableOrigin(), others)).length, 3);
  await store[Symbol.asyncDispose]();
  const { store: next, claim } = await files.open();
  assertEquals([idsOf(claim.items), next.kept], [others.map(([id]) => id), 1]);
  await next[Symbol.asyncDispose]();
});

Deno.test("SqliteStore knows nothing of a task that was refused while somebody asked for it", async () => {
  await using files = new StoreFolder();
  const { store, fail, mend } = await faulty(files);
  await fail("after blocks", FULL);
  const [task] = tasksOf(1);
  const submitted = store.submit(durableOrigin(), [task]);
  const found = store.find(task[0]);
  await assertRejects(async () => await submitted, TaskError, "no room");
  assertEquals([found instanceof Promise, await found], [true, undefined]);
  await mend();
  await store[Symbol.asyncDispose]();
});

Deno.test("SqliteStore refuses tasks while the disk has less free than it is to have", async () => {
  await using files = new StoreFolder();
  const { store } = await files.open();
  await store.submit(durableOrigin(), tasksOf(1));
  await store[Symbol.asyncDispose]();
  const { store: next, claim } = await files.open({ leastFreeBytes: 2 ** 60 });
  const error = await assertRejects(async () => await next.submit(durableOrigin(), tasksOf(1)), TaskError);
  assertEquals(error.code, "STORE_FULL");
  await files.settle(next, idsOf(claim.items)[0], "done");
  await next[Symbol.asyncDispose]();
});

Deno.test("a full disk is given the ballast before anything that has to be written waits", async () => {
  await using files = new StoreFolder();
  let isFull = false;
  const ballast = `${files.path}-ballast`;
  const file = StoreFile.open({ path: files.path, leastFreeBytes: 0, ballastBytes: 8192 }, (point) => {
    if (!isFull || point !== "before commit") return;
    // There is room once the ballast has gone.
    try {
      Deno.statSync(ballast);
    } catch {
      return;
    }
    throw Object.assign(new Error("database or disk is full"), { code: "ERR_SQLITE_ERROR", errcode: FULL });
  });
  file.read(() => {});
  isFull = true;
  const { rows, inputs } = toBlocks(tasksOf(1), [1])[0];
  assertEquals(file.commit({ always: [["profile", 1, "{}"]], blocks: [[1, 1, "{}", rows, inputs]] }), "full");
  isFull = false;
  assertEquals(file.commit({ always: [], blocks: [[1, 1, "{}", rows, inputs]] }), "written");
  // It is taken again once there is room.
  assertEquals(Deno.statSync(ballast).size, 8192);
  file.close();
});

Deno.test("a log that is torn or changed at any byte gives all that was written before that place", async () => {
  await using files = new StoreFolder();
  const { path, folder } = files;
  const options = { path, leastFreeBytes: 0, ballastBytes: 0 };
  const file = StoreFile.open(options);
  file.read(() => {});
  file.commit({ always: [["profile", 1, "{}"]], blocks: [] });
  const log = `${path}-wal`;
  /** How long the log was when so many blocks were on the disk. */
  const lengths = [Deno.statSync(log).size];
  for (let id = 1; id <= 20; id++) {
    const { rows, inputs } = toBlocks(tasksOf(id), Array.from({ length: id }, (_, n) => n))[0];
    file.commit({ always: [], blocks: [[id, 1, "{}", rows, inputs]] });
    lengths.push(Deno.statSync(log).size);
  }
  const [main, whole] = [Deno.readFileSync(path), Deno.readFileSync(log)];
  file.close();
  const random = new Random(7);
  for (let round = 0; round < 120; round++) {
    const at = random.int(lengths[0], whole.length);
    const isTorn = round % 2 === 0;
    const copy = `${folder}/copy-${round}`;
    await Deno.writeFile(copy, main);
    const bytes = isTorn ? whole.slice(0, at) : whole.slice();
    if (!isTorn) bytes[at] ^= 1 << random.int(0, 7);
    await Deno.writeFile(`${copy}-wal`, bytes);
    const opened = StoreFile.open({ ...options, path: copy });
    let found: number[] = [];
    opened.read(({ blocks = [] }) => found = [...found, ...blocks.map(({ id }) => id)]);
    opened.close();
    const atLeast = lengths.findLastIndex((length) => length <= at);
    assertEquals(found, Array.from({ length: found.length }, (_, n) => n + 1), "a part of a batch was there");
    assert(found.length >= atLeast, `byte ${at}: ${found.length} of ${atLeast} blocks`);
  }
});
