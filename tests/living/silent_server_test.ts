/** What a program does while its server is silent: it sends, gives up, ends workers, closes, all at once. */
import { assertEquals } from "@std/assert";
import { Client, remote, task, TaskError } from "../../mod.ts";
import { ProcessDispatcher } from "../../dispatchers/mod.ts";
import { PersistentWorker, Pool, Worker } from "../../workers/mod.ts";
import { threadServlet } from "../../servlets/mod.ts";
import { AUTHKEY, startPair } from "../fixtures/pair.ts";
import { waitAtGate } from "../fixtures/inner_client.ts";
import { Gate } from "../helpers/gate.ts";
import { HoleProxy } from "../helpers/hole_proxy.ts";

const workers = remote<typeof import("../fixtures/workers.ts")>(import.meta.resolve("../fixtures/workers.ts"));

const HEARTBEAT_MS = 300;
/** Far more than any of the waits may take, on however busy a machine. */
const HANG_MS = 60_000;

async function endless(): Promise<void> {
  await new Promise<void>(() => setInterval(() => {}, 1000));
}

function double(x: number): number {
  return 2 * x;
}

/** How a wait ended: with a code or a name, or with what it gave. */
async function outcomeOf(wait: Promise<unknown>): Promise<unknown> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hang = new Promise((resolve) => timer = setTimeout(resolve, HANG_MS, "it hangs"));
  const settled = wait.then((value) => value, (error) => error instanceof TaskError ? error.code : error.name);
  return await Promise.race([settled, hang]).finally(() => clearTimeout(timer));
}

/** Items that come when a test says so. */
function source<T>(): { items: AsyncGenerator<T>; give(item: T): void; hasLeft: Promise<void> } {
  const given: T[] = [];
  const left = Promise.withResolvers<void>();
  let wake = () => {};
  async function* generate(): AsyncGenerator<T> {
    try {
      for (;;) {
        if (given.length > 0) yield given.shift()!;
        else await new Promise<void>((resolve) => wake = resolve);
      }
    } finally {
      left.resolve();
    }
  }
  const give = (item: T) => {
    given.push(item);
    wake();
  };
  return { items: generate(), give, hasLeft: left.promise };
}

async function silentClient(heartbeatMs: number) {
  const pair = await startPair({ numWorkers: 16 });
  const proxy = new HoleProxy(pair.server.address);
  const { address } = proxy;
  const client = await Client.connect({ address, authkey: AUTHKEY, reconnectMs: 2 * HEARTBEAT_MS, heartbeatMs });
  return {
    server: pair.server,
    proxy,
    client,
    async [Symbol.asyncDispose]() {
      await client.close();
      await proxy[Symbol.asyncDispose]();
      await pair[Symbol.asyncDispose]();
    },
  };
}

Deno.test("R1: what is sent into the silence fails, though nothing was outstanding when it began", async () => {
  await using silent = await silentClient(HEARTBEAT_MS);
  const { client, proxy, server } = silent;
  const one = threadServlet(double);
  await server.serve("one", one);
  const [tasks, items, more] = [
    source<ReturnType<typeof task<[number], number>>>(),
    source<number>(),
    source<number>(),
  ];
  const executed = client.execute(tasks.items);
  const streamed = client.pipeline<typeof one>("one").stream(items.items);
  const tolerant = client.pipeline<typeof one>("one").stream(more.items, { returnErrors: true });
  tasks.give(task(double, 1));
  items.give(1);
  more.give(1);
  assertEquals([(await executed.next()).value, (await streamed.next()).value, (await tolerant.next()).value], [
    2,
    2,
    2,
  ]);
  const waits = [executed.next(), streamed.next(), tolerant.next()];
  await using worker = await PersistentWorker.create({ kind: "remote", client, target: workers.square });
  assertEquals(await worker.call(1), 1);
  proxy.swallow();
  tasks.give(task(double, 2));
  items.give(2);
  more.give(2);
  const [execution, stream, tolerated] = await Promise.all(waits.map(outcomeOf));
  assertEquals([execution, stream], ["SERVER_OFFLINE", "SERVER_OFFLINE"]);
  assertEquals((tolerated as { value: TaskError }).value.code, "SERVER_OFFLINE");
  assertEquals(await outcomeOf(worker.call(2)), "WORKER_CLOSED");
  assertEquals(await outcomeOf(tolerant.return()), { value: undefined, done: true });
});

