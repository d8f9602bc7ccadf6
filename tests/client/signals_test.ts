import { assert, assertEquals, assertRejects } from "@std/assert";
import { BaseCaller } from "../../client/base_caller.ts";
import { ClientLink } from "../../client/client_link.ts";
import { ServedPipeline } from "../../client/served_pipeline.ts";
import { task, TaskCancelled } from "../../mod.ts";
import { LinkBackend } from "../../dispatchers/link_backend.ts";
import { QueueDispatcher } from "../../dispatchers/queue_dispatcher.ts";
import { FixedWindow } from "../../dispatchers/window.ts";
import type { SubmitBody } from "../../wire/message.ts";
import { later, startPair } from "../fixtures/pair.ts";
import { CountedSignal } from "../helpers/counted_signal.ts";
import { ScriptedServer, success } from "../helpers/scripted_server.ts";

const COUNT = 20_000;
/** A call may name a thousand ids, and what is under way when the signal aborts may be told in a few more. */
const FEW = COUNT / 1000 + 20;

/** A server that takes everything and runs nothing until it is told to; it keeps what it was told. */
class Sink implements AsyncDisposable {
  readonly submitted: string[] = [];
  readonly cancelled: string[] = [];
  readonly left: number[] = [];
  /** Calls of "cancel", and pushes of "leave". */
  cancels = 0;
  leaves = 0;
  pipes = 0;
  readonly link: ClientLink;
  #onSubmitted: (() => void) | null = null;
  #server = new ScriptedServer({
    onCall: (_, command, body) => {
      if (command === "submit") {
        this.submitted.push(...(body as SubmitBody).tasks.map(([id]) => id));
        this.#onSubmitted?.();
        return (body as SubmitBody).tasks.length;
      }
      if (command === "await") return [];
      if (command === "pipe") {
        this.pipes++;
        this.#onSubmitted?.();
        return new Promise(() => {});
      }
      if (command !== "cancel") return null;
      this.cancels++;
      this.cancelled.push(...(body as { ids: string[] }).ids);
      return 0;
    },
    onPush: (_, topic, body) => {
      if (topic !== "leave") return;
      this.leaves++;
      this.left.push(...body as number[]);
    },
  });

  constructor() {
    this.link = new ClientLink(this.#server.dial, { reconnectMs: 0 });
  }

  /** Resolves when the server has so many tasks, or items. */
  has(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#onSubmitted = () => (this.submitted.length >= count || this.pipes >= count) && resolve();
      this.#onSubmitted();
    });
  }

  /** Resolves when the server has heard what the client says now, and what it says at the end of this turn. */
  async heard(): Promise<void> {
    await null;
    await this.link.call("status", null);
  }

  /** All tasks succeed. */
  finish(): void {
    const { peer } = this.#server.sessions[0];
    for (const id of this.submitted) peer.push("results", [success(id, 1)]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.link.close();
  }
}

Deno.test("E8: submissions of one signal have one listener, and its abort cancels all in a few calls", async () => {
  await using sink = new Sink();
  const counted = new CountedSignal();
  const caller = new BaseCaller(sink.link).with({ signal: counted.signal });
  const tasks = Array.from({ length: COUNT }, (_, i) => task((x: number) => x, i));
  await caller.submit(tasks.slice(0, COUNT / 2));
  await Promise.all(tasks.slice(COUNT / 2).map((one) => caller.submit(one)));
  assert(counted.listeners <= 1, `${counted.listeners} listeners`);
  counted.abort();
  await sink.heard();
  assertEquals(new Set(sink.cancelled), new Set(sink.submitted));
  assertEquals(sink.cancelled.length, COUNT);
  assert(sink.cancels <= FEW, `${sink.cancels} calls`);
});

Deno.test("E8: concurrent run() of one signal have one listener, and its abort cancels all in a few calls", async () => {
  await using sink = new Sink();
  const counted = new CountedSignal();
  const caller = new BaseCaller(sink.link).with({ signal: counted.signal });
  const runs = Array.from({ length: COUNT }, (_, i) => caller.run((x: number) => x, i));
  const ends = Promise.allSettled(runs);
  await sink.has(COUNT);
  assert(counted.listeners <= 1, `${counted.listeners} listeners`);
  counted.abort(new Error("enough"));
  assert((await ends).every((end) => end.status === "rejected" && end.reason.message === "enough"));
  await sink.heard();
  assertEquals(sink.cancelled.length, COUNT);
  assert(sink.cancels <= FEW, `${sink.cancels} calls`);
  assertEquals(counted.listeners, 0);
});

