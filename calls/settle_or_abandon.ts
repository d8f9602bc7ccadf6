/**
 * Work for tasks that their caller's signal ends.
 *
 * @module
 */

import { abandonTasks } from "./abandon_tasks.ts";
import type { Link } from "./link.ts";

/** Settles as the work does, or with the reason of the signal, which cancels the tasks. */
export async function settleOrAbandon<T>(
  link: Link,
  signal: AbortSignal | undefined,
  ids: readonly string[],
  work: Promise<T>,
): Promise<T> {
  if (signal === undefined) return await work;
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => {
    abandonTasks(link, ids);
    reject(signal.reason);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
