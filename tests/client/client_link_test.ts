import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import type { TaskResult } from "../../procedures/task_caller.ts";
import { ClientLink } from "../../client/client_link.ts";
import { sendTasks } from "../../client/send_tasks.ts";
import { AuthenticationFailed, QueueFull, ServerOffline, TaskError } from "../../core/errors.ts";
import { decode } from "../../wire/codec.ts";
import type { SubmitBody } from "../../wire/message.ts";
import { settled } from "../helpers/memory_stream.ts";
import { Random } from "../helpers/random.ts";

const AS_IT_IS = { read: <Wire>(wire: Wire): Wire => wire };
import {
  newTasks,
  type Script,
  ScriptedServer,
  type Session,
  SUBMISSION,
  success,
} from "../helpers/scripted_server.ts";

const LONG_MS = 60_000;

interface Connected extends AsyncDisposable {
  link: ClientLink;
  server: ScriptedServer;
}

async function connect(script: Script, reconnectMs = LONG_MS): Promise<Connected> {
  const server = new ScriptedServer(script);
  const link = new ClientLink(server.dial, { reconnectMs });
  await link.open();
  const close = async () => {
    await link.close();
    // What the script still meant to send is sent to nobody.
    await settled();
  };
  return { link, server, [Symbol.asyncDispose]: close };
}

/** Submits as `run` and `map` do, a result for each task. */
function submit(link: ClientLink, tasks: [string, Uint8Array][]): Promise<TaskResult>[] {
  const results = tasks.map(([id, input]) => link.awaited.expect(id, SUBMISSION, input));
  sendTasks(link, SUBMISSION, tasks).catch((error) => tasks.forEach(([id]) => link.awaited.fail(id, error)));
  return results;
}

function codeOf(error: unknown): string {
  return error instanceof TaskError ? error.code : String(error);
}

function idsOf(body: unknown): string[] {
  return (body as SubmitBody).tasks.map(([id]) => id);
}

function reply(body: unknown): number {
  return (body as SubmitBody).tasks.length;
}

// -- Calls --

Deno.test("ClientLink.call() is answered over one connection, whatever the number of calls", async () => {
  await using connected = await connect({ onCall: (_, command, body) => [command, body] });
  const { link, server } = connected;
  const answers = await Promise.all([1, 2, 3].map(() => link.call("status", null) as Promise<unknown>));
  assertEquals(answers, [["status", null], ["status", null], ["status", null]]);
  assertEquals(server.dials, 1);
});

Deno.test("ClientLink.open() fails at once when nothing is there", async () => {
  const server = new ScriptedServer({ onDial: () => Promise.reject(new ServerOffline("nothing is there")) });
  const link = new ClientLink(server.dial, { reconnectMs: LONG_MS });
  await assertRejects(() => link.open(), ServerOffline, "nothing is there");
  assertEquals(server.dials, 1);
  await link.close();
});

Deno.test("ClientLink.call() passes on what the server raises, and keeps the connection", async () => {
  await using connected = await connect({
    onCall() {
      throw new QueueFull("full", 7);
    },
  });
  const error = await assertRejects(() => connected.link.call("status", null), QueueFull);
  assertEquals([error.capacity, connected.server.dials], [7, 1]);
});

Deno.test("ClientLink.call() is made again over a new connection when the first is lost before the answer", async () => {
  await using connected = await connect({
    onCall(session) {
      if (session.number < 3) session.stream.cut();
      return session.number;
    },
  });
  assertEquals(await connected.link.call("status", null) as unknown, 3);
  assertEquals(connected.server.dials, 3);
});

Deno.test("ClientLink.call() does not say quit twice", async () => {
  await using connected = await connect({ onCall: (session) => session.stream.cut() });
  const error = await assertRejects(() => connected.link.call("quit", { mode: "now", deadlineMs: null }), TaskError);
  assertEquals([error.code, connected.server.dials], ["CONNECTION_CLOSED", 1]);
});

