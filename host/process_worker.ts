/**
 * One worker process: started, killed with all that it has started, reaped.
 *
 * @module
 */

import { isDoneWithin } from "../core/done_within.ts";
import { statOrNull } from "./at_path.ts";
import type { MemoryEnd } from "./crash_report.ts";
import type { Descendants } from "./descendants.ts";
import { TOKEN_BYTES } from "../wire/token.ts";
import { exposeToOom } from "./oom_score.ts";
import type { OrphanReaper } from "./orphan_reaper.ts";
import { OutputTap } from "./output_tap.ts";
import type { SaidByTask } from "./said_records.ts";
import type { Sandbox } from "./sandbox.ts";
import { Enclosed, signalIn } from "./wall/enclosed.ts";

/** What processes are started with. */
interface Programs {
  /** Of util-linux: makes the process the leader of a new group and becomes the program, under the same number. */
  readonly setsid: string | null;
  /** Of util-linux: pins the process to processors and becomes the program, under the same number. */
  readonly taskset: string | null;
  readonly deno: string;
}

let programs: Programs | null = null;

/** Looked for with the first process: to import this asks for nothing. */
function findPrograms(): Programs {
  const isLinux = Deno.build.os === "linux";
  return programs ??= {
    setsid: isLinux ? findProgram("/usr/bin/setsid") : null,
    taskset: isLinux ? findProgram("/usr/bin/taskset") : null,
    deno: Deno.execPath(),
  };
}

/** How a process ended. */
export interface ProcessExit {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** The end of its standard error: what the runtime said, and what a task wrote there itself. */
  readonly stderr: string;
  /** The same, with what its last task said by `console` and messenger. @default {the same} */
  readonly lastWords?: string;
  /** The kernel ended it for more memory than it may hold. @default {it did not} */
  readonly memory?: MemoryEnd | null;
}

/** What a process is started with. */
export interface ProcessWorkerParams {
  sandbox: Sandbox;
  reaper: OrphanReaper;
  /** Those that its tasks may start; null where they cannot start any. */
  descendants: Descendants | null;
  /** Processors that the process is pinned to, where there is a program for that; null for any. */
  cpus: readonly number[] | null;
  /** What the process is to begin with once it has connected; it need not wait for the server to say it. */
  greeting: Uint8Array;
  onLine(stream: "stdout" | "stderr", line: string): void;
  /** What tasks said by `console` and messenger. */
  onSaid(said: SaidByTask): void;
  onFlood(): void;
  maxOutputBytes: number;
  /** Waits at most this long, in milliseconds, for output that something else than the process holds back. */
  outputGraceMs: number;
}

