/**
 * The check of what a task's process says of its steps.
 *
 * @module
 */

import { MAX_STEP_NAME_CHARS } from "../core/step.ts";
import type { StepOf } from "../engine/steps.ts";
import { bytes, invalid, object, parseCount, show, text } from "./shapes.ts";

/** A step, and the attempt that has it. */
export function parseStep(body: unknown, command: string): StepOf {
  const { taskId, attempt, name } = object(body, command);
  const named = text(name, `${command}.name`);
  if (named.length > MAX_STEP_NAME_CHARS) {
    throw invalid(`${command}.name must have at most ${MAX_STEP_NAME_CHARS} characters: it is ${show(named)}`);
  }
  return { taskId: text(taskId, `${command}.taskId`), attempt: parseCount(attempt), name: named };
}

/** The encoded value of a step; a view. */
export function parseStepValue(body: unknown): Uint8Array {
  return bytes(object(body, "keepStep").value, "keepStep.value");
}
