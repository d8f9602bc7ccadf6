/**
 * Helper programs: what the server has done by a `deno` of its own, with its own rights, on input that others chose.
 * Every one of them is started here:
 *
 * 1. with a cleared environment, in a folder that belongs to nobody's project;
 * 2. with a deadline, a limit of memory (Linux) and of output;
 * 3. so many at once, the others in line;
 * 4. ended as soon as nobody waits for it any more.
 *
 * @module
 */

import { onAbort } from "../core/abort.ts";
import { Lane } from "./lane.ts";
import { readAtMost } from "./read_at_most.ts";

/** What a helper does: `"look"` stays on this machine, `"fetch"` may go out. Neither kind holds the other up. */
export type HelperKind = "look" | "fetch";

/** Longest run, in milliseconds. A fetch goes on where it was when it is tried again: what has come is in the cache. */
const DEADLINE_MS: Readonly<Record<HelperKind, number>> = { look: 20_000, fetch: 120_000 };

/** Most that run at once. */
const WIDTH: Readonly<Record<HelperKind, number>> = { look: Math.max(2, navigator.hardwareConcurrency), fetch: 4 };

/**
 * What a helper may allocate, in KiB. Large packages take less than half of it. It counts what can be written to and
 * not the address space, of which V8 reserves more than most limits allow.
 */
const MEMORY_KIB = 512 * 1024;
const LIMITED = `ulimit -d ${MEMORY_KIB} 2>/dev/null; exec "$@"`;

/** Most that a helper may say: a graph takes some 400 bytes for each import. */
const MAX_OUTPUT_BYTES = 8 * 2 ** 20;
const MAX_STDERR_BYTES = 64 * 1024;

/** What sets alarms: the server's ticker. */
export interface HelperTimer {
  after(ms: number, fire: () => void): unknown;
  cancel(alarm: unknown): void;
}

/** What helpers are run with. */
export interface HelperProgramsParams {
  timer: HelperTimer;
  /** Ends them when the server is gone without a word. */
  reaper?: { watch(pid: number): void; forget(pid: number): void };
  /** The program. @default {the `deno` that runs this} */
  program?: string;
}

/** What a helper is to do. */
export interface HelperOrder {
  readonly kind: HelperKind;
  readonly args: readonly string[];
  /** All of its environment. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * It has to do with nothing that others chose, and runs JavaScript: V8 reserves more for that than others may have.
   * @default {false}
   */
  readonly isOwn?: boolean;
  /** Aborted when nobody waits any more. */
  readonly signal?: AbortSignal;
}

/** What became of it; `"ended"` says by what it was ended. */
export type HelperOutcome =
  | { readonly kind: "done"; readonly success: boolean; readonly stdout: string; readonly stderr: string }
  | { readonly kind: "ended"; readonly why: string };

/** For the status. */
export interface HelperCounts {
  readonly running: number;
  readonly waiting: number;
}

const ABANDONED = "nobody waits for it any more";
const CLOSED = "the look at it was ended: the server stops";

/** Runs helpers; what still runs when it is closed is ended. */
export class HelperPrograms {
  #params: HelperProgramsParams;
  #lanes = { look: new Lane(WIDTH.look), fetch: new Lane(WIDTH.fetch) };
  #running = new Set<Promise<HelperOutcome>>();
  #closing = new AbortController();

  constructor(params: HelperProgramsParams) {
    this.#params = params;
  }

  /** How many there are. */
  get counts(): HelperCounts {
    const { look, fetch } = this.#lanes;
    return { running: look.running + fetch.running, waiting: look.waiting + fetch.waiting };
  }

  /** Runs one when its turn has come. Throws what the system says when it cannot be started. */
  run(order: HelperOrder): Promise<HelperOutcome> {
    const outcome = this.#inTurn(order);
    this.#running.add(outcome);
    outcome.catch(() => {}).finally(() => this.#running.delete(outcome));
    return outcome;
  }

  /** Ends what runs, and takes nothing more. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#running);
  }

  async #inTurn(order: HelperOrder): Promise<HelperOutcome> {
    const lane = this.#lanes[order.kind];
    const signal = AbortSignal.any([this.#closing.signal, ...(order.signal === undefined ? [] : [order.signal])]);
    if (!await lane.enter(signal)) return { kind: "ended", why: this.#reason() };
    try {
      if (signal.aborted) return { kind: "ended", why: this.#reason() };
      return await this.#execute(order, signal);
    } finally {
      lane.leave();
    }
  }

  async #execute({ kind, args, env, isOwn = false }: HelperOrder, signal: AbortSignal): Promise<HelperOutcome> {
    const { timer, reaper, program = Deno.execPath() } = this.#params;
    const child = spawn(program, args, env, isOwn);
    let why: string | null = null;
    const end = (reason: string) => {
      why ??= reason;
      try {
        child.kill("SIGKILL");
      } catch {
        // It has just ended by itself.
      }
    };
    reaper?.watch(child.pid);
    const letGo = onAbort(signal, () => end(this.#reason()));
    const alarm = timer.after(DEADLINE_MS[kind], () => end(`it took longer than ${DEADLINE_MS[kind] / 1000} seconds`));
    try {
      const tooMuch = () => end(`it is too large: its graph takes more than ${MAX_OUTPUT_BYTES / 2 ** 20} MiB`);
      const [stdout, stderr, { success, signal: killedBy }] = await Promise.all([
        readAtMost(child.stdout, MAX_OUTPUT_BYTES, tooMuch),
        // What goes beyond is dropped: an error's beginning says what is wrong.
        readAtMost(child.stderr, MAX_STDERR_BYTES),
        child.status,
      ]);
      if (why !== null) return { kind: "ended", why };
      if (killedBy !== null) return { kind: "ended", why: endedBy(killedBy) };
      return { kind: "done", success, stdout, stderr };
    } finally {
      timer.cancel(alarm);
      letGo();
      reaper?.forget(child.pid);
    }
  }

  #reason(): string {
    return this.#closing.signal.aborted ? CLOSED : ABANDONED;
  }
}

function spawn(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  isOwn: boolean,
): Deno.ChildProcess {
  const isWindows = Deno.build.os === "windows";
  const [file, ...leading] = isWindows || isOwn ? [program] : ["/bin/sh", "-c", LIMITED, "helper", program];
  return new Deno.Command(file, {
    args: [...leading, ...args],
    env: { ...env },
    clearEnv: true,
    cwd: isWindows ? undefined : "/",
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

function endedBy(signal: Deno.Signal): string {
  return `the look at it was ended by ${signal}: it may need more memory than ${MEMORY_KIB / 1024} MiB`;
}
