import { assertEquals } from "@std/assert";
import { OrphanReaper } from "../../workers/orphan_reaper.ts";

const IS_UNIX = Deno.build.os !== "windows";

/** A process that leads a group of its own and would live for an hour; it has said that it runs. */
async function startSleeper(): Promise<Deno.ChildProcess> {
  const sleeper = new Deno.Command("/bin/sh", {
    // The shell stays, so that the group has two members.
    args: ["-c", "echo running; sleep 3600; true"],
    detached: true,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = sleeper.stdout.getReader();
  await reader.read();
  await reader.cancel();
  return sleeper;
}

Deno.test("OrphanReaper.close() kills the groups that are watched, and no others", { ignore: !IS_UNIX }, async () => {
  const reaper = new OrphanReaper();
  const [watched, also, forgotten, never] = await Promise.all([1, 2, 3, 4].map(startSleeper));
  for (const { pid } of [watched, forgotten, also]) reaper.watch(pid);
  reaper.forget(forgotten.pid);
  reaper.forget(never.pid);
  await reaper.close();
  assertEquals((await watched.status).signal, "SIGKILL");
  assertEquals((await also.status).signal, "SIGKILL");
  for (const left of [forgotten, never]) {
    Deno.kill(-left.pid, "SIGTERM");
    assertEquals((await left.status).signal, "SIGTERM");
  }
});

Deno.test(
  "OrphanReaper.close() is a no-op the second time, and what is said after it",
  { ignore: !IS_UNIX },
  async () => {
    const reaper = new OrphanReaper();
    await reaper.close();
    await reaper.close();
    reaper.watch(1_000_000_000);
    reaper.forget(1_000_000_000);
  },
);

Deno.test(
  "OrphanReaper.close() kills the rest when one of the watched is gone already",
  { ignore: !IS_UNIX },
  async () => {
    const reaper = new OrphanReaper();
    const [gone, left] = await Promise.all([startSleeper(), startSleeper()]);
    reaper.watch(gone.pid);
    Deno.kill(-gone.pid, "SIGKILL");
    await gone.status;
    reaper.watch(left.pid);
    await reaper.close();
    assertEquals((await left.status).signal, "SIGKILL");
  },
);

Deno.test(
  "OrphanReaper outlives the server that a SIGKILL ends, and kills what it watched",
  { ignore: !IS_UNIX },
  async () => {
    const sleeper = await startSleeper();
    // The word is out once the write is over; only then may the server die.
    const code = `
    const { write } = WritableStreamDefaultWriter.prototype;
    WritableStreamDefaultWriter.prototype.write = function (chunk) {
      const written = write.call(this, chunk);
      written.then(() => console.log("watching"));
      return written;
    };
    const { OrphanReaper } = await import(${JSON.stringify(import.meta.resolve("../../workers/orphan_reaper.ts"))});
    new OrphanReaper().watch(${sleeper.pid});
    setInterval(() => {}, 1000);`;
    const server = new Deno.Command(Deno.execPath(), {
      args: ["eval", code],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const reader = server.stdout.getReader();
    await reader.read();
    await reader.cancel();
    Deno.kill(server.pid, "SIGKILL");
    await server.status;
    assertEquals((await sleeper.status).signal, "SIGKILL");
  },
);
