/** A signal that knows how many listeners it has at the moment. */
export class CountedSignal {
  readonly signal: AbortSignal;
  #controller = new AbortController();
  #listeners = new Set<unknown>();
  #once = new Set<unknown>();

  constructor() {
    const { signal } = this.#controller;
    const { addEventListener, removeEventListener } = signal;
    this.signal = Object.assign(signal, {
      addEventListener: (...args: Parameters<typeof addEventListener>) => {
        this.#listeners.add(args[1]);
        if ((args[2] as { once?: boolean } | undefined)?.once) this.#once.add(args[1]);
        addEventListener.apply(signal, args);
      },
      removeEventListener: (...args: Parameters<typeof removeEventListener>) => {
        this.#listeners.delete(args[1]);
        removeEventListener.apply(signal, args);
      },
    });
  }

  /** How many listen. */
  get listeners(): number {
    return this.#listeners.size;
  }

  abort(reason?: unknown): void {
    this.#controller.abort(reason);
    for (const listener of this.#once) this.#listeners.delete(listener);
  }
}
