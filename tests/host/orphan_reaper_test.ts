import { assert, assertEquals } from "@std/assert";
import { FakeClock } from "../helpers/fake_clock.ts";
import { OrphanReaper } from "../../host/orphan_reaper.ts";
import { survivors } from "../fixtures/procfs.ts";

const IS_UNIX = Deno.build.os !== "windows";

/** A process that leads a group of two and would live for an hour; it has said that it runs. */
class Sleeper {
  readonly pid: number;
  #process: Deno.ChildProcess;
  #output: ReadableStreamDefaultReader<Uint8Array>;

  private constructor() {
    this.#process = new Deno.Command("/bin/sh", {
      // What follows makes the shell stay, and not become the sleep.
      args: ["-c", "echo running; sleep 3600; true"],
      detached: true,
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.pid = this.#process.pid;
    this.#output = this.#process.stdout.getReader();
  }

  static async start(): Promise<Sleeper> {
    const sleeper = new Sleeper();
    await sleeper.#output.read();
    return sleeper;
  }

  /** Ends the whole group, if something is left of it. */
  kill(signal: Deno.Signal): void {
    Deno.kill(-this.pid, signal);
  }

  /** The signal that ended the leader, once nobody of the group holds the output any more. */
  async end(): Promise<string | null> {
    const { signal } = await this.#process.status;
    await this.#output.read();
    return signal;
  }
}

