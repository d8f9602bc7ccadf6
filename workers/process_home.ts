/**
 * What the worker processes of this program have in common: the socket that they connect to, and the shell that ends
 * them when this program is gone. Opened for the first of them, closed with the last.
 *
 * @module
 */

import { systemClock } from "../core/clock.ts";
import type { PermissionSet } from "../core/permissions.ts";
import { Listener } from "../host/listener.ts";
import { findOwnPlaces } from "../server/own_places.ts";
import { Profiles } from "../server/profiles.ts";
import { Ticker } from "../core/ticker.ts";
import { DEFAULT_RESULT_BYTES, DEFAULT_RESULT_ITEMS } from "../wire/decode_budget.ts";
import { DEFAULT_FRAME_BYTES } from "../wire/frame.ts";
import type { Transport } from "../wire/transport.ts";
import type { Denied } from "../host/denied.ts";
import { DescendantKeeper } from "../host/descendant_keeper.ts";
import { openHands } from "../host/hands.ts";
import { HelperPrograms } from "../host/helper_programs.ts";
import { ModuleGraphs } from "../host/module_graphs.ts";
import { OrphanReaper } from "../host/orphan_reaper.ts";
import type { OwnBundle } from "../host/own_modules.ts";
import { ProcessHost } from "../host/process_host.ts";
import { sweepPlaces, WorkerPlace } from "../host/worker_place.ts";

const HANDSHAKE_MS = 5000;
const MAX_NEWCOMERS = 4096;

/** What is found out once: it holds nothing open. */
interface Surroundings {
  denoDir: string;
  denied: Denied;
  ownModules: ReadonlySet<string>;
  bundle: OwnBundle;
  graphs: ModuleGraphs;
  profilesWithin: ProfilesWithin;
}

/** Profiles of processes that may be granted so much at most. */
type ProfilesWithin = (ceiling: PermissionSet) => Profiles;

let surroundings: Promise<Surroundings> | null = null;
let current: { home: ProcessHome; users: number } | null = null;

/** The home of all worker processes of this program. */
export class ProcessHome {
  readonly host: ProcessHost;
  readonly profilesWithin: ProfilesWithin;
  readonly ticker: Ticker = new Ticker(systemClock);
  #graphs: ModuleGraphs;
  #descendants = new DescendantKeeper();
  #reaper = new OrphanReaper({ descendants: this.#descendants });
  #place = WorkerPlace.open();
  #listener: Listener;
  #expected = new Map<string, (transport: Transport) => void>();

  private constructor({ profilesWithin, ...rest }: Surroundings) {
    this.profilesWithin = profilesWithin;
    this.#graphs = rest.graphs;
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
      // Whoever starts a process looks its grants up with the profiles that it took.
      grantsOf: () => {
        throw new Error("Cannot look up grants: the profile is one of several ceilings'");
      },
      reaper: this.#reaper,
      descendants: this.#descendants,
      place: this.#place,
      // Lines are passed on and not kept.
      maxOutputBytes: Infinity,
      maxFrameBytes: DEFAULT_FRAME_BYTES,
      maxResultBytes: DEFAULT_RESULT_BYTES,
      maxResultItems: DEFAULT_RESULT_ITEMS,
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
    await Promise.all([this.#listener.close(), this.#reaper.close(), this.#graphs.settled()]);
    this.#descendants.close();
    this.#place.close();
    this.ticker.stop();
  }

  /** Calls back when the process with this token has connected. */
  expect(token: Uint8Array, connect: (transport: Transport) => void): void {
    this.#expected.set(token.toHex(), connect);
  }

  /** Resolves when all processes that have connected by now were called back for, see `Listener.caughtUp()`. */
  allHeard(): Promise<void> {
    return this.#listener.caughtUp();
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
  const timer = new Ticker(systemClock);
  const [{ denoDir, serverDenoDir, ownModules, bundle, ...hands }] = await Promise.all([
    openHands(new HelperPrograms({ timer }), timer),
    sweepPlaces(),
  ]);
  const denied = await findOwnPlaces({
    denoDir: serverDenoDir,
    authkeyFile: null,
    logFolder: null,
    storeFile: null,
    address: null,
  });
  const graphs = new ModuleGraphs({
    ...hands,
    ownModules,
    moduleRoots: [],
    nameRoots: null,
    moduleImports: "cached",
    onFetch: () => {},
    now: systemClock.now,
  });
  const known = new WeakMap<PermissionSet, Profiles>();
  const profilesWithin = (ceiling: PermissionSet) => {
    let profiles = known.get(ceiling);
    if (profiles === undefined) {
      profiles = new Profiles({ ceiling, denied, graphs, taskTimeoutMs: Infinity, memoryMb: null, isolation: "task" });
      known.set(ceiling, profiles);
    }
    return profiles;
  };
  return { denoDir, denied, ownModules, bundle, graphs, profilesWithin };
}
