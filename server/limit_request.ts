/**
 * The check of what a submission says of a limit by key.
 *
 * @module
 */

import { isRate, isTaskCount, type LimitPolicy, MAX_FIGURE, MIN_PER_SECOND } from "../core/key_limit.ts";
import { type Fields, invalid, object, parseKey, show } from "./shapes.ts";

const COUNT = `a whole number from 1 to ${MAX_FIGURE}, such as 2`;

/** Most submissions say nothing of it. */
export function parseLimit({ limit }: Fields): { limit?: LimitPolicy } {
  if (limit == null) return {};
  const { key, concurrency, perSecond, burst } = object(limit, "submit.limit");
  const policy: LimitPolicy = {
    key: parseKey(key, "limit.key", "example.org"),
    concurrency: figure(concurrency, "concurrency", isTaskCount, COUNT),
    perSecond: figure(perSecond, "perSecond", isRate, `a number from ${MIN_PER_SECOND} to ${MAX_FIGURE}, such as 0.5`),
    burst: figure(burst, "burst", isTaskCount, COUNT) ?? 1,
  };
  if (policy.concurrency === null && policy.perSecond === null) {
    throw invalid(`submit.limit must have concurrency or perSecond, such as { key: "example.org", concurrency: 1 }`);
  }
  return { limit: policy };
}

function figure(value: unknown, name: string, fits: (value: number) => boolean, must: string): number | null {
  if (value == null) return null;
  if (typeof value === "number" && fits(value)) return value;
  throw invalid(`limit.${name} must be ${must}: it is ${show(value)}`);
}
