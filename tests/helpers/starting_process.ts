/** A worker's process that starts others, held as a server holds it. */
import { DescendantKeeper } from "../../host/descendant_keeper.ts";
import { Cgroups } from "../../host/cgroups.ts";
import { OrphanReaper } from "../../host/orphan_reaper.ts";
import { ProcessWorker } from "../../host/process_worker.ts";

/** What holds descendants. */
export type How = "cgroup" | "walk";

/** Whether cgroups can be made here: not without a version 2, nor in most containers, nor in another user's session. */
function hasCgroups(): boolean {
  const cgroups = Cgroups.find();
  const cgroup = cgroups?.make() ?? null;
  if (cgroup !== null) cgroups!.ended(cgroup);
  cgroups?.close();
  return cgroup !== null;
}

/** Whether it is to be had here. */
export const IS_POSSIBLE: Readonly<Record<How, boolean>> = {
  cgroup: hasCgroups(),
  walk: Deno.build.os === "linux",
};

/** One process with what it needs; `up` resolves when it has started what it is to. */
export class StartingProcess {
  readonly keeper: DescendantKeeper;
  readonly reaper: OrphanReaper;
  readonly process: ProcessWorker;
  readonly up: Promise<void>;

  constructor(how: How, fifo: string, kinds: string, then: "stay" | "exit") {
    this.keeper = new DescendantKeeper(how === "walk" ? { cgroups: null } : {});
    this.reaper = new OrphanReaper({ descendants: this.keeper });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.up = promise;
    const program = new URL("../fixtures/descendants_process.ts", import.meta.url).pathname;
    this.process = new ProcessWorker({
      sandbox: {
        args: ["run", "--allow-run", "--no-prompt", program, fifo, kinds, then],
        env: { PATH: "/usr/bin:/bin", DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno` },
      },
      reaper: this.reaper,
      descendants: this.keeper.forProcess({ run: true, ffi: [] }),
      cpus: null,
      greeting: new Uint8Array(),
      onLine: (_stream, line) => line === "up" ? resolve() : console.log(line),
      onSaid() {},
      onFlood() {},
      maxOutputBytes: Infinity,
      outputGraceMs: 200,
    });
  }

  async close(): Promise<void> {
    await this.reaper.close();
    this.keeper.close();
  }
}
