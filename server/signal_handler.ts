/**
 * SIGINT and SIGTERM: the first drains, a second one stops now.
 *
 * @module
 */

const SIGNALS: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT", "SIGBREAK"] : ["SIGINT", "SIGTERM"];

/** Listens to signals until it is closed. */
export class SignalHandler {
  #onSignal: () => void;

  constructor(stop: (mode: "drain" | "now") => void) {
    let count = 0;
    this.#onSignal = () => stop(count++ === 0 ? "drain" : "now");
    for (const signal of SIGNALS) Deno.addSignalListener(signal, this.#onSignal);
  }

  close(): void {
    for (const signal of SIGNALS) Deno.removeSignalListener(signal, this.#onSignal);
  }
}