Deno.test("E8: execute() under one signal of its tasks has one listener, and its abort cancels in a few calls", async () => {
  await using sink = new Sink();
  const counted = new CountedSignal();
  const dispatcher = new QueueDispatcher(new LinkBackend(sink.link, new FixedWindow()), 1000);
  const tasks = Array.from({ length: 1000 }, (_, i) => task((x: number) => x, i));
  const results = dispatcher.execute(tasks, {}, { signal: counted.signal });
  const next = later(results.next());
  await sink.has(1000);
  assert(counted.listeners <= 2, `${counted.listeners} listeners`);
  counted.abort(new Error("enough"));
  await sink.heard();
  assertEquals(new Set(sink.cancelled), new Set(sink.submitted));
  assert(sink.cancels <= FEW, `${sink.cancels} calls`);
  sink.finish();
  await next.catch(() => {});
  await results.return();
  await dispatcher.close();
  assertEquals(counted.listeners, 0);
});

Deno.test("E8: streams of one signal have one listener, and its abort cancels all in a few calls", async () => {
  await using sink = new Sink();
  const counted = new CountedSignal();
  const caller = new BaseCaller(sink.link).with({ signal: counted.signal });
  const streams = await Promise.all(Array.from({ length: 2000 }, () => caller.open(function* () {})));
  assert(counted.listeners <= 1, `${counted.listeners} listeners`);
  counted.abort(new Error("enough"));
  await Promise.all(streams.map((stream) => assertRejects(() => stream.next(), Error, "enough")));
  await sink.heard();
  assertEquals(sink.cancelled.length, 2000);
  assert(sink.cancels <= FEW, `${sink.cancels} calls`);
  assertEquals(counted.listeners, 0);
});

Deno.test("E8: calls of a served pipeline of one signal have one listener, and its abort lets go of all in one push", async () => {
  await using sink = new Sink();
  const counted = new CountedSignal();
  const pipeline = new ServedPipeline<number, number>(sink.link, "p");
  const calls = Array.from({ length: 2000 }, (_, i) => pipeline.call(i, { signal: counted.signal }));
  const ends = Promise.allSettled(calls);
  await sink.has(2000);
  assert(counted.listeners <= 1, `${counted.listeners} listeners`);
  counted.abort(new Error("enough"));
  assert((await ends).every((end) => end.status === "rejected" && end.reason.message === "enough"));
  await sink.heard();
  assertEquals(sink.left.length, 2000);
  assert(sink.leaves <= FEW, `${sink.leaves} pushes`);
  assertEquals(counted.listeners, 0);
});

Deno.test("E8: a submission whose result is known keeps no listener, however it became known", async () => {
  await using pair = await startPair({ isolation: "module" });
  const { client } = pair;
  const byWhich: Record<string, (id: string, result: () => Promise<unknown>) => Promise<unknown>> = {
    "its handle": (_, result) => result(),
    "queryResult()": (id) => client.queryResult(id, { waitMs: 60_000 }),
    "queryResults()": async (id) => {
      for await (const _ of client.logs(id)) { /* ends with the task */ }
      return await client.queryResults([id]);
    },
    "a look at it": async (id) => {
      for await (const _ of client.logs(id)) { /* ends with the task */ }
      return await client.queryResult(id, { peek: true });
    },
  };
  for (const [which, know] of Object.entries(byWhich)) {
    const counted = new CountedSignal();
    const handle = await client.with({ signal: counted.signal }).submit((x: number) => x, 1);
    await know(handle.id, () => handle.result());
    assertEquals(counted.listeners, 0, which);
  }
});

Deno.test("E8: a client that is closed lets go of the signals of what it submitted", async () => {
  const counted = new CountedSignal();
  {
    await using sink = new Sink();
    await new BaseCaller(sink.link).with({ signal: counted.signal }).submit(() => 1);
    assertEquals(counted.listeners, 1);
  }
  assertEquals(counted.listeners, 0);
});

Deno.test("E8: an abort cancels what a server really runs, and what waits there", async () => {
  await using pair = await startPair({ isolation: "module", numWorkers: 1 });
  const abort = new AbortController();
  const tasks = Array.from({ length: 3000 }, () => task(() => new Promise<void>((end) => setTimeout(end, 60_000))));
  const handles = await pair.client.with({ signal: abort.signal }).submit(tasks);
  abort.abort();
  await Promise.all(handles.map((handle) => assertRejects(() => handle.result(), TaskCancelled)));
});
