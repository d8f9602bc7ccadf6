/** What is left of a pool's work when its workers, and the server of some of them, are killed in the middle. */
import { assert, assertEquals } from "@std/assert";
import { Client } from "../../mod.ts";
import { Pool, type PoolWorker } from "../../workers/mod.ts";
import { AUTHKEY } from "../fixtures/pair.ts";
import { childrenOf, isDead, survivors } from "../fixtures/procfs.ts";
import { range, targets } from "./kinds.ts";

const ITEMS = 5000;
const DONE_PER_KILL = 100;
const isLinux = Deno.build.os === "linux";

Deno.test({
  name: "Pool gives each of 5,000 results once while workers of all kinds are killed, and the server once",
  ignore: !isLinux,
  async fn() {
    const childrenBefore = childrenOf(Deno.pid);
    const killed: number[] = [];
    const counts = new Map<number, number>();
    const deaths = new Map<unknown, number>();
    let server = await DoomedServer.start();
    try {
      await using client = await Client.connect({ address: server.address, authkey: AUTHKEY });
      let done = 0;
      let next = 0;
      let replacing: Promise<void> | null = null;
      const strike = () => {
        const alive = pool.workers.filter((worker) => worker.isAlive);
        if (done === ITEMS / 2) {
          replacing = server.replace().then((replacement) => void (server = replacement));
          return;
        }
        const victim = alive[next++ % alive.length];
        if (victim === undefined) return;
        if (victim.kind === "thread") void victim.terminate({ force: false });
        else {
          killed.push(victim.pid);
          kill(victim.pid);
        }
      };
      await using pool: Pool<[number], Promise<number>> = new Pool(targets.slowSquare, {
        onResult(_result, item) {
          counts.set(item, (counts.get(item) ?? 0) + 1);
          if (++done % DONE_PER_KILL === 0 && done < ITEMS) strike();
        },
        onWorkerDeath: ({ userId }: PoolWorker, error) =>
          void (error !== null && deaths.set(userId, (deaths.get(userId) ?? 0) + 1)),
        // What is tested is that nothing is lost, not how unlucky an item may be.
        maxAttempts: 20,
      });
      for (const kind of ["process", "process", "thread", "remote"] as const) await pool.addWorker(kind, { client });
      const results = await pool.run(range(ITEMS));
      await replacing;
      assertEquals(results, range(ITEMS).map((x) => x * x));
      assertEquals([counts.size, done], [ITEMS, ITEMS]);
      assert([0, 1, 2, 3].every((number) => (deaths.get(number) ?? 0) > 0), "each of the four has died");
      assert(killed.length >= 20, `${killed.length} were killed`);
      // All are back, the one on the server that was killed too.
      await pool.restartWorkers();
      assertEquals(await pool.run(range(10)), range(10).map((x) => x * x));
    } finally {
      await server.kill();
    }
    assertEquals(childrenOf(Deno.pid).filter((pid) => !childrenBefore.includes(pid)), []);
    assertEquals(await survivors(killed, 5000), []);
  },
});

Deno.test({
  name: "Worker processes die with their program, also when it is killed and they are busy",
  ignore: !isLinux,
  async fn() {
    const program = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", new URL("../fixtures/doomed_program.ts", import.meta.url).pathname],
      stdout: "piped",
    }).spawn();
    const pid = Number(await firstLine(program.stdout));
    assertEquals(isDead(pid), false);
    program.kill("SIGKILL");
    await program.status;
    assertEquals(await survivors([pid], 5000), []);
  },
});

/** A server that is ended by nothing else than SIGKILL. */
class DoomedServer {
  readonly address: string;
  #process: Deno.ChildProcess;

  private constructor(address: string, process: Deno.ChildProcess) {
    this.address = address;
    this.#process = process;
  }

  static async start(address = "127.0.0.1:0"): Promise<DoomedServer> {
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", new URL("../fixtures/doomed_server.ts", import.meta.url).pathname, address],
      stdout: "piped",
    }).spawn();
    return new DoomedServer(await firstLine(process.stdout), process);
  }

  async kill(): Promise<void> {
    kill(this.#process.pid);
    await this.#process.status;
  }

  /** Kills it, and starts another in its place. */
  async replace(): Promise<DoomedServer> {
    await this.kill();
    return await DoomedServer.start(this.address);
  }
}

async function firstLine(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  let text = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.includes("\n")) break;
  }
  return text.split("\n")[0];
}

function kill(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // It is gone already.
  }
}
