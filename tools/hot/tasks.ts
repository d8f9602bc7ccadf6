/**
 * The task that is looked at, and the one that looks.
 *
 * @module
 */

import type { CountedFunction } from "./main.ts";

/** What most tasks are like: values in, a value out. */
export function plain(numbers: number[], { name }: { name: string }): unknown {
  return { name, sum: numbers.reduce((one, other) => one + other, 0), isDone: true };
}

/** The functions of the bundle that this process runs, with how often each was called. */
export function countedFunctions(): Promise<CountedFunction[]> {
  return (globalThis as unknown as { countedFunctions: () => Promise<CountedFunction[]> }).countedFunctions();
}
