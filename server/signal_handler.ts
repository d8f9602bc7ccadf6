/**
 * Signals to a server: of SIGINT and SIGTERM the first drains, and a second one stops now; SIGHUP, which is to have it
 * open its log files anew, ends nothing.
 *
 * @module
 */

const IS_WINDOWS = Deno.build.os === "windows";
const STOPS: readonly Deno.Signal[] = IS_WINDOWS ? ["SIGINT", "SIGBREAK"] : ["SIGINT", "SIGTERM"];

/** What signals ask of a server. */
export interface SignalHandlerParams {
  stop(mode: "drain" | "now"): void;
  /** Whoever puts log files aside has done so; or the terminal is gone, which is no matter of a server's. */
  hangUp(): void;
}

/** Listens to signals until it is closed. */
export class SignalHandler {
  #listeners: [Deno.Signal, () => void][];

  constructor({ stop, hangUp }: SignalHandlerParams) {
    let count = 0;
    const onStop = () => stop(count++ === 0 ? "drain" : "now");
    this.#listeners = STOPS.map((signal) => [signal, onStop]);
    if (!IS_WINDOWS) this.#listeners.push(["SIGHUP", hangUp]);
    for (const [signal, listener] of this.#listeners) Deno.addSignalListener(signal, listener);
  }

  close(): void {
    for (const [signal, listener] of this.#listeners) Deno.removeSignalListener(signal, listener);
  }
}
