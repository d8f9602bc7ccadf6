/**
 * What holds of recorded steps everywhere: how many there may be, and how large.
 *
 * @module
 */

/** Steps of one task. */
export const MAX_STEPS = 1000;

/** The encoded value of one. */
export const MAX_STEP_BYTES = 1_048_576;

/** All that is recorded of one task. */
export const MAX_TASK_STEP_BYTES = 16 * 1_048_576;

/** All that a server has recorded, of all tasks: it is in memory, whatever lies on a disk too. */
export const MAX_ALL_STEP_BYTES = 256 * 1_048_576;

/** Of the name of one. */
export const MAX_STEP_NAME_CHARS = 200;

/** What is known of a step: how many the task has recorded, and the encoded value of this one; null: it is none of them. */
export type KnownStep = readonly [recorded: number, value: Uint8Array | null];

/** Where no task has another attempt, nothing is recorded. */
export const NOTHING_RECORDED: KnownStep = [0, null];

/** A call by which a task asks for a step, or has one recorded, where there is no server. Undefined for any other. */
export function unrecordedStep(command: string): KnownStep | null | undefined {
  if (command === "step") return NOTHING_RECORDED;
  return command === "keepStep" ? null : undefined;
}