Deno.test("ClientLink searches once for all calls that want a new connection, and not before one does", async () => {
  await using connected = await connect({ onCall: (session) => session.number });
  const { link, server } = connected;
  server.sessions[0].stream.cut();
  await server.sessions[0].peer.closed;
  await settled();
  assertEquals(server.dials, 1);
  const numbers = await Promise.all([1, 2, 3, 4].map(() => link.call("status", null) as Promise<unknown>));
  assertEquals([numbers, server.dials], [[2, 2, 2, 2], 2]);
});

// -- Cut at each stage of a submission --

interface Stage {
  name: string;
  /** What the first connection does with the submission. */
  first(session: Session, body: unknown): unknown;
  /** Whether the second connection is to get the submission again. */
  isRepeated: boolean;
}

const STAGES: Stage[] = [
  { name: "before the submission was read", first: () => {}, isRepeated: true },
  { name: "before the reply", first: (session) => session.stream.cut(), isRepeated: true },
  {
    name: "after the reply",
    first(session, body) {
      setTimeout(() => session.stream.cut());
      return reply(body);
    },
    isRepeated: true,
  },
  {
    name: "in the middle of the result",
    first(session, body) {
      const { stream, peer } = session;
      const write = stream.write.bind(stream);
      setTimeout(async () => {
        stream.write = async (bytes) => {
          const count = await write(bytes.subarray(0, bytes.length - 3));
          await settled();
          stream.cut();
          return count;
        };
        peer.push("results", idsOf(body).map((id) => success(id, "cut off")));
        await peer.flushed();
      });
      return reply(body);
    },
    isRepeated: true,
  },
  {
    name: "after the results, before their acknowledgement",
    first(session, body) {
      setTimeout(async () => {
        // The client reads what arrives; its own words get nowhere.
        session.stream.other.hold();
        session.peer.push("results", idsOf(body).map((id) => success(id, "first")));
        await session.peer.flushed();
        await settled();
        session.stream.cut();
      });
      return reply(body);
    },
    isRepeated: false,
  },
];

for (const { name, first, isRepeated } of STAGES) {
  Deno.test(`ClientLink loses nothing when the connection is cut ${name}`, async () => {
    const submissions: [number, string[]][] = [];
    const acks: string[] = [];
    await using connected = await connect({
      onCall(session, command, body) {
        if (command !== "submit") return null;
        submissions.push([session.number, idsOf(body)]);
        if (session.number === 1) return first(session, body);
        const results = idsOf(body).map((id) => success(id, "second"));
        setTimeout(() => session.peer.push("results", results));
        return reply(body);
      },
      onPush: (_, topic, body) => void (topic === "ack" && acks.push(...body as string[])),
    });
    const { link, server } = connected;
    if (name === "before the submission was read") server.sessions[0].stream.cut();
    const tasks = newTasks(3);
    const ids = tasks.map(([id]) => id);
    const results = await Promise.all(submit(link, tasks));
    assertEquals(results.map(({ taskId }) => taskId), ids);
    const data = isRepeated ? "second" : "first";
    assertEquals(results.map((result) => result.data), [data, data, data]);
    await settled();
    for (const [, submitted] of submissions) assertEquals(submitted, ids, "always under the same ids");
    assertEquals(submissions.some(([number]) => number > 1), isRepeated);
    assertEquals(acks.sort(), isRepeated ? [...ids].sort() : []);
    assertEquals(link.awaited.size, 0);
  });
}

Deno.test("ClientLink submits again only what has no result yet", async () => {
  const again: string[] = [];
  await using connected = await connect({
    onCall(session, command, body) {
      if (command !== "submit") return null;
      const ids = idsOf(body);
      if (session.number > 1) again.push(...ids);
      setTimeout(async () => {
        const ready = session.number === 1 ? ids.slice(0, 2) : ids;
        session.peer.push("results", ready.map((id) => success(id, session.number)));
        await session.peer.flushed();
        await settled();
        if (session.number === 1) session.stream.cut();
      });
      return reply(body);
    },
  });
  const tasks = newTasks(5);
  const results = await Promise.all(submit(connected.link, tasks));
  assertEquals(results.map(({ data }) => data), [1, 1, 2, 2, 2]);
  assertEquals(again, tasks.slice(2).map(([id]) => id));
});

