/**
 * Submissions in messages, as types; no logic. See `message.ts`.
 *
 * @module
 */

import type { LimitPolicy } from "../core/key_limit.ts";
import type { RetryPolicy } from "../core/retry.ts";
import type { Unique } from "../core/unique.ts";
import type { WirePacked } from "./packed_values.ts";

/** What a task runs. `within` is a module whose project the task belongs to, where that is not the module's own. */
export type WireTarget =
  | readonly ["export", module: string, name: string]
  | readonly ["procedure", module: string, name: string, within: string | null]
  | readonly ["source", text: string, name: string];

/** What tasks of one submission share. */
export interface WireProfile {
  target: WireTarget;
  permissions: unknown;
  timeoutMs: number | null;
  memoryMb: number | null;
  isolation: "task" | "module" | null;
  priority: number;
  name: string | null;
  /** What the tasks yield is sent item by item to whoever submits them, and they may be sent items. */
  stream: boolean;
  /** Of a stream: it runs as a worker, see {@linkcode WorkerOrder}. @default {false} */
  worker?: boolean;
}

/** `submit`: accept tasks. Reply: how many were accepted, always all of them. */
export interface SubmitBody {
  profile: WireProfile;
  /** The id, made by the caller (so that submitting again is harmless), and the encoded arguments. */
  tasks: readonly (readonly [id: string, input: Uint8Array])[];
  /**
   * Instead of tasks: items of the group, which are awaited. The number of the first, which makes their ids (see
   * `core/item_id.ts`), the encoded arguments, and for each 1 where the caller has its result (null: it has none).
   */
  items?: readonly [firstNumber: number, inputs: WirePacked, known: Uint8Array | null];
  /** Push the results here when they are known. From a task: it waits for them, and lends its slot. */
  await: boolean;
  /** Cancel them when the submitting task ends: nobody could take the results. */
  bound: boolean;
  /** Name them in the submitting task's result. */
  followup: boolean;
  /** The map that these are items of: its id, and how many items one process runs (null: as many as pay off). */
  group: readonly [id: string, chunkSize: number | null] | null;
  /** From a client: what it has put in line as one thing, such as a task queue; such lanes take turns. A map is one. */
  lane?: string;
  /** Give each up that has not begun so many milliseconds from now; null, or left out: it may wait for ever. */
  startBeforeMs?: number | null;
  /** Each comes into line so many milliseconds from now; null, or left out: at once. */
  delayMs?: number | null;
  /** So many of these milliseconds were over when this was sent. @default {0} */
  waitedMs?: number;
  /** Further attempts when one fails; null, or left out: none. */
  retry?: RetryPolicy | null;
  /** How many tasks that name the key may run at once, and start in a second; null, or left out: any number. */
  limit?: LimitPolicy | null;
  /** Of its one task: a key of which there is to be one at a time; null, or left out: none. */
  unique?: Unique | null;
  /** Outlive the server, or do not, where `bound` and `items` are not given; null, or left out: where it has a store. */
  durable?: boolean | null;
  /** A durable task that ran when its server ended runs again, or fails with SERVER_LOST; null, or left out: runs again. */
  onServerLoss?: "rerun" | "fail" | null;
  /** With a full queue: wait for room (true) or refuse with QUEUE_FULL (false). */
  waitForRoom: boolean;
}
