/**
 * Factorises the numbers from 1 to 999 in processes of its own, once in order and once as they come, and some of them in
 * a loop that handles failures. Prints:
 *
 *     996 = 2 · 2 · 3 · 83
 *     997 = 997
 *     998 = 2 · 499
 *     999 = 3 · 3 · 3 · 37
 *     as they come: 999 results, 168 primes
 *     2 = 2
 *     factorise(1.5) failed: RangeError: 1.5 is no whole number from 1
 *     3 = 3
 *     factorise(-4) failed: RangeError: -4 is no whole number from 1
 */

import { defineTask, ProcessDispatcher } from "@palpable/palpable/dispatchers";

/** The prime factors of a number; the task's process finds the function in what this module exports. */
export const factorise = defineTask(
  { module: import.meta.url, name: "factorise", taskAttr: true },
  (n: number): [number, number[]] => {
    if (!Number.isInteger(n) || n < 1) throw new RangeError(`${n} is no whole number from 1`);
    const factors: number[] = [];
    let rest = n;
    for (let factor = 2; factor * factor <= rest; factor++) {
      for (; rest % factor === 0; rest /= factor) factors.push(factor);
    }
    if (rest > 1) factors.push(rest);
    return [n, factors];
  },
);

// This module is loaded by the tasks too: only the program itself runs what follows.
if (import.meta.main) {
  await using dispatcher = new ProcessDispatcher({ numWorkers: 4, isolation: "module" });
  const tasks = Array.from({ length: 999 }, (_, i) => factorise(i + 1));

  for await (const [n, factors] of dispatcher.execute(tasks, { ordered: true, chunkSize: 50 })) {
    if (n > 995) console.log(`${n} = ${factors.join(" · ")}`);
  }

  let results = 0;
  let primes = 0;
  for await (const [_, factors] of dispatcher.execute(tasks, { chunkSize: 50 })) {
    results++;
    if (factors.length === 1) primes++;
  }
  console.log(`as they come: ${results} results, ${primes} primes`);

  // A task that fails raises from its own next(); the others are not touched.
  const some = dispatcher.execute([2, 1.5, 3, -4].map((n) => factorise(n)), { ordered: true });
  for (;;) {
    try {
      const { done, value } = await some.next();
      if (done) break;
      console.log(`${value[0]} = ${value[1].join(" · ")}`);
    } catch (error) {
      console.log(`${(error as { task?: unknown }).task} failed: ${error}`);
    }
  }
}
