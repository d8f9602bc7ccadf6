/**
 * Timers of this thread that have not fired.
 *
 * @module
 */

type Timer = Parameters<typeof clearTimeout>[0];

/** Counts them from when it is made. */
export class PendingTimers {
  #timers = new Set<Timer>();

  constructor() {
    const timers = this.#timers;
    const { setTimeout, setInterval, clearTimeout, clearInterval } = globalThis;
    const counted = (callback: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        callback(...args);
      }, ms);
      timers.add(timer);
      return timer;
    };
    const countedInterval = (callback: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => {
      const timer = setInterval(callback, ms, ...args);
      timers.add(timer);
      return timer;
    };
    const forget = (clear: (timer: Timer) => void) => (timer?: Timer) => {
      timers.delete(timer);
      clear(timer);
    };
    define("setTimeout", counted);
    define("setInterval", countedInterval);
    define("clearTimeout", forget(clearTimeout));
    define("clearInterval", forget(clearInterval));
  }

  get size(): number {
    return this.#timers.size;
  }

  /** Those that there are do not count any more. */
  disregard(): void {
    this.#timers.clear();
  }
}

function define(name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true, enumerable: true });
}
