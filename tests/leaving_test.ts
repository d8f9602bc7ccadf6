/** The end of a program ends what only it could have taken. */
import { assert, assertEquals } from "@std/assert";
import { ABSENCE_MS } from "../engine/left_behind.ts";
import { Client } from "../mod.ts";
import { Server } from "../server.ts";
import { AUTHKEY, ended, later, linesLike, type Pair } from "./fixtures/pair.ts";

const PROGRAM = import.meta.resolve("./fixtures/leaving_program.ts");
/** Well before a client that has lost its connection is given up, which is after 30 s. */
const SOON_MS = 15_000;

const TLS = new URL("./fixtures/tls/", import.meta.url);
const pem = (name: string) => Deno.readTextFileSync(new URL(name, TLS));

async function startPair(numWorkers = 3, isTls = false): Promise<Pair> {
  const tls = isTls ? { cert: pem("cert.pem"), key: pem("key.pem") } : undefined;
  const options = { address: "127.0.0.1:0", authkey: AUTHKEY, logLevel: "none", graceMs: 50 } as const;
  const server = await Server.start({ ...options, numWorkers, tls });
  const client = await Client.connect({
    address: server.address,
    authkey: AUTHKEY,
    tls: isTls ? { caCerts: [pem("ca.pem")] } : undefined,
  });
  return {
    server,
    client,
    async [Symbol.asyncDispose]() {
      await client.close();
      await server.stop({ mode: "now" });
    },
  };
}

/** A program with a map of 100, and what it has submitted. */
class Program implements AsyncDisposable {
  #process: Deno.ChildProcess;
  #stdin: WritableStreamDefaultWriter<Uint8Array>;
  #lines: ReadableStreamDefaultReader<string>;
  #rest = "";

  constructor(address: string, ...args: string[]) {
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", PROGRAM, address, AUTHKEY, ...args],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#stdin = this.#process.stdin.getWriter();
    this.#lines = this.#process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The next line that it prints. */
  async line(): Promise<string> {
    while (!this.#rest.includes("\n")) {
      const { value, done } = await this.#lines.read();
      if (done) throw new Error("The program has ended and said nothing");
      this.#rest += value;
    }
    const at = this.#rest.indexOf("\n");
    const line = this.#rest.slice(0, at);
    this.#rest = this.#rest.slice(at + 1);
    return line;
  }

  async tell(how: string): Promise<void> {
    await this.#stdin.write(new TextEncoder().encode(how));
  }

  kill(signal: Deno.Signal): void {
    this.#process.kill(signal);
  }

  get status(): Promise<Deno.CommandStatus> {
    return this.#process.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#lines.cancel();
    await this.#stdin.abort().catch(() => {});
    await this.status;
  }
}

/** A program whose tasks run: the one that it submitted, one of its map, one that it runs. */
interface Begun {
  readonly program: Program;
  /** What it submitted. */
  readonly id: string;
  /** Resolves when the two others have ended, with the milliseconds that it took. */
  readonly over: Promise<number>;
}

async function begin({ server, client }: Pair, ...args: string[]): Promise<Begun> {
  const run = linesLike(client, /lingers/, 3);
  const program = new Program(server.address, ...args);
  const { id, items } = JSON.parse(await program.line());
  assertEquals(items, [100]);
  const others = (await run).map(({ taskId }) => taskId).filter((taskId) => taskId !== id);
  assertEquals(others.length, 2);
  const from = performance.now();
  const over = later(Promise.all(others.map((id) => ended(client, id))).then(() => performance.now() - from));
  return { program, id, over };
}

async function unfinished(client: Client): Promise<string[]> {
  const tasks = await Array.fromAsync(client.tasks({ state: ["ready", "running", "waiting"] }));
  return tasks.map(({ id }) => id);
}

for (const [how, code] of [["exit", 3], ["signal", 130]] as const) {
  for (const transport of ["plain", "TLS"]) {
    Deno.test(`U1: a program that ends by ${how} takes its map and its run with it at once, ${transport}`, async () => {
      const isTls = transport === "TLS";
      await using pair = await startPair(3, isTls);
      const { program, id, over } = await begin(pair, ...(isTls ? [pem("ca.pem")] : []));
      await using _ = program;
      await program.tell(how);
      if (how === "signal") {
        assertEquals(await program.line(), "listens");
        program.kill("SIGINT");
      }
      assertEquals((await program.status).code, code);
      assert(await over < SOON_MS);
      // What it submitted is for whoever has its id.
      assertEquals([await unfinished(pair.client), await pair.client.cancel(id)], [[id], 1]);
    });
  }
}

Deno.test("U1: a program that is killed, or crashes, takes its map and its run with it half a minute later", async () => {
  await using first = await startPair();
  await using second = await startPair();
  await using third = await startPair();
  const pairs = [first, second, third];
  const programs = await Promise.all(pairs.map((pair) => begin(pair)));
  await using killed = programs[0].program;
  await using interrupted = programs[1].program;
  await using crashed = programs[2].program;
  killed.kill("SIGKILL");
  interrupted.kill("SIGINT");
  await crashed.tell("throw");
  const codes = await Promise.all([killed, interrupted, crashed].map(async ({ status }) => (await status).code));
  assertEquals(codes, [137, 130, 1]);
  const took = await Promise.all(programs.map(({ over }) => over));
  for (const ms of took) assert(ms > ABSENCE_MS - 1000 && ms < ABSENCE_MS + SOON_MS, `${ms} ms`);
  for (const [at, { id }] of programs.entries()) assertEquals(await unfinished(pairs[at].client), [id]);
});
