/**
 * Which tasks outlive the server, and what becomes of those that ran when it ended.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import type { ServerLossRule } from "../engine/task.ts";
import { type Fields, invalid, show } from "./shapes.ts";
import type { SubmitRequest } from "./submit_request.ts";

/** What a submission says of it: nothing, for most. */
export interface DurabilityRequest {
  /** It is asked for, or asked not to be. */
  durable?: boolean;
  onServerLoss?: ServerLossRule;
}

/** What holds for the tasks of a submission. */
export interface Durability {
  readonly durable: boolean;
  readonly onServerLoss: ServerLossRule;
}

/** Checks what a submission says of it. */
export function parseDurability({ durable, onServerLoss }: Fields): DurabilityRequest {
  if (durable == null && onServerLoss == null) return {};
  if (durable != null && typeof durable !== "boolean") {
    throw invalid(`submit.durable must be true or false: it is ${show(durable)}`);
  }
  if (onServerLoss != null && onServerLoss !== "rerun" && onServerLoss !== "fail") {
    throw invalid(`submit.onServerLoss must be "rerun" or "fail": it is ${show(onServerLoss)}`);
  }
  return { ...(durable != null && { durable }), ...(onServerLoss != null && { onServerLoss }) };
}

/**
 * What holds at a server that keeps tasks, or does not. Whoever waits for a result holds the arguments, and submits them
 * again; what streams is in memory.
 *
 * @throws {TaskError} `NO_STORE` or `INVALID_REQUEST` for what is asked for and cannot be had.
 */
export function durabilityOf(request: SubmitRequest, keepsTasks: boolean): Durability {
  const { durable, onServerLoss = "rerun", bound, items, profile } = request;
  const mayBe = !bound && items === undefined && !profile.stream;
  if (durable === true || onServerLoss === "fail") {
    const what = durable === true ? "durable: true" : 'onServerLoss: "fail"';
    if (!mayBe) {
      throw invalid(`${what} is for what is submitted and lives on: not for what its caller awaits, or streams`);
    }
    if (durable === false) throw invalid(`${what} is for durable tasks, and durable is false`);
    if (!keepsTasks) {
      throw new TaskError(
        "NO_STORE",
        `Cannot use ${what}: the server keeps nothing; start it with a store (--store FILE)`,
      );
    }
  }
  return { durable: keepsTasks && mayBe && durable !== false, onServerLoss };
}
