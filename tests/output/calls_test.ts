/** O1, O2, O3: what calls say of persistent workers, of pools and of stages, reaches `onLog`, whatever becomes of them. */
import { assert, assertRejects } from "@std/assert";
import { type Client, remote, type RemoteFunction } from "../../mod.ts";
import { Pipeline, processServlet, type StageOptions, threadServlet } from "../../servlets/mod.ts";
import { PersistentWorker, Pool, type WorkerKind } from "../../workers/mod.ts";
import { soon } from "../endings/iterator_case.ts";
import { later, startPair } from "../fixtures/pair.ts";
import { LAST } from "../fixtures/talkers.ts";
import { TempTree } from "../helpers/temp_tree.ts";
import { hostFor } from "../workers/kinds.ts";

const talkers = remote<typeof import("../fixtures/talkers.ts")>(import.meta.resolve("../fixtures/talkers.ts"));

type Talker = RemoteFunction<[item: string], unknown>;
type Limits = Pick<StageOptions, "itemTimeoutMs"> & { permissions?: Deno.PermissionOptionsObject; memoryMb?: number };

/** Takes one item through a talker, with its lines on the way to `onLog`. */
interface Calling extends AsyncDisposable {
  call(item: string): Promise<unknown>;
}

type Open = (talker: Talker, onLog: (line: { text: string }) => void, limits: Limits) => Promise<Calling>;

/** With limits of a sandbox only where there is one. */
function own(kind: string, { permissions, memoryMb, ...limits }: Limits): Limits {
  return kind === "process" || kind === "remote" ? { permissions, memoryMb, ...limits } : limits;
}

const worker = (kind: WorkerKind): Open => async (target, onLog, limits) => {
  const host = await hostFor(kind);
  const worker = await PersistentWorker.create({ kind, target, onLog, client: host.client, ...own(kind, limits) });
  const close = async () => {
    await worker.terminate({ timeoutMs: 0 });
    await host[Symbol.asyncDispose]();
  };
  return { call: (item) => worker.call(item), [Symbol.asyncDispose]: close };
};

const pool = (kind: WorkerKind): Open => async (target, onLog, { itemTimeoutMs, ...limits }) => {
  const host = await hostFor(kind);
  const pool = new Pool(target, { itemTimeoutMs, maxAttempts: 1 });
  await pool.addWorker(kind, { client: host.client, onLog, ...own(kind, limits) });
  const close = async () => {
    await pool.terminate({ timeoutMs: 0 });
    await host[Symbol.asyncDispose]();
  };
  return { call: (item) => pool.run([item]), [Symbol.asyncDispose]: close };
};

function stage(kind: string, target: Talker, limits: Limits) {
  const options = { maxAttempts: 1, ...own(kind, limits) };
  return (kind === "process" ? processServlet : threadServlet)(target, options as StageOptions);
}

const here = (kind: string): Open => async (target, onLog, limits) => {
  const pipeline = await Pipeline.start(stage(kind, target, limits), { onLog });
  return {
    call: (item) => pipeline.call(item),
    [Symbol.asyncDispose]: () => pipeline.stop({ mode: "now" }),
  };
};

const served = (kind: string): Open => async (target, onLog, limits) => {
  const pair = await startPair();
  void follow(pair.client, onLog);
  await pair.client.status();
  const servlet = stage(kind, target, limits);
  await pair.server.serve("p", servlet);
  const pipeline = pair.client.pipeline<typeof servlet>("p");
  return { call: (item) => pipeline.call(item), [Symbol.asyncDispose]: () => pair[Symbol.asyncDispose]() };
};

async function follow(client: Client, onLog: (line: { text: string }) => void): Promise<void> {
  for await (const line of client.logs()) onLog(line);
}

/** By where it runs: whatever a process is, memory limits and all, and whatever shares one. */
const PLACES: Record<string, Record<string, Open>> = {
  process: {
    "a persistent process worker": worker("process"),
    "a persistent remote worker": worker("remote"),
    "a pool of process workers": pool("process"),
    "a pool of remote workers": pool("remote"),
    "a process stage here": here("process"),
    "a process stage at a server": served("process"),
  },
  thread: {
    "a persistent thread worker": worker("thread"),
    "a pool of thread workers": pool("thread"),
    "a thread stage here": here("thread"),
    "a thread stage at a server": served("thread"),
  },
};

/** How a call ends behind its last words. */
const ENDS: Record<string, readonly [talker: Talker, limits: Limits, isProcessOnly?: boolean]> = {
  "exits": [talkers.exits as Talker, {}],
  "logs much and exits": [talkers.logsAndExits as Talker, {}],
  "throws later": [talkers.throwsLater as Talker, {}],
  "takes all memory": [talkers.takesAllMemory as Talker, { memoryMb: 32 }, true],
  "loops until its time is over": [talkers.computes as Talker, { itemTimeoutMs: 300 }, true],
};

for (const [host, places] of Object.entries(PLACES)) {
  for (const [place, open] of Object.entries(places)) {
    Deno.test(`O2: a line of ${place} arrives while its code never yields`, async () => {
      await using tree = new TempTree();
      const path = tree.path("stop");
      const heard = Promise.withResolvers<void>();
      const onLog = ({ text }: { text: string }) => void (text === LAST && heard.resolve());
      await using calling = await open(talkers.saysAndComputesUntil as Talker, onLog, {
        permissions: { read: [path] },
      });
      const called = later(calling.call(path));
      await soon("the line", heard.promise);
      await Deno.writeTextFile(path, "");
      await called;
    });

    Deno.test(`O1: the last line of ${place} is heard, however its call ends`, async () => {
      const ends = Object.entries(ENDS).filter(([, [, , isProcessOnly]]) => !isProcessOnly || host === "process");
      await Promise.all(ends.map(async ([how, [talker, limits]]) => {
        const heard = Promise.withResolvers<void>();
        const onLog = ({ text }: { text: string }) => void (text === LAST && heard.resolve());
        await using calling = await open(talker, onLog, limits);
        assert(await assertRejects(() => soon(`a call that ${how}`, calling.call(""))));
        await soon(`the last line of one that ${how}`, heard.promise);
      }));
    });
  }
}
