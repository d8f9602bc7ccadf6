/**
 * What the worker processes of this program have in common: the socket that they connect to, and the shell that ends
 * them when this program is gone. Opened for the first of them, closed with the last.
 *
 * @module
 */

import { systemClock } from "../core/clock.ts";
import { ALL_PERMISSIONS } from "../core/permissions.ts";
import { Listener } from "../runtime/listener.ts";
import { Profiles } from "../runtime/profiles.ts";
import { Ticker } from "../runtime/ticker.ts";
import { DEFAULT_FRAME_BYTES } from "../wire/frame.ts";
import type { Transport } from "../wire/transport.ts";
import { findDenoDir, makeTaskDenoDir } from "../workers/deno_dir.ts";
import { ModuleGraphs } from "../workers/module_graphs.ts";
import { findOwnModules } from "../workers/own_modules.ts";
import { OrphanReaper } from "../workers/orphan_reaper.ts";
import { ProcessHost } from "../workers/process_host.ts";
import { sweepPlaces, WorkerPlace } from "../workers/worker_place.ts";

const HANDSHAKE_MS = 5000;
const MAX_NEWCOMERS = 4096;

/** What is found out once: it holds nothing open. */
interface Surroundings {
  denoDir: string;
  ownModules: ReadonlySet<string>;
  graphs: ModuleGraphs;
  profiles: Profiles;
}

let surroundings: Promise<Surroundings> | null = null;
let current: { home: ProcessHome; users: number } | null = null;

/** The home of all worker processes of this program. */
export class ProcessHome {
  readonly host: ProcessHost;
  readonly profiles: Profiles;
  readonly ticker: Ticker = new Ticker(systemClock);
  #reaper = new OrphanReaper();
  #place = WorkerPlace.open();
  #listener: Listener;
  #expected = new Map<string, (transport: Transport) => void>();

  private constructor({ profiles, ...rest }: Surroundings) {
    this.profiles = profiles;
    this.#listener = new Listener({
      listener: this.#place.listener,
      key: null,
      ticker: this.ticker,
      log: { write: () => {} },
      handshakeMs: HANDSHAKE_MS,
      maxNewcomers: MAX_NEWCOMERS,
      maxFrameBytes: DEFAULT_FRAME_BYTES,
      onNewcomer: (newcomer, transport) => {
        const connect = newcomer.role === "worker" ? this.#take(newcomer.token) : undefined;
        if (connect === undefined) throw new Error("Nobody waits for this process");
        connect(transport);
      },
    });
    this.#place.onMoved = (moved) => this.#listener.acceptFrom(moved);
    this.host = new ProcessHost({
      ...rest,
      reaper: this.#reaper,
      place: this.#place,
      // Lines are passed on and not kept.
      maxOutputBytes: Infinity,
      maxFrameBytes: DEFAULT_FRAME_BYTES,
    });
  }

  /** The home, opened where it is not. Each use is to be given back by {@linkcode ProcessHome.release}. */
  static async acquire(): Promise<ProcessHome> {
    const found = await (surroundings ??= findSurroundings().catch((error) => {
      surroundings = null;
      throw error;
    }));
    current ??= { home: new ProcessHome(found), users: 0 };
    current.users++;
    return current.home;
  }

  /** One user less; the last one closes it. */
  async release(): Promise<void> {
    // Only the current home has users: it is replaced when the last has left.
    if (--current!.users > 0) return;
    current = null;
    await Promise.all([this.#listener.close(), this.#reaper.close()]);
    this.#place.close();
    this.ticker.stop();
  }

  /** Calls back when the process with this token has connected. */
  expect(token: Uint8Array, connect: (transport: Transport) => void): void {
    this.#expected.set(token.toHex(), connect);
  }

  /** It will not connect any more. */
  forget(token: Uint8Array): void {
    this.#expected.delete(token.toHex());
  }

  #take(token: Uint8Array): ((transport: Transport) => void) | undefined {
    const key = token.toHex();
    const connect = this.#expected.get(key);
    this.#expected.delete(key);
    return connect;
  }
}

async function findSurroundings(): Promise<Surroundings> {
  const [denoDir, ownModules] = await Promise.all([
    findDenoDir().then(makeTaskDenoDir),
    findOwnModules(),
    sweepPlaces(),
  ]);
  const graphs = new ModuleGraphs({ moduleRoots: [], ownModules, moduleImports: "cached", now: systemClock.now });
  const profiles = new Profiles({
    ceiling: ALL_PERMISSIONS,
    graphs,
    taskTimeoutMs: Infinity,
    memoryMb: null,
    isolation: "task",
  });
  return { denoDir, ownModules, graphs, profiles };
}