Deno.test("ClientLink takes a result once, and does not acknowledge one that it does not expect", async () => {
  const acks: string[][] = [];
  const acked = Promise.withResolvers<void>();
  await using connected = await connect({
    onCall(session, _command, body) {
      const [id] = idsOf(body);
      setTimeout(() => {
        session.peer.push("results", [success("somebody else's", 0), success(id, "first")]);
        session.peer.push("results", [success(id, "again")]);
      });
      return reply(body);
    },
    onPush(_session, _topic, body) {
      acks.push(body as string[]);
      acked.resolve();
    },
  });
  const tasks = newTasks(1);
  const [result] = await Promise.all(submit(connected.link, tasks));
  await acked.promise;
  await settled();
  assertEquals([result.data, acks], ["first", [[tasks[0][0]]]]);
});

Deno.test("ClientLink acknowledges in one write with what whoever awaited the result sends next, and when it closes", async () => {
  const heard: string[] = [];
  const writes: number[] = [];
  const { link, server } = await connect({
    onCall(session, command, body) {
      heard.push(command);
      writes.push(session.stream.other.writes.length);
      const [id] = idsOf(body);
      setTimeout(() => session.peer.push("results", [success(id, null)]));
      return reply(body);
    },
    onPush: (_session, topic) => void heard.push(topic),
  });
  for (let i = 0; i < 3; i++) await Promise.all(submit(link, newTasks(1)));
  const [{ peer }] = server.sessions;
  await Promise.all([link.close(), peer.closed]);
  assertEquals(heard, ["submit", "ack", "submit", "ack", "submit", "ack"]);
  assertEquals(writes, [1, 2, 3]);
});

Deno.test("ClientLink fails the tasks of a submission that the server refuses on the new connection", async () => {
  await using connected = await connect({
    onCall(session, command) {
      if (command !== "submit") return null;
      if (session.number === 1) return session.stream.cut();
      throw new QueueFull("full", 1);
    },
  });
  for (const result of submit(connected.link, newTasks(2))) await assertRejects(() => result, QueueFull);
  assertEquals(connected.link.awaited.size, 0);
});

Deno.test("ClientLink asks again for results that are only awaited, and fails those that nobody knows", async () => {
  const asked: unknown[] = [];
  await using connected = await connect({
    onCall(session, command, body) {
      if (command !== "await") return null;
      asked.push(body);
      setTimeout(() => session.peer.push("results", [success("known", "data")]));
      return ["unknown"];
    },
  });
  const { link, server } = connected;
  const [known, unknown] = [link.awaited.expect("known"), link.awaited.expect("unknown")];
  server.sessions[0].stream.cut();
  assertEquals((await known).data, "data");
  const error = await assertRejects(() => unknown, TaskError);
  assertEquals([error.code, asked], ["UNKNOWN_TASK", [{ ids: ["known", "unknown"] }]]);
});

Deno.test("ClientLink renews its subscriptions under their numbers over a new connection", async () => {
  const subscribed: [number, unknown][] = [];
  await using connected = await connect({
    onCall(session, command, body) {
      if (command === "subscribe") subscribed.push([session.number, body]);
      if (session.number === 2) setTimeout(() => session.peer.push("log", [1, ["line"]]));
      return null;
    },
  });
  const lines = connected.link.subscriptions.listen<string, string>("logs", "task", AS_IT_IS);
  const next = lines.next();
  await settled();
  connected.server.sessions[0].stream.cut();
  assertEquals(await next, { value: "line", done: false });
  const body = { subscription: 1, topic: "logs", taskId: "task" };
  assertEquals(subscribed, [[1, body], [2, body]]);
  await lines.return(undefined);
});

