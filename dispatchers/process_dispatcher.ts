/**
 * Tasks in sandboxed processes, without a server to run: it has one of its own.
 *
 * @module
 */

import { ClientLink } from "../client/client_link.ts";
import { requireTaskOptions } from "../procedures/task_options.ts";
import { TaskCancelled } from "../core/errors.ts";
import { ownErrors } from "../core/own_errors.ts";
import { requireKnown } from "../core/require_known.ts";
import { requireWhole } from "../core/require_number.ts";
import type { Permissions } from "../core/permissions.ts";
import type { Isolation } from "../procedures/task.ts";
import { type Backend, failure, type Work } from "./backend.ts";
import { parseSize } from "./options.ts";
import { LinkBackend } from "./link_backend.ts";
import { AdaptiveWindow } from "./window.ts";
import { parseAddress } from "../wire/address.ts";
import { dial } from "../client/dial.ts";
import { importAuthkey } from "../wire/handshake.ts";
import { BaseDispatcher } from "./base_dispatcher.ts";

/** Computed: a module that defines tasks imports this one, and its processes must not be given the server's libraries. */
const SERVER = new URL("../server.ts", import.meta.url).href;

/** Options of a {@linkcode ProcessDispatcher}. */
export interface ProcessDispatcherOptions {
  /** Tasks that run at a time. @default {number of processors} */
  numWorkers?: number;
  /** Tasks, or chunks of them, that may wait for a worker. @default {1000} */
  size?: number;
  /** The most that a task may be permitted. @default {"all"} */
  permissionCeiling?: "all" | Permissions;
  /**
   * With a ceiling, folders where the tasks' modules lie. @default {the folder that the program was started in}
   */
  moduleRoots?: readonly (string | URL)[];
  /**
   * `"task"`: each in a process of its own; `"module"`: in one that goes on to tasks of the same module.
   * @default {"task"}
   */
  isolation?: Isolation;
  /** Longest run time of a task in milliseconds, where it says none itself. @default {10800000} */
  taskTimeoutMs?: number;
  /** Most memory of a task in MiB, where it says none itself. @default {no limit} */
  memoryMb?: number;
  /** What goes to the console of what tasks log. @default {"none"} */
  logLevel?: "debug" | "info" | "warning" | "error" | "none";
}

/** What is used of a `Server`. */
interface EmbeddedServer {
  readonly address: string;
  stop(options: { mode: "now" }): Promise<void>;
}

/**
 * Runs tasks in sandboxed processes. It owns a server on a free port of this machine, with a random key, which starts
 * with the first task; when that fails, so do the tasks.
 *
 * @example
 * ```ts
 * import { ProcessDispatcher } from "./mod.ts";
 * import { task } from "../mod.ts";
 *
 * await using dispatcher = new ProcessDispatcher({ numWorkers: 2 });
 * const tasks = [1, 2, 3].map((n) => task((x: number) => x * x, n));
 * const squares = await Array.fromAsync(dispatcher.execute(tasks, { ordered: true }));
 * console.assert(String(squares) === "1,4,9");
 * ```
 */
export class ProcessDispatcher extends BaseDispatcher {
  /**
   * A dispatcher; nothing is started yet.
   *
   * @throws {RangeError} for a value out of range. @throws {TypeError} for an option that is none.
   */
  constructor(options: ProcessDispatcherOptions = {}) {
    requireKnown(options, [
      ...[
        "numWorkers",
        "size",
        "permissionCeiling",
        "moduleRoots",
        "isolation",
        "taskTimeoutMs",
        "memoryMb",
        "logLevel",
      ],
    ]);
    const { size, numWorkers = navigator.hardwareConcurrency, isolation } = options;
    requireWhole("numWorkers", numWorkers);
    requireTaskOptions({ isolation });
    super(new ProcessBackend({ ...options, numWorkers }), parseSize(size));
  }
}

/** The server, once it is there. */
interface Started {
  readonly server: EmbeddedServer;
  readonly link: ClientLink;
  readonly backend: Backend;
}

class ProcessBackend implements Backend {
  #options: ProcessDispatcherOptions;
  #window: AdaptiveWindow;
  #starting: Promise<Started> | null = null;
  #started: Started | null = null;
  /** Work that waits for the server. */
  #early = new Set<Work>();

  constructor(options: ProcessDispatcherOptions & { numWorkers: number }) {
    this.#options = options;
    this.#window = new AdaptiveWindow(options.numWorkers, () => performance.now());
  }

  get parallelism(): number {
    return this.#window.parallelism;
  }

  start(work: Work): void {
    if (this.#started !== null) return this.#started.backend.start(work);
    this.#early.add(work);
    if (this.#starting === null) {
      this.#starting = this.#open();
      this.#starting.then((started) => this.#onStarted(started), (error) => this.#onFailed(error));
    }
  }

  cancel(works: readonly Work[]): void {
    if (this.#started !== null) return this.#started.backend.cancel(works);
    for (const work of works) if (this.#early.delete(work)) settleAll(work, () => new TaskCancelled());
  }

  hurry(): void {
    this.#started?.backend.hurry?.();
  }

  async close(): Promise<void> {
    const started = await this.#starting?.catch(() => null);
    if (started == null) return;
    await started.backend.close();
    await started.link.close();
    await started.server.stop({ mode: "now" });
  }

  async #open(): Promise<Started> {
    const { size: _, logLevel = "none", ...options } = this.#options;
    const { Server } = await import(SERVER);
    const authkey = crypto.getRandomValues(new Uint8Array(32));
    const server: EmbeddedServer = await Server.start({ ...options, logLevel, address: "127.0.0.1:0", authkey });
    try {
      const params = { address: parseAddress(server.address), key: await importAuthkey(authkey) };
      // A connection that is lost here is not found again: both ends are in this process.
      const link = new ClientLink(() => dial(params), { reconnectMs: 0 });
      await link.open();
      return { server, link, backend: new LinkBackend(link, this.#window) };
    } catch (error) {
      await server.stop({ mode: "now" });
      throw error;
    }
  }

  #onStarted(started: Started): void {
    this.#started = started;
    for (const work of this.#early) started.backend.start(work);
    this.#early.clear();
  }

  /** The next task tries again. */
  #onFailed(error: unknown): void {
    this.#starting = null;
    const early = [...this.#early];
    this.#early.clear();
    const own = ownErrors(error);
    for (const work of early) settleAll(work, own);
  }
}

/** Each task with an error of its own. */
function settleAll(work: Work, own: () => unknown): void {
  for (const index of work.tasks.keys()) work.settle(index, failure(own()));
}
