/**
 * How a server stops: it takes nothing new, hands back what waits, lets what runs end or kills it, offers what is there,
 * and closes its parts, senders before receivers.
 *
 *     running ──► draining ──► stopping ──► finished
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { requireMs } from "../core/require_number.ts";
import { showValue } from "../core/show_value.ts";
import { FAREWELL_MS, type Peer } from "../wire/peer.ts";
import type { Parts } from "./parts.ts";
import type { SignalHandler } from "./signal_handler.ts";

/** Options of `Server.stop`. */
export interface StopOptions {
  /** `"drain"` lets what runs end and hands back what waits, `"now"` kills what runs. @default {"drain"} */
  mode?: "drain" | "now";
  /**
   * A drain that takes so many milliseconds ends as with `"now"`. Until then it offers results that nobody has fetched.
   * @default {the server's drainDeadlineMs}
   */
  deadlineMs?: number;
}

/** The end of one server. */
export class Shutdown {
  #parts: Parts;
  #drainDeadlineMs: number | undefined;
  #state: "running" | "draining" | "stopping" = "running";
  #stopped: Promise<void> | null = null;
  /** Clients that were told that the server stops have asked for what they want to have before. */
  #told: Promise<unknown> = Promise.resolve();
  /** The drain is over before all that it waits for has happened. */
  #hurried = Promise.withResolvers<void>();
  /** The drain is bound to end. */
  #hasDeadline = false;
  #finished = Promise.withResolvers<void>();
  /** What else is closed. */
  signals: SignalHandler | null = null;

  /** Of a server whose drains have `drainDeadlineMs`, unless they say otherwise. */
  constructor(parts: Parts, drainDeadlineMs: number | undefined) {
    this.#parts = parts;
    this.#drainDeadlineMs = drainDeadlineMs;
  }

  /** How far it is. */
  get state(): "running" | "draining" | "stopping" {
    return this.#state;
  }

  /** Resolves when the server has stopped. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  /**
   * Stops; a stop with mode `"now"` hurries a drain along.
   *
   * @throws {TypeError} for a deadline that is no number. @throws {RangeError} for options that are none.
   */
  stop({ mode = "drain", deadlineMs = this.#drainDeadlineMs }: StopOptions): Promise<void> {
    if (mode !== "drain" && mode !== "now") {
      throw new RangeError(`Cannot stop: mode must be "drain" or "now": current value is ${showValue(mode)}`);
    }
    requireMs("deadlineMs", deadlineMs);
    const { ticker, log } = this.#parts;
    if (this.#stopped === null) {
      log.write("Server", "info", `Stopping (${mode})`);
      this.#state = "draining";
      this.#drain();
      this.#stopped = this.#shutDown();
    }
    if (mode === "now") this.#killAll();
    else if (deadlineMs !== undefined && deadlineMs !== Infinity) {
      this.#hasDeadline = true;
      ticker.after(deadlineMs, () => this.#killAll());
    }
    return this.#stopped;
  }

  #drain(): void {
    const { dispatcher, pipelines, schedules, backups, sessions, log } = this.#parts;
    pipelines.quiet();
    schedules.quiet();
    backups.quiet();
    dispatcher.stopping.drain();
    const { handedBack, lost } = dispatcher.totals;
    this.#told = Promise.all([...sessions].map(({ peer }) => peer.call("stopping", null).catch(() => {})));
    if (handedBack > 0) log.write("Server", "info", `Handed ${handedBack} waiting tasks back to their clients`);
    if (lost > 0) {
      log.write("Server", "warning", `Lost ${lost} waiting tasks: the clients that submitted them are away`);
    }
  }

  #killAll(): void {
    this.#state = "stopping";
    this.#hurried.resolve();
    this.#parts.dispatcher.stopping.killAll(0);
    void this.#parts.pipelines.stop("now");
  }

  /** Clients get what is on its way to them, and what they ask for; with a deadline all that was not fetched is kept. */
  async #offerResults(): Promise<void> {
    const { dispatcher, sessions, ticker, store } = this.#parts;
    const { promise: late, resolve } = Promise.withResolvers<void>();
    ticker.after(FAREWELL_MS, resolve);
    await Promise.race([this.#told, late]);
    await Promise.all([...sessions].map(({ outbox }) => outbox.whenTaken()));
    // What lasts can be fetched from the next server.
    if (this.#hasDeadline && !store.lasts) {
      await new Promise<void>((fetched) => dispatcher.stopping.whenFetched(fetched));
    }
  }

  /** Senders before receivers: tasks end and their results leave before the connections that carry them close. */
  async #shutDown(): Promise<void> {
    const {
      dispatcher,
      pipelines,
      clients,
      workers,
      place,
      sessions,
      stoppers,
      systemTurns,
      reaper,
      descendants,
      helpers,
      graphs,
      store,
      ticker,
      log,
      endLog,
      claim,
    } = this.#parts;
    await new Promise<void>((idle) => dispatcher.stopping.whenIdle(idle));
    await pipelines.stop("drain");
    await Promise.race([this.#offerResults(), this.#hurried.promise]);
    this.#state = "stopping";
    // Before the connections close: who looks the group up again is not to find this server, and the next may start.
    await claim?.release().catch((error) =>
      log.write("Server", "warning", `Cannot give up the group: ${error.message}`)
    );
    // First: whoever came in after this look would be left behind with a server that is gone.
    await clients.close();
    const closeAll = (peers: Peer[]) => Promise.all(peers.map((peer) => peer.close(stoppingError())));
    await closeAll([...sessions].map(({ peer }) => peer).filter((peer) => !stoppers.has(peer)));
    await workers.close();
    place.close();
    // Now that nobody else can acknowledge anything any more.
    await store[Symbol.asyncDispose]();
    // Last: for who has asked for the stop, that it is over says that another may have the store.
    await closeAll([...sessions].map(({ peer }) => peer));
    await Promise.all([reaper.close(), helpers.close()]);
    await graphs.settled();
    descendants.close();
    this.signals?.close();
    systemTurns.close();
    ticker.stop();
    endLog.flush();
    log.write("Server", "info", "Stopped");
    await log.close();
    this.#finished.resolve();
  }
}

function stoppingError(): TaskError {
  return new TaskError("SERVER_STOPPING", "The server is stopping");
}
