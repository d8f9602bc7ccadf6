/**
 * The server: has what it stands on opened (`server/opening.ts`), its parts built (`server/parts.ts`) and stopped
 * (`server/shutdown.ts`). Run as a program it is the command: `deno run -A server.ts --help`.
 *
 * @module
 */

import type { Profile } from "./core/profile.ts";
import type { Servlet } from "./procedures/servlet.ts";
import type { ServerStatus } from "./wire/server_status.ts";
import { systemClock } from "./core/clock.ts";
import { showValue } from "./core/show_value.ts";
import { requireStartOptions, type StartOptions, startWithin } from "./core/start_within.ts";
import type { ResolvedOptions, ServerOptions } from "./server/server_options.ts";
import type { StageLine } from "./server/task_log.ts";
import { Shutdown, type StopOptions } from "./server/shutdown.ts";
import { SignalHandler } from "./server/signal_handler.ts";
import { keyLimitsStatus, makeStatus } from "./server/status.ts";
import { VERSION } from "./server/version.ts";
import { type Opened, openFor } from "./server/opening.ts";
import type { Backup } from "./server/backups.ts";
import { buildParts, type Parts } from "./server/parts.ts";

export type { ServerOptions } from "./server/server_options.ts";
export type { StopOptions } from "./server/shutdown.ts";
export type { ServerTls } from "./server/bind.ts";
export type { LogThreshold } from "./server/server_log.ts";
export type { LogFormat } from "./server/log_format.ts";
export type { LogLevel } from "./wire/message.ts";
export type {
  KeyLimitsStatus,
  LimitedKeyStatus,
  PipelineSnapshot,
  PipelineStatus,
  ServerStatus,
  StageSnapshot,
  WallStatus,
  WorkerStatus,
} from "./wire/server_status.ts";
export type { StartOptions } from "./core/start_within.ts";
export type { Backup } from "./server/backups.ts";
export type { Servlet } from "./procedures/servlet.ts";
export type { Grant, Permissions } from "./core/permissions.ts";

/** Options of {@linkcode Server.serve}. */
export interface ServeOptions extends StartOptions {
  /** Most items that may be inside at once. @default {256} */
  capacity?: number;
}

/** A pipeline that a server runs, for whoever has it run. */
export interface PipelineHandle {
  /**
   * Stops it, and frees its name: new calls find no such pipeline. What is inside comes through first, or with mode
   * `"now"` is dropped. Twice is fine.
   */
  stop(options?: { mode?: "drain" | "now" }): Promise<void>;
  /**
   * Has another pipeline take the items from now on, without a gap: it is started first, and what is inside the one
   * before comes through there. When it does not start, all stays as it was.
   *
   * @throws what {@linkcode Server.serve} throws; {@linkcode TaskError} `PIPELINE_STOPPED` when it was stopped.
   */
  replace(servlet: Servlet<never, unknown>, options?: ServeOptions): Promise<void>;
}

/**
 * A running server.
 *
 * @example
 * ```ts
 * import { Server } from "./server.ts";
 *
 * await using server = await Server.start({ address: "127.0.0.1:0", authkey: "secret", numWorkers: 2, logLevel: "none" });
 * console.assert(/^127\.0\.0\.1:\d+$/.test(server.address));
 * ```
 */
export class Server implements AsyncDisposable {
  #parts: Parts;
  #startedAt = systemClock.now();
  #shutdown: Shutdown;

