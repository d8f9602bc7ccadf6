/**
 * What one decode may make of bytes that come from a less trusted side, counted while it reads and before anything is
 * built. A frame's length says little: one byte may be an empty object of a hundred, twenty may be an error of two
 * thousand and 9 µs. So what a message holds is weighed, in items:
 *
 * | what                                    | items                                    | memory, time of the dearest    |
 * | --------------------------------------- | ---------------------------------------- | ------------------------------ |
 * | an element of a list, a number, a text  | 1                                        | 8 to 44 bytes, 35 to 170 ns    |
 * | a key of an object and its value        | 2, or 10 in one of more than 128 keys    | 160 bytes, 1 µs                |
 * | a list or an object, besides            | 4                                        | 120 bytes, 350 ns              |
 * | an entry of a Map, an element of a Set  | 4                                        | 100 bytes, 300 ns              |
 * | Date, bigint and the like, besides      | 6                                        | 170 bytes, 550 ns              |
 * | Map, Set, RegExp, list with holes       | 12                                       | 250 bytes, 700 ns              |
 * | bytes of any kind, URL                  | 20                                       | 460 bytes, 2.2 µs              |
 * | Headers, URLSearchParams, Temporal      | 60, and 10 for each header or parameter  | 300 bytes, 4.2 µs              |
 * | Headers of n headers, besides           | half of n × n                            | 0 bytes, 30 ns                 |
 * | Error                                   | 100                                      | 1,700 bytes, 9 µs              |
 *
 * The encoder counts in the same way, so that who stays below the limit can be sure to arrive.
 *
 * @module
 */

import type { ErrorCode } from "../core/errors.ts";

/** What each thing costs; containers besides what is in them. */
export const COST = {
  container: 4,
  pair: 2,
  pairOfMany: 10,
  entry: 4,
  value: 6,
  collection: 12,
  bytes: 20,
  named: 60,
  error: 100,
} as const;

/** Objects of more keys than this are hash tables. */
const MANY_KEYS = 128;

/** What the keys and values of an object cost. */
export function costOfPairs(count: number): number {
  return count > MANY_KEYS ? count * COST.pairOfMany : count * COST.pair;
}

/**
 * What an object of a named class costs, besides its content: of a list each element is looked at again. Each header is
 * compared with those before it.
 */
export function costOfNamed(name: string, content: unknown): number {
  if (!Array.isArray(content)) return COST.named;
  const pairs = content.length / 2;
  return COST.named + COST.entry * content.length + (name === "Headers" ? Math.ceil(pairs * pairs / 2) : 0);
}

/** Limits of one decode. */
export interface DecodeBudget {
  /** Items in all, weighed. */
  readonly items: number;
  /** Levels of containers within each other. */
  readonly depth: number;
  /** Bytes of all texts of more than 31 bytes. */
  readonly textBytes: number;
  /** Keys of one object. */
  readonly keys: number;
  /** Numbers and bigints that are keys of Maps and elements of Sets: the engine's hash of them is known to everybody. */
  readonly numberKeys: number;
  /** Calls and pushes with payloads: these alone may be large frames. Null where anything may. */
  readonly largeNames: ReadonlySet<string> | null;
  /** False: no message has a use for a Map, a Set, a list with holes and the like, and they are left unread. */
  readonly takesCollections: boolean;
  /** What who has sent more is told. */
  readonly code: ErrorCode;
  /** The limits' name, for people. */
  readonly named: string;
}

/** For bytes of one's own. */
export const UNBOUNDED: DecodeBudget = Object.freeze({
  items: Infinity,
  depth: Infinity,
  textBytes: Infinity,
  keys: Infinity,
  numberKeys: Infinity,
  largeNames: null,
  takesCollections: true,
  code: "MALFORMED_MESSAGE",
  named: "",
});

/**
 * Client or task to server, and worker process to its program: the envelope around opaque payloads.
 *
 * - **items**: a thread that decodes for seconds is deaf for everybody. The largest honest one is a submission of
 *   10,000 tasks: for each a list of two, an id and bytes, 27 items. 300,000 take at most 20 ms of any kind.
 * - **depth**: a permission's entry is at the fifth level, the cause of an error within bye at the third.
 * - **textBytes**: ids of 10,000 tasks are 360 KiB, a sent function's source at most 1 MiB, log lines of one push 1.5
 *   MiB.
 * - **largeNames**: 64 MiB are read for a payload, which stays bytes; anything else is at most 4 MiB.
 * - **keys**: every object of an envelope has a known shape. Keys that collide, or that are a hundred thousand, are
 *   none.
 */
export const ENVELOPE_BUDGET: DecodeBudget = Object.freeze({
  items: 300_000,
  depth: 32,
  textBytes: 2 * 1024 * 1024,
  keys: 64,
  numberKeys: 0,
  largeNames: new Set(["submit", "pipe", "input", "outcome", "outcomes", "items"]),
  takesCollections: false,
  code: "MALFORMED_MESSAGE",
  named: "a message to a server",
});

/**
 * Where a server reads a client's item, or what a stage made of it, itself: a `switchBy`, a stage's error. The thread
 * is everybody's, so it is bounded as an envelope is, but may be any value.
 */
export const ITEM_BUDGET: DecodeBudget = Object.freeze({
  items: 300_000,
  depth: Infinity,
  textBytes: 8 * 1024 * 1024,
  keys: 10_000,
  numberKeys: 2000,
  largeNames: null,
  takesCollections: true,
  code: "ITEM_TOO_LARGE",
  named: "an item that the server itself looks at",
});

/**
 * A stage's answer, in the thread that runs its pipeline: outputs are bytes in it, and what is around them are two
 * numbers for each item of a batch.
 */
export const ANSWER_BUDGET: DecodeBudget = Object.freeze({
  ...ITEM_BUDGET,
  code: "RESULT_TOO_LARGE",
  named: "what a stage's worker gave",
});

/**
 * Items of a result, a stream's item or an output where nobody says otherwise. 20 million take at most 600 MB and 2 s:
 * a client stays alive, and who expects more raises `maxResultItems`.
 */
export const DEFAULT_RESULT_ITEMS = 20_000_000;

/** Bytes of a result where nobody says otherwise: what a message may have. */
export const DEFAULT_RESULT_BYTES = 64 * 1024 * 1024;

/** Both, for who encodes. */
export const DEFAULT_RESULT_LIMITS = { bytes: DEFAULT_RESULT_BYTES, items: DEFAULT_RESULT_ITEMS } as const;

/** What a task gives, where its caller decodes it. */
export function resultBudget(items: number = DEFAULT_RESULT_ITEMS): DecodeBudget {
  return {
    items,
    depth: Infinity,
    textBytes: Infinity,
    keys: Infinity,
    numberKeys: Infinity,
    largeNames: null,
    takesCollections: true,
    code: "RESULT_TOO_LARGE",
    named: "a result here (maxResultItems)",
  };
}

/**
 * Server to client, and to a task's process: the envelope holds what the server has checked, and long lists of it, such
 * as the ids of all that a task has submitted. As much as a result may hold.
 */
export const REPLY_BUDGET: DecodeBudget = Object.freeze({
  ...resultBudget(),
  code: "MALFORMED_MESSAGE",
  named: "a message of a server",
});