// -- Offline --

Deno.test("ClientLink fails what is awaited with ServerOffline when the server does not come back in time", async () => {
  await using connected = await connect({
    onDial(number) {
      if (number > 1) throw new ServerOffline("gone");
    },
    onCall: (session) => session.stream.cut(),
  }, 100);
  const { link, server } = connected;
  const [result] = submit(link, newTasks(1));
  const error = await assertRejects(() => result, ServerOffline);
  assert(error.message === "gone" || error.message.startsWith("TaskServer OFFLINE"), error.message);
  assert(server.dials > 2, "it was looked for more than once");
  const before = server.dials;
  await assertRejects(() => link.call("status", null), ServerOffline, "gone");
  assertEquals(server.dials, before + 1, "after a search in vain, a call looks once");
});

Deno.test("ClientLink is whole again when the server is back after a search in vain", async () => {
  let isGone = false;
  await using connected = await connect({
    onDial() {
      if (isGone) throw new ServerOffline("gone");
    },
    onCall: (session) => session.number,
  }, 0);
  const { link, server } = connected;
  isGone = true;
  server.sessions[0].stream.cut();
  await server.sessions[0].peer.closed;
  await assertRejects(() => link.call("status", null), ServerOffline);
  isGone = false;
  assertEquals(await link.call("status", null) as unknown, server.dials);
});

Deno.test("ClientLink looks no further when the server refuses its key", async () => {
  await using connected = await connect({
    onDial(number) {
      if (number > 1) throw new AuthenticationFailed("another key");
    },
  });
  const { link, server } = connected;
  const [result] = submit(link, newTasks(1));
  await settled();
  server.sessions[0].stream.cut();
  await assertRejects(() => result, AuthenticationFailed, "another key");
  assertEquals(server.dials, 2);
});

Deno.test("ClientLink fails what it cannot send again when the connection ended because of it", async () => {
  await using connected = await connect({
    onCall(session) {
      void session.peer.close(new TaskError("FRAME_TOO_LARGE", "too large"));
      return new Promise(() => {});
    },
  });
  const error = await assertRejects(() => submit(connected.link, newTasks(1))[0], TaskError, "too large");
  assertEquals([error.code, connected.server.dials], ["FRAME_TOO_LARGE", 1]);
});

// -- Closing --

Deno.test("ClientLink.close() fails what is pending, ends listeners, and is a no-op the second time", async () => {
  const { link, server } = await connect({
    onCall: (_, command) => command === "subscribe" ? null : new Promise(() => {}),
  });
  const call = link.call("status", null).catch((error) => error);
  const [result] = submit(link, newTasks(1)).map((result) => result.catch((error) => error));
  const lines = Array.fromAsync(link.subscriptions.listen("logs", null, AS_IT_IS));
  await settled();
  await Promise.all([link.close(), link.close()]);
  await link.close();
  for (const error of [await call, await result]) {
    assertInstanceOf(error, TaskError);
    assertEquals([error.code, error.message], ["CONNECTION_CLOSED", "The client is closed"]);
  }
  assertEquals(await lines, []);
  assertEquals((await server.sessions[0].peer.closed).message, "The client is closed");
  await assertRejects(() => link.call("status", null), TaskError, "The client is closed");
  assertEquals(server.dials, 1);
});

Deno.test("ClientLink.close() ends a search for the server", async () => {
  const searching = Promise.withResolvers<void>();
  const { link, server } = await connect({
    onDial(number) {
      if (number === 1) return;
      searching.resolve();
      throw new ServerOffline("gone");
    },
  });
  server.sessions[0].stream.cut();
  await server.sessions[0].peer.closed;
  const call = link.call("status", null).catch(codeOf);
  await searching.promise;
  await link.close();
  assertEquals(await call, "CONNECTION_CLOSED");
});

