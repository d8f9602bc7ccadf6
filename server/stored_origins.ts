/**
 * Where tasks come from, as text in a store's file. What is written is what was asked for: the next server resolves it
 * anew, so that its ceiling, its roots and its limits hold, and not those of the day.
 *
 * @module
 */

import { type Clock, steadyWall } from "../core/clock.ts";
import { TaskError } from "../core/errors.ts";
import { NO_PERMISSIONS } from "../core/permissions.ts";
import type { Profile } from "../core/profile.ts";
import type { LimitPolicy } from "../core/key_limit.ts";
import type { RetryPolicy } from "../core/retry.ts";
import type { Unique } from "../core/unique.ts";
import type { Origins, StoredOrigin } from "../engine/task_store.ts";
import {
  type Ancestor,
  type ClientKey,
  type KeyLimit,
  type Origin,
  reuseKeyFor,
  type ServerLossRule,
} from "../engine/task.ts";
import { type UniqueOrigin, uniqueOrigin } from "../engine/unique.ts";
import type { ProfileRequest, Profiles } from "./profiles.ts";

/** What is a submission's own. */
interface Own {
  /** The tasks above, the nearest first. */
  readonly above: readonly string[];
  readonly timeoutMs: number;
  readonly depth: number;
  readonly owner: string;
  readonly key: readonly [name: string, weight: number];
  readonly lane: string;
  readonly submittedAt: number;
  /** By when each is to have begun: how long it might wait, and the time of day at which that is over. */
  readonly start: readonly [withinMs: number, by: number] | null;
  /** When they come into line: how long they were to wait, and the time of day at which that is over. */
  readonly delay: readonly [ms: number, until: number] | null;
  readonly retry: RetryPolicy | null;
  /** Left out where there is none. */
  readonly limit?: LimitPolicy & Pick<KeyLimit, "name" | "passes">;
  readonly unique?: Unique;
  /** Left out for "rerun". */
  readonly onServerLoss?: ServerLossRule;
}

/** What is needed to read it. */
export interface StoredOriginsParams {
  clock: Clock;
  profiles: Pick<Profiles, "requestsOf" | "profileFor">;
  /** The key of this name that clients have proved. */
  keyOf(name: string, weight: number): ClientKey;
}

/** Writes and reads origins. */
export class StoredOrigins implements Origins {
  #params: StoredOriginsParams;
  #wall: () => number;
  #texts = new WeakMap<Profile, string>();

  constructor(params: StoredOriginsParams) {
    this.#params = params;
    this.#wall = steadyWall(params.clock);
  }

  write(origin: Origin): StoredOrigin {
    const {
      profile,
      timeoutMs,
      depth,
      owner,
      clientKey,
      lane,
      submittedAt,
      start,
      delay,
      retry,
      limit,
      unique,
      onServerLoss,
    } = origin;
    const above: string[] = [];
    for (let at = origin.parent; at !== null; at = at.parent) above.push(at.id);
    const ahead = this.#wall() - this.#params.clock.now();
    const own: Own = {
      above,
      timeoutMs,
      depth,
      owner,
      key: [clientKey.name, clientKey.weight],
      lane,
      submittedAt,
      start: start === null ? null : [start.withinMs, start.by + ahead],
      delay: delay === null ? null : [delay.ms, delay.until + ahead],
      retry,
      ...(limit !== null && { limit }),
      ...(unique !== null && { unique: { key: unique.key, during: unique.during, onConflict: unique.onConflict } }),
      ...(onServerLoss === "fail" && { onServerLoss }),
    };
    let text = this.#texts.get(profile);
    if (text === undefined) this.#texts.set(profile, text = JSON.stringify(this.#params.profiles.requestsOf(profile)));
    return { profile: text, own: JSON.stringify(own) };
  }

  read({ profile: text, own }: StoredOrigin): { origin: Origin; refusal: TaskError | null } {
    const requests = JSON.parse(text) as ProfileRequest[];
    try {
      const profile = this.#resolve(requests);
      return { origin: this.#originFrom(JSON.parse(own) as Own, profile), refusal: null };
    } catch (error) {
      if (!(error instanceof TaskError)) throw error;
      const profile = withoutRights(requests.at(-1)!);
      return { origin: this.#originFrom(JSON.parse(own) as Own, profile), refusal: error };
    }
  }

  /** From the client's task down. */
  #resolve(requests: readonly ProfileRequest[]): Profile {
    let profile: Profile | null = null;
    for (const request of requests) profile = this.#params.profiles.profileFor(request, profile);
    return profile!;
  }

  #originFrom(own: Own, profile: Profile): Origin {
    const { above, timeoutMs, depth, owner, key, lane, submittedAt, start, delay, retry, limit, unique, onServerLoss } =
      own;
    const clientKey = this.#params.keyOf(...key);
    const parent = above.reduceRight<Ancestor | null>((parent, id) => ({ id, parent }), null);
    return {
      profile,
      parent,
      timeoutMs: Math.min(timeoutMs, profile.timeoutMs),
      endsBy: Infinity,
      depth,
      owner,
      clientKey,
      lane,
      group: null,
      reuseKey: reuseKeyFor(profile, owner, null),
      start: start === null ? null : { withinMs: start[0], by: this.#params.clock.now() + this.#leftOf(start) },
      delay: delay === null
        ? null
        : { ms: delay[0], until: this.#params.clock.now() + this.#leftOf(delay), isOver: this.#leftOf(delay) === 0 },
      retry,
      limit: limit === undefined ? null : { ...limit, isTakenUp: true },
      unique: unique === undefined ? null : this.#uniqueFrom(unique, clientKey, parent, submittedAt),
      bound: false,
      durable: true,
      onServerLoss: onServerLoss ?? "rerun",
      submittedAt,
    };
  }

  #uniqueFrom(unique: Unique, clientKey: ClientKey, parent: Ancestor | null, submittedAt: number): UniqueOrigin {
    const { during } = unique;
    const left = typeof during === "number" ? this.#leftOf([during, submittedAt + during]) : Infinity;
    return uniqueOrigin(unique, clientKey, parent, this.#params.clock.now() + left);
  }

  /** Somebody may have set the computer's clock since: never more than there was at first. */
  #leftOf([ms, end]: readonly [number, number]): number {
    return Math.min(ms, Math.max(0, end - this.#wall()));
  }
}

/** For tasks that may not run any more: what they were called. */
function withoutRights({ target, profile: { timeoutMs, memoryMb, name } }: ProfileRequest): Profile {
  return Object.freeze({
    target,
    permissions: NO_PERMISSIONS,
    spellings: {},
    timeoutMs: timeoutMs ?? 1,
    memoryMb,
    priority: 0,
    isolation: "task",
    stream: false,
    worker: false,
    limits: [],
    mayQuote: false,
    spawnKey: "",
    name: name ?? target.name,
  });
}