  private constructor(options: ResolvedOptions, opened: Opened) {
    this.#parts = buildParts(options, opened, {
      status: () => this.status(),
      stop: (mode, deadlineMs) => void this.stop({ mode, deadlineMs }),
    });
    this.#shutdown = new Shutdown(this.#parts, options.drainDeadlineMs);
    if (!options.handleSignals) return;
    this.#shutdown.signals = new SignalHandler({
      stop: (mode) => void this.stop({ mode }),
      hangUp: () => this.#parts.log.reopen(),
    });
  }

  /**
   * Starts a server; when this resolves it listens.
   *
   * @throws {TaskError} `ADDRESS_IN_USE`, `INSECURE_ADDRESS`, `AUTHKEY_UNUSABLE`, `GROUP_IN_USE`, `GROUP_UNUSABLE`,
   * `STORE_IN_USE`, `STORE_UNUSABLE` or `WALL_UNAVAILABLE`.
   * @throws {RangeError} for an option out of range, and for an address where this machine cannot listen.
   * @throws {TypeError} for an option that is none, and for texts of `tls` that are no certificate and key.
   * @throws {TaskTimeout} when it has not started within `timeoutMs`. @throws the reason of `signal`.
   */
  static async start(options: ServerOptions & StartOptions = {}): Promise<Server> {
    const { signal, timeoutMs, ...own } = options;
    requireStartOptions({ signal, timeoutMs });
    return await startWithin({ signal, timeoutMs }, "The server", (signal) => Server.#open(own, signal));
  }

  static async #open(options: ServerOptions, signal: AbortSignal | undefined): Promise<Server> {
    const { resolved, opened, stack } = await openFor(options, signal);
    await using _closing = stack;
    const server = new Server(resolved, opened);
    stack.move();
    opened.log.write("Server", "info", `Listening on ${server.address}`);
    return server;
  }

  /** Where the server listens, for clients' `address`. */
  get address(): string {
    return this.#parts.address;
  }

  /** The group in which the server can be found, if any. */
  get group(): string | null {
    return this.#parts.claim?.group ?? null;
  }

  /** The file with the key, where the server keeps one of its own. */
  get authkeyFile(): string | null {
    return this.#parts.authkeyFile;
  }

  /** Resolves when the server has stopped, for whatever reason. */
  get finished(): Promise<void> {
    return this.#shutdown.finished;
  }

  /**
   * Runs a pipeline under a name, for clients and for tasks that may do what its stages may, until it or the server is
   * stopped. Resolves when its stages are loaded; calls that come before that wait.
   *
   * @throws {PermissionCeilingExceeded} when a stage asks for more than the server's ceiling. Threads have the rights of
   * this program, so a server with a ceiling takes none.
   * @throws {StageFailed} naming the stage that did not start.
   * @throws {TaskTimeout} when they have not started within `timeoutMs`; the reason of `signal`.
   * @throws {RangeError} for a name that is taken. @throws {TypeError} for what is no servlet.
   */
  async serve(name: string, servlet: Servlet<never, unknown>, options: ServeOptions = {}): Promise<PipelineHandle> {
    const { profiles, pipelines, taskLog, wall } = this.#parts;
    // Loaded with the first pipeline: most servers run none.
    const loading = import("./servlets/serve.ts");
    const starterOf = (servlet: Servlet<never, unknown>, options: ServeOptions) => async (signal: AbortSignal) => {
      const { stagesOf, startServed } = await loading;
      const stages = stagesOf(servlet);
      for (const stage of stages) profiles.requireAllowed(stage);
      const onLog = (line: StageLine) => taskLog.stageLine(name, line);
      const around = { ceiling: profiles.ceiling, wall: wall.wall, onLog };
      const started = await startServed(name, servlet, { ...options, ...around }, signal);
      const requireFor = (profile: Profile) => stages.forEach((stage) => profiles.requireAllowed(stage, profile));
      return { ...started, requireFor };
    };
    const served = await pipelines.serve(name, starterOf(servlet, options));
    return {
      stop: async ({ mode = "drain" } = {}) => await served.stop(requireStopMode(mode)),
      replace: (servlet, options = {}) => served.replace(starterOf(servlet, options)),
    };
  }

  /**
   * Copies the store to a new file while the server goes on: all that was acknowledged until now is in it. A server that is
   * started with that file, or with a copy of it, goes on from there. A relative path begins at the working folder.
   *
   * @throws {TaskError} `NO_STORE`; `BACKUP_FAILED`, saying why and what to do; `SERVER_STOPPING`. Nothing is under that
   * name then.
   * @throws {TypeError} for what is no path.
   *
   * @example
   * ```ts
   * import { Server } from "./server.ts";
   *
   * const folder = await Deno.makeTempDir();
   * const options = { address: "127.0.0.1:0", authkey: "secret", logLevel: "none" } as const;
   * await using server = await Server.start({ ...options, store: `${folder}/tasks.db` });
   * const { file, bytes } = await server.backup(`${folder}/saved.db`);
   * console.assert((await Deno.stat(file)).size === bytes);
   * ```
   */
  backup(file: string): Promise<Backup> {
    return this.#parts.backups.make(file);
  }

  /** A snapshot. */
  status(): ServerStatus {
    const { dispatcher, pipelines, schedules, slots, queue, store, clients, sessions, address, helpers, wall } =
      this.#parts;
    const keyLimits = keyLimitsStatus(dispatcher.limits, systemClock.wall());
    return makeStatus({
      version: VERSION,
      address,
      group: this.group,
      state: this.#shutdown.state,
      startedAt: this.#startedAt,
      now: systemClock.now(),
      live: dispatcher.workers,
      slotCounts: slots,
      taskQueueSize: queue.length + keyLimits.tasks,
      delayedTasks: dispatcher.delayed,
      keyLimits,
      pausedAt: dispatcher.pausing.since,
      resultCacheSize: store.kept,
      deadLetters: store.deadLetters,
      clients: sessions.size,
      helpers: helpers.counts,
      wall: wall.status,
      pipelines: pipelines.status(),
      schedules: schedules.counts,
      totals: { ...dispatcher.totals, ...clients.totals },
    });
  }

  /**
   * Stops: takes nothing new, hands what waits back to the clients, lets what runs end or kills it, then closes. Being
   * stopped is no outcome of a task: clients submit it again to the next server at the address. Stopping twice is fine;
   * a stop with mode `"now"` hurries a drain along.
   */
  stop(options: StopOptions = {}): Promise<void> {
    return this.#shutdown.stop(options);
  }

  /** Stops now. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop({ mode: "now" });
  }
}

function requireStopMode(mode: unknown): "drain" | "now" {
  if (mode === "drain" || mode === "now") return mode;
  throw new RangeError(`Cannot stop: mode must be "drain" or "now": current value is ${showValue(mode)}`);
}

/**
 * Never called: names the main module of worker processes, so that it gets into the cache together with this one. That
 * a checkout may have no bundle matters to nobody who does not call it.
 */
const _workerEntry = () => import("./worker_entry.ts");
const _processMain = () => import("./process/process_main.ts");
const _bundledEntry = () => import("./process/bundle.js");
const _subtasks = () => import("./process/subtasks.ts");
const _bundledSubtasks = () => import("./process/subtasks_bundle.js");

if (import.meta.main) {
  // Not awaited: the command imports this module, and would wait for it to be done while this waits for the command.
  import("./cli/main.ts").then(async ({ main }) => Deno.exit(await main(Deno.args)));
}
