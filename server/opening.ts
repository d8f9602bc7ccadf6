/**
 * What a server opens before it is one: its key, its log, its listener and what its processes need; all of it, or nothing.
 *
 * @module
 */

import { readAuthkeyFile } from "../client/authkey_file.ts";
import { systemClock } from "../core/clock.ts";
import { ALL_PERMISSIONS, type PermissionSet, resolvePermissions } from "../core/permissions.ts";
import { Ticker } from "../core/ticker.ts";
import { canonicalPath } from "../host/canonical_path.ts";
import type { Acceptor } from "../host/acceptor.ts";
import { Cgroups } from "../host/cgroups.ts";
import { delegatedCgroup } from "../host/delegated_cgroup.ts";
import type { Denied } from "../host/denied.ts";
import { DescendantKeeper } from "../host/descendant_keeper.ts";
import { type Hands, openHands } from "../host/hands.ts";
import { HelperPrograms } from "../host/helper_programs.ts";
import { OrphanReaper } from "../host/orphan_reaper.ts";
import { sweepPlaces, WorkerPlace } from "../host/worker_place.ts";
import { isLoopback, parseAddress } from "../wire/address.ts";
import { importAuthkey } from "../wire/handshake.ts";
import { findOrMakeAuthkey } from "./authkey_store.ts";
import { bind, boundAddress } from "./bind.ts";
import { keyOf } from "./client_keys.ts";
import { fileLimit, type FileShares, shareFiles } from "./file_shares.ts";
import { GroupClaim } from "./group_claim.ts";
import { openStore } from "./open_store.ts";
import { findOwnPlaces } from "./own_places.ts";
import { ServerLog } from "./server_log.ts";
import { type ResolvedOptions, resolveOptions, type ServerOptions } from "./server_options.ts";
import { requireSafe } from "./server_safety.ts";
import { openWall, type ServerWall } from "./server_wall.ts";
import { readSchedules, type StoredSchedule } from "./stored_schedules.ts";
import { SystemTurns } from "./system_turns.ts";
import type { SqliteStore } from "../store/sqlite/store.ts";

const MIB = 2 ** 20;

/** What was opened before the parts are built. */
export interface Opened {
  key: CryptoKey;
  ceiling: PermissionSet;
  ticker: Ticker;
  helpers: HelperPrograms;
  hands: Hands;
  /** What no task may reach. */
  denied: Denied;
  log: ServerLog;
  listener: Acceptor;
  shares: FileShares;
  /** Null where nothing is kept beyond the server. */
  store: SqliteStore | null;
  /** What an earlier server has left of them. */
  schedules: readonly StoredSchedule[];
  place: WorkerPlace;
  systemTurns: SystemTurns;
  reaper: OrphanReaper;
  descendants: DescendantKeeper;
  authkeyFile: string | null;
  claim: GroupClaim | null;
  wall: ServerWall;
}

/** All that is open, and what closes it again until there is a server that does. */
export interface Opening {
  readonly resolved: ResolvedOptions;
  readonly opened: Opened;
  readonly stack: AsyncDisposableStack;
}

/**
 * Opens it. No step can be given up by itself, and none takes long: behind the one that it is at, what is open is closed
 * again.
 *
 * @throws what `Server.start` throws, but for what a start within limits adds.
 */
