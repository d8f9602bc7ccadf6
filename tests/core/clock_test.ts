import { assertEquals } from "@std/assert";
import { systemClock } from "../../core/clock.ts";

const MOST = 2 ** 31 - 1;

/** The runtime's timers, turned by hand. */
class Timers implements Disposable {
  readonly set: number[] = [];
  #next: (() => void) | null = null;
  #own = [globalThis.setTimeout, globalThis.clearTimeout] as const;

  constructor() {
    globalThis.setTimeout = ((callback: () => void, ms: number) => {
      this.#next = callback;
      return this.set.push(ms);
    }) as unknown as typeof setTimeout;
    globalThis.clearTimeout = () => this.#next = null;
  }

  get isSet(): boolean {
    return this.#next !== null;
  }

  fire(): void {
    const next = this.#next!;
    this.#next = null;
    next();
  }

  [Symbol.dispose](): void {
    [globalThis.setTimeout, globalThis.clearTimeout] = this.#own;
  }
}

Deno.test("V7: schedule() waits for longer than the runtime's timers take, in parts", () => {
  using timers = new Timers();
  let fired = 0;
  systemClock.schedule(2 * MOST + 5, () => fired++);
  for (const expected of [0, 0, 1]) {
    timers.fire();
    assertEquals(fired, expected);
  }
  assertEquals(timers.set, [MOST, MOST, 5]);
  systemClock.schedule(-1, () => fired++);
  assertEquals(timers.set.at(-1), 0);
});

Deno.test("V7: what schedule() gives prevents it in each of the parts, and one without end never comes", () => {
  using timers = new Timers();
  for (const parts of [0, 1]) {
    const cancel = systemClock.schedule(2 * MOST, () => {});
    for (let part = 0; part < parts; part++) timers.fire();
    assertEquals(timers.isSet, true);
    cancel();
    assertEquals(timers.isSet, false);
  }
  systemClock.schedule(Infinity, () => {});
  for (let part = 0; part < 100; part++) timers.fire();
  assertEquals(timers.isSet, true);
});