Deno.test("ClientLink.close() closes a connection that is being made meanwhile", async () => {
  const gate = Promise.withResolvers<void>();
  let isClosed = false;
  const { link, server } = await connect({ onDial: (number) => number === 1 ? undefined : gate.promise });
  server.sessions[0].stream.cut();
  await server.sessions[0].peer.closed;
  const call = link.call("status", null).catch(codeOf);
  await settled();
  const closing = link.close().then(() => isClosed = true);
  gate.resolve();
  await server.connected(2);
  const { other: end } = server.sessions[1].stream;
  end.hold();
  await settled();
  assertEquals([isClosed, end.closeCount], [false, 0], "its farewell is not written yet");
  end.release();
  await closing;
  assertEquals([await call, end.closeCount], ["CONNECTION_CLOSED", 1]);
});

// -- Random cuts --

/** A server with a memory: each task runs once, and its result is kept until it is acknowledged. */
class RememberingServer {
  readonly runs = new Map<string, number>();
  readonly results = new Map<string, unknown>();
  cuts = 0;
  #random: Random;
  #cutsLeft: number;

  constructor(random: Random, cuts: number) {
    this.#random = random;
    this.#cutsLeft = cuts;
  }

  readonly script: Script = {
    onDial: () => void this.#cutLater(),
    onCall: (session, _command, body) => {
      const fresh = (body as SubmitBody).tasks.filter(([id]) => !this.results.has(id));
      for (const [id, input] of fresh) {
        this.runs.set(id, (this.runs.get(id) ?? 0) + 1);
        this.results.set(id, (decode(input.slice()) as number[])[0]);
      }
      const wanted = idsOf(body);
      setTimeout(() => this.#push(session, wanted));
      return reply(body);
    },
    onPush: (_session, _topic, body) => (body as string[]).forEach((id) => this.results.delete(id)),
  };

  server!: ScriptedServer;

  /** Pushes in random portions. */
  #push(session: Session, ids: string[]): void {
    for (let from = 0; from < ids.length;) {
      const to = from + this.#random.int(1, 8);
      const known = ids.slice(from, to).filter((id) => this.results.has(id));
      session.peer.push("results", known.map((id) => success(id, this.results.get(id))));
      from = to;
    }
  }

  /** Cuts the connection that is being made after some bytes, of either direction. */
  #cutLater(): void {
    if (this.#cutsLeft-- <= 0) return;
    let left = this.#random.int(1, 4000);
    setTimeout(() => {
      const { stream } = this.server.sessions.at(-1)!;
      for (const end of [stream, stream.other]) {
        end.onWrite = (bytes) => {
          left -= bytes.length;
          if (left > 0) return;
          this.cuts++;
          stream.cut();
        };
      }
    });
  }
}

Deno.test("ClientLink gets each result right and once, wherever its connections are cut", async () => {
  let cuts = 0;
  for (let seed = 1; seed <= 12; seed++) {
    const random = new Random(seed);
    const remembering = new RememberingServer(random, 4);
    const server = remembering.server = new ScriptedServer(remembering.script);
    const link = new ClientLink(server.dial, { reconnectMs: LONG_MS });
    await link.open();
    const seen: string[] = [];
    const results = await Promise.all([...Array(4).keys()].flatMap((batch) => {
      const tasks = newTasks(10 + batch);
      return submit(link, tasks).map(async (promise, i) => {
        const { taskId, data } = await promise;
        seen.push(taskId);
        return taskId === tasks[i][0] && data === i;
      });
    }));
    assertEquals(results, results.map(() => true), `seed ${seed}`);
    assertEquals(new Set(seen).size, results.length);
    await link.close();
    cuts += remembering.cuts;
    assertEquals(Math.max(...remembering.runs.values()), 1, "what was acknowledged is not submitted again");
  }
  assert(cuts > 12, `only ${cuts} connections were cut`);
});
