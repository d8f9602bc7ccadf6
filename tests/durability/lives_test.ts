/** Whoever asks for a task that is unknown hears whether it was lost with its server, or its result is gone. */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { Client, remote, TaskError, type TaskHandle } from "../../mod.ts";
import type { ServerOptions } from "../../server.ts";
import { ServerLife, whyUnknown } from "../../client/server_life.ts";
import type { Source } from "../../client/submitted_tasks.ts";
import { AUTHKEY } from "../fixtures/pair.ts";
import { LoneServer } from "../helpers/lone_server.ts";

const functions = remote<typeof import("../fixtures/functions.ts")>(import.meta.resolve("../fixtures/functions.ts"));

const GONE = /: its result was taken, or it was kept for as long as results are kept$/;
const LOST =
  /: it was in the memory of an earlier server only, and is lost with that: this one was started at 2\d{3}-\S+Z$/;

async function refusal(handle: TaskHandle, timeoutMs?: number): Promise<string> {
  const error = await assertRejects(() => handle.result({ timeoutMs }), TaskError);
  assertEquals(error.code, "UNKNOWN_TASK");
  return error.message;
}

/** Servers that follow each other at one address; each but the last is killed. */
class Lives implements AsyncDisposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "palpable-lives-" });
  address = "127.0.0.1:0";
  #server: LoneServer | null = null;

  async next(options: ServerOptions = {}): Promise<void> {
    await this.#server?.kill();
    this.#server = await LoneServer.start({ address: this.address, numWorkers: 1, isolation: "module", ...options });
    this.address = this.#server.address;
  }

  connect(): Promise<Client> {
    return Client.connect({ address: this.address, authkey: AUTHKEY, reconnectMs: 60_000 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** Its result has arrived at somebody else. */
async function takenByAnother(lives: Lives, { id }: TaskHandle): Promise<void> {
  await using other = await lives.connect();
  await other.handle(id).result();
  // Behind the acknowledgement.
  await other.status();
}

Deno.test("what was in the memory of a server that is gone is said to be lost, and what was taken is not", async () => {
  await using lives = new Lives();
  await lives.next();
  await using client = await lives.connect();
  const [taken, first, second] = await Promise.all([3, 4, 5].map((n) => client.submit(functions.square, n)));
  await takenByAnother(lives, taken);
  assertMatch(await refusal(taken), GONE);
  await lives.next();
  assertMatch(await refusal(first), LOST);
  assertMatch(await refusal(second, 0), LOST);
  // By the id alone nobody knows when it was.
  assertMatch(
    await refusal(client.handle(first.id)),
    /: it never was, its result .* results are kept, or an earlier server had it in its memory: this one was started at \S+Z$/,
  );
});

Deno.test("what a store had is gone over all its servers, and what it did not have is lost with the first", async () => {
  await using lives = new Lives();
  const store = `${lives.folder}/tasks.db`;
  await lives.next({ store });
  await using client = await lives.connect();
  const kept = await client.submit(functions.square, 3);
  const inMemory = await client.with({ durable: false }).submit(functions.square, 4);
  await takenByAnother(lives, kept);
  // That it was taken is on the disk together with this.
  const later = await client.submit(functions.square, 5);
  await lives.next({ store });
  assertMatch(await refusal(kept), GONE);
  assertMatch(await refusal(inMemory), LOST);
  await lives.next();
  assertMatch(
    await refusal(later),
    /: an earlier server had it in its store, and this one was started at \S+Z and has none$/,
  );
});

Deno.test("what came in behind a backup that is put back is not said to be taken", async () => {
  await using lives = new Lives();
  const store = `${lives.folder}/tasks.db`;
  await lives.next({ store });
  await using client = await lives.connect();
  const before = await client.submit(functions.square, 3);
  const saved = `${lives.folder}/saved.db`;
  const ran = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("../../server.ts", import.meta.url).href, "backup", saved, "--address", lives.address],
    env: { PALPABLE_AUTHKEY: AUTHKEY },
  }).output();
  assertEquals(ran.code, 0);
  const behind = await client.submit(functions.square, 4);
  await lives.next({ store: saved });
  assertEquals(await before.result(), 9);
  assertMatch(await refusal(behind), /Z and has another, such as a backup that was put back$/);
});

Deno.test("whyUnknown() says no more than usual of a server that does not say who it is, or nonsense", async () => {
  assertEquals(whyUnknown(null, null), undefined);
  for (
    const nonsense of [null, 5, {}, [], ["life"], [1, 2], ["life", NaN, null], ["life", 1e300, null], ["life", "1"]]
  ) {
    const life = new ServerLife(() => Promise.resolve(nonsense));
    await life.ask();
    assertEquals([life.id, whyUnknown(null, life)], [null, undefined]);
  }
  const silent = new ServerLife(() => Promise.reject(new TaskError("UNKNOWN_COMMAND", "no such command")));
  await silent.ask();
  assertEquals(whyUnknown(null, silent), undefined);
  let asked = 0;
  const life = new ServerLife(() => Promise.resolve(["life", asked++, null, "more"]));
  await life.ask();
  await life.ask();
  assertEquals([life.id, life.startedAt, life.store, asked], ["life", 0, null, 1]);
  const source = { submission: {}, life } as unknown as Source;
  assertMatch(whyUnknown(source, life)!, /^its result was taken/);
});
