/**
 * The composition root: builds every part of a server and hands each what it needs.
 *
 * @module
 */

import type { ServerStatus } from "../wire/server_status.ts";
import { systemClock } from "../core/clock.ts";
import { MemoryStore } from "../store/memory_store.ts";
import { Slots } from "../engine/slots.ts";
import { FairQueue } from "../engine/fair_queue.ts";
import { Backups } from "./backups.ts";
import { boundAddress } from "./bind.ts";
import { canonicalPath } from "../host/canonical_path.ts";
import { keyOf } from "./client_keys.ts";
import type { ClientSession } from "./client_session.ts";
import { Commands } from "./commands.ts";
import { Dispatcher } from "../engine/dispatcher.ts";
import type { Schedules } from "../engine/schedules.ts";
import type { TaskStore } from "../engine/task_store.ts";
import { EndLog } from "./end_log.ts";
import { EventHub } from "./event_hub.ts";
import { KeptLines } from "../wire/kept_lines.ts";
import type { GroupClaim } from "./group_claim.ts";
import type { Listener } from "../host/listener.ts";
import { fetchLine, nameRootsOf } from "./module_rules.ts";
import { MemoryWatch } from "../host/memory_watch.ts";
import { PauseSwitch } from "./pause_switch.ts";
import { Pipelines } from "./pipelines.ts";
import { Profiles } from "./profiles.ts";
import { ResultExpiry } from "./result_expiry.ts";
import type { Peer } from "../wire/peer.ts";
import { ResultOutbox } from "./result_outbox.ts";
import { Streams } from "./streams.ts";
import { ScheduleCommands } from "./schedule_commands.ts";
import type { Opened } from "./opening.ts";
import { openListeners } from "./open_listeners.ts";
import { openSchedules, restoreSchedules } from "./open_schedules.ts";
import type { ServerLog } from "./server_log.ts";
import { folderOf } from "./module_root.ts";
import type { ResolvedOptions } from "./server_options.ts";
import type { SystemTurns } from "./system_turns.ts";
import { TaskLog } from "./task_log.ts";
import type { Ticker } from "../core/ticker.ts";
import { workerFactory } from "./worker_factory.ts";
import { WorkerTokens } from "../host/worker_tokens.ts";
import type { ServerWall } from "./server_wall.ts";
import { retentionOf } from "./open_store.ts";
import { StoredOrigins } from "./stored_origins.ts";
import { takeUp } from "./take_up.ts";
import { formatAddress } from "../wire/address.ts";
import type { DescendantKeeper } from "../host/descendant_keeper.ts";
import type { HelperPrograms } from "../host/helper_programs.ts";
import { ModuleGraphs } from "../host/module_graphs.ts";
import type { OrphanReaper } from "../host/orphan_reaper.ts";
import { ProcessHost } from "../host/process_host.ts";
import type { WorkerPlace } from "../host/worker_place.ts";

const MIB = 2 ** 20;

/** Parts that a server owns, in the order in which they were built. */
export interface Parts {
  ticker: Ticker;
  log: ServerLog;
  endLog: EndLog;
  taskLog: TaskLog;
  reaper: OrphanReaper;
  descendants: DescendantKeeper;
  systemTurns: SystemTurns;
  helpers: HelperPrograms;
  graphs: ModuleGraphs;
  dispatcher: Dispatcher<Streams>;
  profiles: Profiles;
  pipelines: Pipelines;
  schedules: Schedules;
  backups: Backups;
  slots: Slots;
  queue: FairQueue;
  store: TaskStore;
  clients: Listener;
  workers: Listener;
  place: WorkerPlace;
  sessions: Set<ClientSession>;
  /** Connections by which clients have asked for a stop. */
  stoppers: Set<Peer>;
  address: string;
  authkeyFile: string | null;
  claim: GroupClaim | null;
  wall: ServerWall;
}

/** What parts ask of the server as a whole. */
export interface ServerFace {
  status(): ServerStatus;
  stop(mode: "drain" | "now", deadlineMs: number | undefined): void;
}

