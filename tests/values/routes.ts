/** Every way that a value can take to a task, a worker or a stage, and back. */
import { type Client, remote, task } from "../../mod.ts";
import { InlineDispatcher, ProcessDispatcher, type TaskDispatcher, ThreadDispatcher } from "../../dispatchers/mod.ts";
import { Pipeline, processServlet, threadServlet } from "../../servlets/mod.ts";
import { PersistentWorker, Pool, Worker, type WorkerKind } from "../../workers/mod.ts";
import { type Pair, startPair } from "../fixtures/pair.ts";
import { Echo } from "./functions.ts";

export const functions = remote<typeof import("./functions.ts")>(import.meta.resolve("./functions.ts"));

/** Functions of the far side, each of one argument. */
export type Called = "echo" | "raise" | "make";

/** Calls one of them. */
export type Call = (called: Called, argument: unknown) => Promise<unknown>;

export interface Route {
  readonly name: string;
  readonly call: Call;
  /** It has another way for arguments only: what is raised and made comes back as on the route before. */
  readonly echoesOnly?: boolean;
}

/** All routes, open. */
export interface Routes extends AsyncDisposable {
  readonly pair: Pair;
  readonly list: readonly Route[];
}

const WORKER_KINDS: readonly WorkerKind[] = ["process", "thread", "inline", "remote"];

/** Opens them all. */
export async function openRoutes(): Promise<Routes> {
  const stack = new AsyncDisposableStack();
  const pair = stack.use(await startPair({ isolation: "module" }));
  const list: Route[] = [...ofClient(pair.client), ...ofDispatcher("client", pair.client)];
  const dispatchers: Record<string, TaskDispatcher> = {
    process: new ProcessDispatcher({ numWorkers: 1, isolation: "module" }),
    thread: new ThreadDispatcher({ numWorkers: 1 }),
    inline: new InlineDispatcher(),
  };
  for (const [kind, dispatcher] of Object.entries(dispatchers)) {
    list.push(...ofDispatcher(kind, stack.use(dispatcher)));
  }
  for (const kind of WORKER_KINDS) list.push(...await ofWorkers(kind, pair.client, stack));
  list.push(...await ofPipelines(pair, stack));
  return { pair, list, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

function ofClient(client: Client): Route[] {
  return [
    { name: "run()", call: (called, argument) => client.run(functions[called], argument as never) },
    {
      name: "map()",
      call: async (called, argument) => (await client.map(functions[called], [argument as never]))[0],
    },
    {
      name: "map(), settled",
      async call(called, argument) {
        const [{ data, error }] = await client.map(functions[called], [argument as never], { settled: true });
        return error === undefined ? data : Promise.reject(error);
      },
    },
    {
      name: "submit()",
      call: async (called, argument) => await (await client.submit(functions[called], argument as never)).result(),
    },
    {
      name: "queryResult()",
      async call(called, argument) {
        const { id } = await client.submit(functions[called], argument as never);
        const { data, error } = (await client.queryResult(id, { waitMs: -1 }))!;
        return error === undefined ? data : Promise.reject(error);
      },
    },
    {
      name: "stream()",
      async call(called, argument) {
        return (await client.stream(functions[`${called}Each`], argument as never).next()).value;
      },
    },
    echoing("open(), both ways", async (argument) => {
      await using stream = await client.open(functions.echoInbox);
      await stream.send(argument);
      return (await stream.next()).value;
    }),
    echoing("a procedure", (argument) => client.run(new Echo(argument))),
    echoing("a function sent as source", (argument) => client.run((x: unknown) => x, argument)),
    echoing("a subtask", (argument) => client.run(functions.echoBelow, argument)),
    echoing("an item of a task's map", (argument) => client.run(functions.echoItemBelow, argument)),
  ];
}

function echoing(name: string, echo: (argument: unknown) => Promise<unknown>): Route {
  return { name, echoesOnly: true, call: (_, argument) => echo(argument) };
}

function ofDispatcher(kind: string, dispatcher: TaskDispatcher): Route[] {
  return [
    {
      name: `execute(), ${kind}`,
      async call(called, argument) {
        return (await dispatcher.execute([task(functions[called], argument as never)]).next()).value;
      },
    },
    {
      name: `a queue, ${kind}`,
      async call(called, argument) {
        await using queue = dispatcher.makeQueue();
        await queue.push(task(functions[called], argument as never));
        return await queue.pop();
      },
    },
  ];
}

async function ofWorkers(kind: WorkerKind, client: Client, stack: AsyncDisposableStack): Promise<Route[]> {
  const persistent = stack.use(await PersistentWorker.create({ kind, client, target: functions.echo }));
  const pool = stack.use(new Pool(functions.echo));
  await pool.addWorker(kind, { client });
  return [
    {
      name: `a worker, ${kind}`,
      async call(called, argument) {
        await using worker = await Worker.create({
          kind,
          client,
          target: functions[called] as never,
          args: [argument],
        });
        await worker.wait();
        return worker.hasError ? Promise.reject(worker.error) : worker.result;
      },
    },
    echoing(`a persistent worker, ${kind}`, async (argument) => {
      await persistent.enqueue(argument);
      return await persistent.nextResult();
    }),
    echoing(`a pool, ${kind}`, async (argument) => (await pool.run([argument]))[0]),
  ];
}

async function ofPipelines({ server, client }: Pair, stack: AsyncDisposableStack): Promise<Route[]> {
  const routes: Route[] = [];
  for (const [kind, servlet] of [["process", processServlet], ["thread", threadServlet]] as const) {
    const local = new Map<Called, Pipeline<unknown, unknown>>();
    for (const called of ["echo", "raise", "make"] as const) {
      const stage = (servlet as typeof threadServlet)(functions[called] as never);
      local.set(called, stack.use(await Pipeline.start(stage) as Pipeline<unknown, unknown>));
      await server.serve(`${kind}-${called}`, stage);
    }
    routes.push(
      { name: `a local pipeline, ${kind}`, call: (called, argument) => local.get(called)!.call(argument) },
      {
        name: `a served pipeline, ${kind}`,
        call: (called, argument) => client.pipeline<never>(`${kind}-${called}`).call(argument as never),
      },
    );
  }
  return routes;
}
