/** A control group of version 1 that bounds how many processes and threads a program and what it starts may be. */
const ROOT = "/sys/fs/cgroup/pids";

export class PidsGroup implements Disposable {
  #folder = `${ROOT}/palpable_test_${crypto.randomUUID()}`;

  /** The process, its threads, and whatever it starts from now on. */
  constructor(pid: number) {
    Deno.mkdirSync(this.#folder);
    Deno.writeTextFileSync(`${this.#folder}/cgroup.procs`, String(pid));
  }

  /** Whether this user and this system can have one. */
  static canBeMade(): boolean {
    const folder = `${ROOT}/palpable_test_${crypto.randomUUID()}`;
    try {
      Deno.mkdirSync(folder);
      return Deno.readTextFileSync(`${folder}/pids.max`).startsWith("max");
    } catch {
      return false;
    } finally {
      try {
        Deno.removeSync(folder);
      } catch {
        // It was not made.
      }
    }
  }

  /** Not one more than there are. */
  allowNone(): void {
    const current = Deno.readTextFileSync(`${this.#folder}/pids.current`).trim();
    Deno.writeTextFileSync(`${this.#folder}/pids.max`, current);
  }

  allowAll(): void {
    Deno.writeTextFileSync(`${this.#folder}/pids.max`, "max");
  }

  /** Those that are in it go on without a bound. One that is dying is in it until it is reaped. */
  [Symbol.dispose](): void {
    for (let attempt = 0; attempt < 10_000; attempt++) {
      try {
        for (const pid of Deno.readTextFileSync(`${this.#folder}/cgroup.procs`).split("\n")) {
          if (pid !== "") Deno.writeTextFileSync(`${ROOT}/cgroup.procs`, pid);
        }
        Deno.removeSync(this.#folder);
        return;
      } catch {
        // Again.
      }
    }
    throw new Error(`Cannot remove ${this.#folder}`);
  }
}
