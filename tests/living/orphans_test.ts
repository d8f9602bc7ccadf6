/** Workers that cannot notice that their server is gone, when somebody has ended what would end them. */
import { assertEquals } from "@std/assert";
import { Client } from "../../mod.ts";
import { childrenOf, commandLine } from "../fixtures/procfs.ts";
import { Gate } from "../helpers/gate.ts";
import { Home } from "../helpers/program.ts";

const IS_LINUX = Deno.build.os === "linux";
/** Far more than it may take, on however busy a machine. */
const HANG_MS = 30_000;

/** Is busy for ever. The system closes its connection when it ends. */
async function spin(hostname: string, port: number): Promise<void> {
  await Deno.connect({ hostname, port });
  for (;;);
}

/** True when it came in time. */
async function inTime(wait: Promise<unknown>): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), HANG_MS);
  return await Promise.race([wait.then(() => true), late.promise]).finally(() => clearTimeout(timer));
}

function reapersOf(server: number): number[] {
  return childrenOf(server).filter((pid) => commandLine(pid)[0] === "/bin/sh");
}

function kill(pids: number[]): void {
  for (const pid of pids) {
    try {
      Deno.kill(pid, "SIGKILL");
    } catch {
      // Gone, as it should be.
    }
  }
}

Deno.test(
  "R12: busy workers end with a server that is killed, though the reaper was killed before it",
  { ignore: !IS_LINUX },
  async () => {
    await using home = await Home.make();
    await using serving = await home.serve(["--address=127.0.0.1:0", "--workers=2"]);
    const { address, process: server } = serving;
    // The server goes without a word: the client is not to look for it.
    await using client = await Client.connect({ address, authkeyFile: home.authkeyFile, reconnectMs: 0 });
    using gate = new Gate();
    const { hostname, port } = gate.address;
    const spinner = client.with({ permissions: { net: [`${hostname}:${port}`] } });
    // One that the first reaper knows, and one that comes after its end.
    const results = [spinner.run(spin, hostname, port).catch(() => {})];
    await gate.admitted();
    kill(reapersOf(server.pid));
    const isReplaced = await inTime(serving.line(/orphaned workers has ended .*SIGKILL/));
    results.push(spinner.run(spin, hostname, port).catch(() => {}));
    await gate.admitted();
    const workers = childrenOf(server.pid);
    server.kill("SIGKILL");
    try {
      assertEquals(await inTime(gate.abandoned()), true, "they live on");
    } finally {
      // Those that nobody has ended; nobody else has been given their numbers so soon.
      kill(workers);
    }
    assertEquals(isReplaced, true, "the log says nothing of it");
    await Promise.all(results);
  },
);