Deno.test("R1: pushes that wait for room end by their limits, and go in once the failures are popped", async () => {
  await using silent = await silentClient(HEARTBEAT_MS);
  const { client, proxy } = silent;
  const queue = client.makeQueue({ size: 1 });
  while (await outcomeOf(queue.push(task(endless), { timeoutMs: 200 })) === undefined);
  await client.status();
  proxy.swallow();
  assertEquals(await outcomeOf(queue.push(task(endless), { timeoutMs: 50 })), "WAIT_TIMEOUT");
  const waiting = queue.push(task(endless));
  assertEquals(await outcomeOf(queue.pop()), "SERVER_OFFLINE");
  assertEquals(await outcomeOf(waiting), undefined);
});

Deno.test("R1: workers at a silent server are ended within the time that they are given", async () => {
  await using silent = await silentClient(3_600_000);
  const { client, proxy } = silent;
  const worker = await Worker.create({ kind: "remote", client, target: workers.untilAborted });
  const other = await PersistentWorker.create({ kind: "remote", client, target: workers.square });
  const pool = new Pool(workers.square);
  await pool.addWorker("remote", { client });
  proxy.swallow();
  // Nobody can say that they are dead.
  const outcomes = await Promise.all([
    outcomeOf(worker.terminate({ timeoutMs: 50, force: false })),
    outcomeOf(other.terminate({ timeoutMs: 50 })),
    outcomeOf(pool.terminate({ timeoutMs: 50 })),
  ]);
  assertEquals(outcomes, [false, false, false]);
  await client.close();
  assertEquals(await Promise.all([worker, other].map((each) => outcomeOf(each.wait()))), [true, true]);
});

Deno.test("R1: signals and close() end what is under way at once in the silence", async () => {
  await using silent = await silentClient(3_600_000);
  const { client, proxy } = silent;
  const aborts = new AbortController();
  const signalled = client.with({ signal: aborts.signal });
  const begin = (caller: typeof signalled, signal?: AbortSignal) => [
    caller.run(endless),
    caller.map(endless, [1, 2]),
    caller.stream(function* () {
      yield 1;
    }).next(),
    client.execute([task(endless)], { signal }).next(),
    client.pipeline("any").call(1 as never, { signal }),
    client.pipeline("any").stream([1 as never], { signal }).next(),
  ];
  await client.status();
  proxy.swallow();
  const aborted = begin(signalled, aborts.signal).map(outcomeOf);
  const many = Array.from({ length: 50 }, () => [client.run(endless), client.status(), client.submit(endless)]).flat();
  const closed = [...begin(client), ...many].map(outcomeOf);
  aborts.abort(new DOMException("enough", "AbortError"));
  assertEquals(await Promise.all(aborted), aborted.map(() => "AbortError"));
  assertEquals(await Promise.all([client.close(), client.close()].map(outcomeOf)), [undefined, undefined]);
  // What is executed ends as it does whenever its client is closed.
  const codes = new Set(await Promise.all(closed));
  assertEquals(codes, new Set(["CONNECTION_CLOSED", "DISPATCHER_CLOSED"]));
  assertEquals(await outcomeOf(client.run(double, 1)), "CONNECTION_CLOSED");
});

Deno.test("R1: a client within a task of a dispatcher hears of the silence as any other", async () => {
  await using pair = await startPair();
  await using proxy = new HoleProxy(pair.server.address);
  await using dispatcher = new ProcessDispatcher({ numWorkers: 1 });
  using gate = new Gate();
  const { hostname, port } = gate.address;
  const outcome = outcomeOf(dispatcher.execute([waitAtGate(proxy.address, AUTHKEY, hostname, port)]).next());
  await Promise.race([gate.admitted(), outcome]);
  proxy.swallow();
  assertEquals(await outcome, { value: "SERVER_OFFLINE", done: false });
});