export async function openFor(options: ServerOptions, signal: AbortSignal | undefined): Promise<Opening> {
  const resolved = resolveOptions(options);
  const address = parseAddress(resolved.address);
  requireSafe(resolved, isLoopback(address));
  // Before anything is opened: what is refused here leaves nothing behind.
  const ceiling = ceilingOf(resolved);
  const stored = resolved.authkey === undefined && resolved.authkeyFile === undefined
    ? await findOrMakeAuthkey()
    : null;
  const authkey = resolved.authkey ??
    (resolved.authkeyFile === undefined ? stored!.authkey : await readAuthkeyFile(resolved.authkeyFile));
  const key = await importAuthkey(authkey);
  signal?.throwIfAborted();
  await using stack = new AsyncDisposableStack();
  const delegated = resolved.wall === "none" ? null : delegatedCgroup();
  const cgroups = Cgroups.find(
    delegated?.folder == null ? {} : { parent: delegated.folder, offered: delegated.controllers },
  );
  const descendants = new DescendantKeeper({ cgroups });
  stack.defer(() => descendants.close());
  const reaper = new OrphanReaper({ descendants });
  stack.defer(() => reaper.close());
  const ticker = new Ticker(systemClock);
  const helpers = new HelperPrograms({ timer: ticker, reaper });
  stack.defer(() => helpers.close());
  const [hands] = await Promise.all([openHands(helpers, ticker), sweepPlaces()]);
  signal?.throwIfAborted();
  const claim = resolved.group === undefined ? null : stack.use(await GroupClaim.take(resolved.group));
  const log = await ServerLog.open({
    threshold: resolved.logLevel,
    folder: resolved.logFolder ?? null,
    toConsole: resolved.logConsole,
    format: resolved.logFormat,
    maxBytes: resolved.logMaxMb * MIB,
    keep: resolved.logKeep,
    clock: systemClock,
  });
  stack.defer(() => log.close());
  reaper.onDied = (message) => log.write("Server", "warning", message);
  if (hands.bundle.state === "stale") {
    log.write(
      "Server",
      "info",
      "The bundle is not that of the sources, which are used: `deno task bundle` makes it anew",
    );
  }
  const limit = await fileLimit();
  const shares = shareFiles(limit, resolved.maxProcesses);
  if (shares.maxProcesses < resolved.maxProcesses) {
    const { maxProcesses, maxClients } = shares;
    const room =
      `maxProcesses is ${maxProcesses} rather than ${resolved.maxProcesses}, and at most ${maxClients} clients`;
    log.write("Server", "warning", `This process may open ${limit} files only: ${room}; raise the limit (ulimit -n)`);
  }
  signal?.throwIfAborted();
  // Before anybody can connect: a server that cannot keep what it promises to keep does not listen.
  const store = await openStore(resolved);
  if (store !== null) stack.use(store);
  const schedules = store === null ? [] : await readSchedules(store.schedules, keyOf, log);
  signal?.throwIfAborted();
  const listener = await bind(address, resolved.tls);
  stack.defer(() => listener.close());
  // What a name stands for is known only now.
  requireSafe(resolved, isLoopback(boundAddress(listener)));
  const denied = await findOwnPlaces({
    denoDir: hands.serverDenoDir,
    authkeyFile: stored?.file ?? resolved.authkeyFile ?? null,
    logFolder: resolved.logFolder ?? null,
    storeFile: store?.path ?? null,
    address: boundAddress(listener),
  });
  await claim?.publish(boundAddress(listener), { tls: resolved.tls !== undefined, now: systemClock.wall() });
  const programs = { timer: ticker, reaper };
  const wall = await openWall(resolved, { hands, denied, helpers, programs, log, delegated, cgroups });
  signal?.throwIfAborted();
  const place = WorkerPlace.open();
  stack.defer(() => place.close());
  const systemTurns = await SystemTurns.open();
  stack.defer(() => systemTurns.close());
  signal?.throwIfAborted();
  const opened: Opened = {
    key,
    ceiling,
    ticker,
    helpers,
    hands,
    denied,
    log,
    store,
    schedules,
    listener,
    place,
    shares,
    systemTurns,
    reaper,
    descendants,
    authkeyFile: stored?.file ?? null,
    claim,
    wall,
  };
  return { resolved, opened, stack: stack.move() };
}

function ceilingOf({ permissionCeiling }: ResolvedOptions): PermissionSet {
  if (permissionCeiling === "all") return ALL_PERMISSIONS;
  return resolvePermissions(permissionCeiling, { parent: null, canonicalPath });
}