Deno.test("OrphanReaper.close() kills the groups that are watched, and no others", { ignore: !IS_UNIX }, async () => {
  const reaper = new OrphanReaper();
  const [watched, also, forgotten, never] = await Promise.all([1, 2, 3, 4].map(() => Sleeper.start()));
  for (const { pid } of [watched, forgotten, also]) reaper.watch(pid);
  reaper.forget(forgotten.pid);
  reaper.forget(never.pid);
  await reaper.close();
  assertEquals([await watched.end(), await also.end()], ["SIGKILL", "SIGKILL"]);
  for (const left of [forgotten, never]) {
    left.kill("SIGTERM");
    assertEquals(await left.end(), "SIGTERM");
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
    const [gone, left] = await Promise.all([Sleeper.start(), Sleeper.start()]);
    reaper.watch(gone.pid);
    gone.kill("SIGTERM");
    await gone.end();
    reaper.watch(left.pid);
    await reaper.close();
    assertEquals(await left.end(), "SIGKILL");
  },
);

Deno.test(
  "OrphanReaper outlives the server that a SIGKILL ends, and kills what it watched",
  { ignore: !IS_UNIX },
  async () => {
    const sleeper = await Sleeper.start();
    const code = `
    const { OrphanReaper } = await import(${JSON.stringify(import.meta.resolve("../../host/orphan_reaper.ts"))});
    const reaper = new OrphanReaper();
    reaper.watch(1_000_000_000);
    reaper.watch(${sleeper.pid});
    reaper.forget(1_000_000_000);
    console.log("watching");
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
    assertEquals(await sleeper.end(), "SIGKILL");
  },
);

Deno.test(
  "OrphanReaper keeps the lines of many processes apart, however they come and go",
  { ignore: !IS_UNIX },
  async () => {
    const reaper = new OrphanReaper();
    const sleepers = await Promise.all(Array.from({ length: 6 }, () => Sleeper.start()));
    for (const { pid } of sleepers) reaper.watch(pid);
    for (const i of [1, 4]) reaper.forget(sleepers[i].pid);
    reaper.watch(sleepers[4].pid);
    await reaper.close();
    for (const i of [0, 2, 3, 4, 5]) assertEquals(await sleepers[i].end(), "SIGKILL");
    sleepers[1].kill("SIGTERM");
    assertEquals(await sleepers[1].end(), "SIGTERM");
  },
);

Deno.test("OrphanReaper leaves no file behind", { ignore: !IS_UNIX }, async () => {
  const folder = await Deno.makeTempDir();
  const code = `
  const { OrphanReaper } = await import(${JSON.stringify(import.meta.resolve("../../host/orphan_reaper.ts"))});
  const reaper = new OrphanReaper();
  reaper.watch(1_000_000_000);
  await reaper.close();`;
  const { success } = await new Deno.Command(Deno.execPath(), { args: ["eval", code], env: { TMPDIR: folder } })
    .output();
  assertEquals([success, [...Deno.readDirSync(folder)]], [true, []]);
  await Deno.remove(folder);
});

Deno.test("R12: a watching process that is killed is replaced over the same groups", { ignore: !IS_UNIX }, async () => {
  const died = Promise.withResolvers<string>();
  const reaper = new OrphanReaper({ onDied: died.resolve });
  const [before, after] = await Promise.all([Sleeper.start(), Sleeper.start()]);
  reaper.watch(before.pid);
  const first = reaper.pid!;
  Deno.kill(first, "SIGKILL");
  assertEquals((await died.promise).includes("SIGKILL"), true);
  assertEquals(reaper.pid === first, false);
  reaper.watch(after.pid);
  await reaper.close();
  assertEquals([await before.end(), await after.end()], ["SIGKILL", "SIGKILL"]);
});

Deno.test("R12: one that dies again and again is replaced after a while", { ignore: !IS_UNIX }, async () => {
  const clock = new FakeClock();
  let onDied = () => {};
  const reaper = new OrphanReaper({ clock, onDied: () => onDied() });
  for (let death = 1; death <= 3; death++) {
    const pid = reaper.pid!;
    const died = new Promise<void>((resolve) => onDied = resolve);
    Deno.kill(pid, "SIGKILL");
    await died;
    if (death > 1) {
      assertEquals([reaper.pid, clock.timers.length], [pid, 1]);
      clock.advance(1000);
    }
    assertEquals(reaper.pid === pid, false);
  }
  await reaper.close();
});

Deno.test({
  name: "OrphanReaper starts where TMPDIR names a folder that is not there",
  ignore: !IS_UNIX,
  fn: async () => {
    const before = Deno.env.get("TMPDIR");
    Deno.env.set("TMPDIR", "/nonexistent");
    try {
      await using reaper = new AsyncDisposableStack();
      const made = reaper.adopt(new OrphanReaper(), (it) => it.close());
      assertEquals(typeof made.pid, "number");
    } finally {
      if (before === undefined) Deno.env.delete("TMPDIR");
      else Deno.env.set("TMPDIR", before);
    }
  },
});

/** What a process may be called, each of fifteen bytes at most. */
const NAMES: Record<string, string> = {
  "as if it were somebody else's": "a) S 1 1 1\\nx",
  "by a pattern of all files": ") /*/*/*/*/*/*\\n",
};

for (const [name, text] of Object.entries(NAMES)) {
  Deno.test(`OrphanReaper ends what a process has started and what calls itself ${name}`, {
    ignore: Deno.build.os !== "linux",
  }, async () => {
    const reaper = new OrphanReaper({ descendants: { origin: crypto.randomUUID(), cgroup: null } });
    const inner = `printf '${text}' > /proc/$$/comm; echo $$; exec 3<>$0; read -r _ <&3`;
    const fifo = await Deno.makeTempFile();
    await Deno.remove(fifo);
    await new Deno.Command("mkfifo", { args: [fifo] }).output();
    const process = new Deno.Command("/bin/sh", {
      args: ["-c", 'setsid env -i sh -c "$1" "$2" & wait', "outer", inner, fifo],
      detached: true,
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const output = process.stdout.getReader();
    const pid = Number(new TextDecoder().decode((await output.read()).value));
    reaper.watch(process.pid);
    reaper.watchDescendants();
    const before = performance.now();
    await reaper.close();
    assertEquals(await survivors([pid], 5000), []);
    assert(performance.now() - before < 20_000);
    await process.status;
    await output.cancel();
    await Deno.remove(fifo);
  });
}