/** Builds every part of a server; none of them builds another. */
export function buildParts(options: ResolvedOptions, opened: Opened, server: ServerFace): Parts {
  const { log, listener, place, reaper, descendants, systemTurns, ticker, helpers, shares } = opened;
  const queue = new FairQueue();
  const slots = new Slots(options.numWorkers);
  const store: TaskStore = opened.store ?? new MemoryStore({
    clock: systemClock,
    ...retentionOf(options),
    // Besides the results, and the arguments of what waits.
    maxLetterBytes: options.resultRetentionMb * MIB / 4,
  });
  const { resultRetentionMs, failedRetentionMs } = options;
  // With no time for dead letters there are none.
  const leastMs = Math.min(resultRetentionMs, failedRetentionMs || Infinity);
  const expiry = new ResultExpiry(store, ticker, leastMs, () => dispatcher.stopping.checkFetched());
  const hub = new EventHub(systemClock);
  const keptLines = new KeptLines(systemClock, options.resultRetentionMs);
  const endLog = new EndLog({ log, ticker });
  const taskLog = new TaskLog(log, hub, keptLines, systemClock);
  const memory = new MemoryWatch(ticker);
  const tokens = new WorkerTokens();
  const { denoDir, ownModules, bundle, ...hands } = opened.hands;
  const moduleRoots = options.moduleRoots.map((root) => canonicalPath(folderOf(root)!));
  const graphs = new ModuleGraphs({
    ...hands,
    ownModules,
    moduleRoots,
    nameRoots: nameRootsOf(options, moduleRoots),
    moduleImports: options.moduleImports,
    compilesAhead: opened.wall.wall !== null,
    onFetch: (module, project, specifiers) => log.write("Server", "info", fetchLine(module, project, specifiers)),
    now: systemClock.now,
  });
  const { maxOutputBytes, maxFrameBytes, maxResultBytes, maxResultItems, graceMs } = options;
  const { denied } = opened;
  const profiles = new Profiles({
    ceiling: opened.ceiling,
    denied,
    graphs,
    taskTimeoutMs: options.taskTimeoutMs,
    memoryMb: options.memoryMb ?? null,
    isolation: options.isolation,
  });
  const origins = new StoredOrigins({ clock: systemClock, profiles, keyOf });
  const host = new ProcessHost({
    graphs,
    grantsOf: (profile) => profiles.grantsOf(profile),
    reaper,
    descendants,
    denoDir,
    denied,
    ownModules,
    bundle,
    place,
    maxOutputBytes,
    maxFrameBytes,
    maxResultBytes,
    maxResultItems,
    wall: opened.wall.wall,
  });
  const dispatcher = new Dispatcher({
    clock: systemClock,
    queue,
    slots,
    store,
    queueCapacity: options.queueCapacity,
    queueCapacityBytes: options.queueCapacityMb * MIB,
    openStreams: (hooks) => new Streams({ ticker, ...hooks }),
    maxDepth: options.maxDepth,
    maxCrashes: options.maxCrashes,
    maxProcesses: shares.maxProcesses,
    ticker,
    maxTasksPerWorker: options.maxTasksPerWorker,
    maxStartFailures: options.maxStartFailures,
    processors: navigator.hardwareConcurrency,
    maxSpares: options.spares === "auto" ? options.numWorkers : options.spares,
    createWorker: workerFactory({
      host,
      ticker,
      graceMs,
      allHeard: () => workers.caughtUp(),
      caughtUp: () => systemTurns.next(),
      tokens,
      memory,
      log,
      taskLog,
      hub,
    }),
    owners: () => new Set([...sessions].map(({ caller }) => caller.owner)),
    onTaskLeft: (caller) => pipelines.leaveAll(caller, true),
    onItemsEnded: (block, _from, count, failures) => endLog.items(block, count, failures),
    onSettled(task, result, isOutcome) {
      expiry.arm();
      hub.taskEnded(task.id);
      endLog.task(task, result);
      // The next server goes on with what a stop has ended.
      if (isOutcome || !store.lasts) schedules.ended(task.id, result.status);
    },
  });
  const schedules = openSchedules({ ticker, log, dispatcher, profiles, store, keepsTasks: store.lasts });
  const outboxFor = (peer: Peer) =>
    new ResultOutbox(peer, {
      find: (id) => store.peek(id),
      ticker,
      maxBytes: options.resultRetentionMb * MIB,
    });
  const pipelines = new Pipelines(ticker);
  const pauseSwitch = new PauseSwitch({ pausing: dispatcher.pausing, store, log, wall: systemClock.wall });
  const backups = new Backups({ store: opened.store, ceiling: opened.ceiling, denied, log });
  const commands = new Commands({
    dispatcher,
    profiles,
    hub,
    keptLines,
    pipelines,
    schedules: new ScheduleCommands({
      schedules,
      dispatcher,
      profiles,
      keepsTasks: store.lasts,
      store,
      wall: systemClock.wall,
    }),
    pauseSwitch,
    backups,
    life: [crypto.randomUUID(), systemClock.wall(), opened.store?.identity ?? null],
    keepsTasks: store.lasts,
    store,
    status: () => server.status(),
    quit: (mode, deadlineMs, peer) => {
      stoppers.add(peer);
      server.stop(mode, deadlineMs ?? undefined);
    },
  });
  const stoppers = new Set<Peer>();
  const { clients, workers, sessions } = openListeners(options, opened, {
    commands,
    dispatcher,
    outboxFor,
    hub,
    pipelines,
    tokens,
  });
  if (opened.store !== null) {
    opened.store.onFailed = (error) => {
      log.write("Server", "error", error.message);
      server.stop("now", undefined);
    };
  }
  pauseSwitch.restore(opened.store?.schedules ?? []);
  takeUp(store.claim(origins), dispatcher, log);
  restoreSchedules(schedules, opened.schedules, store);
  if (store.kept + store.deadLetters > 0) expiry.begin();
  const address = formatAddress(boundAddress(listener));
  return {
    ticker,
    log,
    endLog,
    taskLog,
    reaper,
    descendants,
    systemTurns,
    helpers,
    graphs,
    dispatcher,
    profiles,
    pipelines,
    schedules,
    backups,
    slots,
    queue,
    store,
    clients,
    workers,
    place,
    sessions,
    stoppers,
    address,
    authkeyFile: opened.authkeyFile,
    claim: opened.claim,
    wall: opened.wall,
  };
}
