/** O1, O2, R11: what workers of every kind say reaches `onLog` and `onProgress`, whatever becomes of them. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { remote, type TaskCrashed } from "../../mod.ts";
import { Worker, type WorkerKind, type WorkerOptions } from "../../workers/mod.ts";
import { ENDS, LAST } from "../fixtures/talkers.ts";
import { TempTree } from "../helpers/temp_tree.ts";
import { hostFor, KINDS } from "../workers/kinds.ts";

const talkers = remote<typeof import("../fixtures/talkers.ts")>(import.meta.resolve("../fixtures/talkers.ts"));

/** What runs beside the program that made it. */
const APART: readonly WorkerKind[] = KINDS.filter((kind) => kind !== "inline");

/** A worker, what it has said, and when it has said its last words and a step. */
async function create<Args extends unknown[]>(options: WorkerOptions<Args>) {
  const said: string[] = [];
  const heard = Promise.withResolvers<void>();
  const moved = Promise.withResolvers<void>();
  const worker = await Worker.create({
    ...options,
    onLog({ text }) {
      said.push(text);
      if (text === LAST) heard.resolve();
    },
    onProgress: () => moved.resolve(),
  });
  return { worker, said, heard: heard.promise, moved: moved.promise };
}

for (const kind of KINDS) {
  Deno.test(`Worker.terminate() of a ${kind} worker that goes with the reason for it logs no failure`, async () => {
    await using host = await hostFor(kind);
    const { worker, said, heard } = await create({ kind, client: host.client, target: talkers.endsWhenTold });
    await heard;
    assert(await worker.terminate({ timeoutMs: 5000 }));
    assertEquals([worker.error?.name, said], ["WorkerTerminated", [LAST]]);
  });
}

for (const kind of APART) {
  Deno.test(`O2: lines and progress of a ${kind} worker arrive while its code never yields`, async () => {
    await using host = await hostFor(kind);
    await using tree = new TempTree();
    const path = tree.path("stop");
    // A thread has the program's permissions.
    const options = kind === "thread" ? {} : { permissions: { read: [path] } };
    const target = talkers.saysAndComputesUntil;
    const parts = await create({ kind, client: host.client, target, args: [path], ...options });
    await parts.heard;
    await parts.moved;
    await Deno.writeTextFile(path, "");
    await parts.worker.wait();
    assert(!parts.worker.hasError, `${parts.worker.error}`);
  });

  for (const talker of ENDS) {
    Deno.test(`O1: a ${kind} worker that ${talker} is heard to its last line, before its end is told`, async () => {
      await using host = await hostFor(kind);
      const { worker, said } = await create({ kind, client: host.client, target: talkers[talker] });
      await worker.wait();
      assert(worker.hasError);
      assert(said.includes(LAST), said.slice(-5).join("\n"));
      // A thread has no standard error of its own.
      if (kind !== "thread") assertStringIncludes((worker.error as TaskCrashed).stderr, LAST);
    });
  }

  Deno.test(`O1: all lines of a ${kind} worker that exits are heard, in order`, async () => {
    await using host = await hostFor(kind);
    // What a thread leaves behind comes by another way than its farewell: which is first differs.
    await Promise.all(Array.from({ length: kind === "thread" ? 30 : 2 }, async () => {
      const { worker, said } = await create({ kind, client: host.client, target: talkers.logsAndExits });
      await worker.wait();
      assertEquals(said, [...Array.from({ length: 300 }, (_, i) => `line ${i}`), LAST]);
    }));
  });

  Deno.test(`R11: of 100,000 lines of a ${kind} worker the first and the last are heard, in order`, async () => {
    await using host = await hostFor(kind);
    const { worker, said } = await create({ kind, client: host.client, target: talkers.floods, args: [100_000] });
    await worker.wait();
    assertEquals(worker.result, 100_000);
    assertEquals([said[0].split(" ")[0], said.at(-2)!.split(" ")[0], said.at(-1)], ["0", "99999", LAST]);
    assert(said.some((text) => /^… [\d,]+ lines are missing$/.test(text)));
  });
}