/** A process that is to connect back with the token. */
export class ProcessWorker {
  readonly pid: number;
  /** What the process proves itself with; good for one connection. */
  readonly token: Uint8Array = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES));
  /** Resolves when the process is reaped, and its group and descendants are dead. */
  readonly exited: Promise<ProcessExit>;
  #child: Deno.ChildProcess;
  #descendants: Descendants | null;
  #tap: OutputTap;
  /** What is behind the wall; null where there is none. */
  #enclosed: Enclosed | null;
  #reaped = false;
  /** The whole group has got a SIGKILL: nothing of it can be left, or come into being, any more. */
  #isGroupKilled = false;

  /** Starts the process; throws what the system says when it cannot. */
  constructor(params: ProcessWorkerParams) {
    const { sandbox, reaper, descendants } = params;
    const { setsid, taskset, deno } = findPrograms();
    // Its own process group, so that what it starts can be ended with it. Where there is a program for that it is the
    // better way: `detached` makes the runtime fork, which holds up a large server for milliseconds.
    const [program, ...leading] = [
      ...(setsid === null ? [] : [setsid]),
      ...(params.cpus === null || taskset === null ? [] : [taskset, "--cpu-list", params.cpus.join(",")]),
      ...sandbox.limited?.entry ?? [],
      ...sandbox.wall ?? [],
      deno,
    ];
    try {
      this.#child = new Deno.Command(program, {
        args: [...leading, ...sandbox.args],
        env: { ...sandbox.env, ...descendants?.env },
        clearEnv: true,
        cwd: Deno.build.os === "windows" ? undefined : "/",
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
        detached: setsid === null,
      }).spawn();
    } catch (error) {
      void sandbox.limited?.end();
      throw error;
    }
    this.pid = this.#child.pid;
    this.#enclosed = sandbox.wall === undefined ? null : new Enclosed(this.pid);
    reaper.watch(this.pid);
    exposeToOom(this.pid);
    this.#descendants = descendants;
    if (descendants !== null) {
      reaper.watchDescendants();
      descendants.hold(this.pid);
    }
    // Not before: until then it runs no code of users, so that nothing was started that is not held.
    this.#sendToken(params.greeting);
    const tap = this.#tap = new OutputTap(this.#child.stdout, this.#child.stderr, {
      onLine: params.onLine,
      onSaid: params.onSaid,
      onFlood: params.onFlood,
      maxBytes: params.maxOutputBytes,
    });
    this.exited = this.#watch(tap, params);
  }

  /** The process has connected: all that there is behind a wall exists by now. */
  connected(): void {
    // Bubblewrap may have started it before it was itself exposed, which is inherited.
    const task = this.#enclosed?.task ?? null;
    if (task !== null) exposeToOom(task);
  }

  /** The process that runs tasks, of which memory and processor time are told; null as long as there is none. */
  get taskPid(): number | null {
    return this.#enclosed === null ? this.pid : this.#enclosed.task;
  }

  /** Ends the process with its descendants at once, or asks its group to end. Does nothing when it is over. */
  kill(signal: "SIGKILL" | "SIGTERM" = "SIGKILL"): void {
    if (this.#reaped || this.#killEnclosed(signal)) return;
    if (signal === "SIGKILL" && this.#descendants !== null) this.#descendants.kill(() => this.#killGroup());
    else this.#killGroup(signal);
  }

  /** Resolves when so many records of its tasks were passed on, see {@linkcode OutputTap.heard}; undefined when they are. */
  heard(count: number): Promise<void> | undefined {
    return this.#tap.heard(count);
  }

  #sendToken(greeting: Uint8Array): void {
    const writer = this.#child.stdin.getWriter();
    const bytes = new Uint8Array(TOKEN_BYTES + greeting.length);
    bytes.set(this.token);
    bytes.set(greeting, TOKEN_BYTES);
    // A process that died at once has closed its end; its exit tells the story.
    writer.write(bytes).then(() => writer.close()).catch(() => {});
  }

  async #watch(tap: OutputTap, { sandbox, reaper, outputGraceMs }: ProcessWorkerParams): Promise<ProcessExit> {
    const { code, signal } = await this.#child.status;
    // The process is reaped, but what it started may live on in its group, and holds the group's number.
    if (!this.#isGroupKilled) this.#killGroup();
    this.#reaped = true;
    reaper.forget(this.pid);
    await this.#descendants?.end();
    const memory = await sandbox.limited?.end() ?? null;
    // The end of the output is there already unless something outside the group holds the pipes.
    await isDoneWithin(tap.done, outputGraceMs);
    await tap.cancel();
    const endedBy = signal ?? (this.#enclosed === null ? null : signalIn(code));
    const exitCode = endedBy === null ? code : null;
    return { exitCode, signal: endedBy, stderr: tap.stderrTail, lastWords: tap.lastWords, memory };
  }

  /**
   * Of what is behind the wall the first process is killed: the system ends all others with it before the wall itself
   * ends, whatever group they are in. False where there is no such process, or not yet.
   */
  #killEnclosed(signal: "SIGKILL" | "SIGTERM"): boolean {
    const pid = signal === "SIGKILL" ? this.#enclosed?.first : this.#enclosed?.task;
    if (pid == null) return false;
    try {
      Deno.kill(pid, signal);
      return true;
    } catch {
      return false;
    }
  }

  #killGroup(signal: "SIGKILL" | "SIGTERM" = "SIGKILL"): void {
    try {
      if (Deno.build.os === "windows") return this.#child.kill(signal);
      Deno.kill(-this.pid, signal);
      this.#isGroupKilled ||= signal === "SIGKILL";
    } catch {
      // Nothing of the group is left; or there is no group yet, because the process has only just begun.
      if (!this.#reaped) this.#killLeader(signal);
    }
  }

  #killLeader(signal: "SIGKILL" | "SIGTERM"): void {
    try {
      this.#child.kill(signal);
    } catch {
      // It has just ended.
    }
  }
}

function findProgram(path: string): string | null {
  return statOrNull(path)?.isFile ? path : null;
}
