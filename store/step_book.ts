/**
 * The values of steps that tasks have recorded, by task and name, within bounds.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { MAX_ALL_STEP_BYTES, MAX_STEP_BYTES, MAX_STEPS, MAX_TASK_STEP_BYTES } from "../core/step.ts";

/** A step takes about so much besides its name and its value. */
const STEP_BYTES = 200;

interface TaskSteps {
  readonly values: Map<string, Uint8Array>;
  bytes: number;
}

/** Steps of all tasks. */
export class StepBook {
  #byTask = new Map<string, TaskSteps>();
  #bytes = 0;
  #maxBytes: number;

  /** Takes so many bytes of all tasks. */
  constructor(maxBytes: number = MAX_ALL_STEP_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** How many tasks have recorded any. */
  get size(): number {
    return this.#byTask.size;
  }

  /** What a task has recorded. */
  of(taskId: string): ReadonlyMap<string, Uint8Array> {
    return this.#byTask.get(taskId)?.values ?? NONE;
  }

  /** @throws {TaskError} `STEPS_FULL` when there is no room, so that no step runs that could not be recorded. */
  requireRoom(name: string): void {
    if (this.#bytes + STEP_BYTES <= this.#maxBytes) return;
    const what = `Cannot run step ${JSON.stringify(name)}: ${this.#all()}; there is room once others have ended`;
    throw new TaskError("STEPS_FULL", what);
  }

  /**
   * Adds a value, which is copied.
   *
   * @throws {TaskError} `DUPLICATE_STEP` for what the task has recorded; `STEP_LIMIT`, naming the bound.
   */
  add(taskId: string, name: string, value: Uint8Array): void {
    const steps = this.#byTask.get(taskId) ?? { values: new Map<string, Uint8Array>(), bytes: 0 };
    const bytes = bytesOf(name, value);
    if (steps.values.has(name)) {
      const what = `Cannot record step ${JSON.stringify(name)}: the task has recorded one of this name`;
      throw new TaskError("DUPLICATE_STEP", what);
    }
    if (value.length > MAX_STEP_BYTES) {
      throw refusal(name, `its value has ${value.length} bytes, and ${MAX_STEP_BYTES} are allowed`);
    }
    if (steps.values.size >= MAX_STEPS) throw refusal(name, `the task has recorded ${MAX_STEPS}, the most of a task`);
    if (steps.bytes + bytes > MAX_TASK_STEP_BYTES) {
      throw refusal(name, `those of the task would take more than ${MAX_TASK_STEP_BYTES} bytes, the most of a task`);
    }
    if (this.#bytes + bytes > this.#maxBytes) throw refusal(name, this.#all());
    this.#add(taskId, steps, name, value.slice(), bytes);
  }

  /** Adds what an earlier server has taken in. */
  takeUp(taskId: string, name: string, value: Uint8Array): void {
    const steps = this.#byTask.get(taskId) ?? { values: new Map<string, Uint8Array>(), bytes: 0 };
    this.#add(taskId, steps, name, value, bytesOf(name, value));
  }

  /** Forgets what a task has recorded. */
  delete(taskId: string): void {
    const steps = this.#byTask.get(taskId);
    if (steps === undefined) return;
    this.#byTask.delete(taskId);
    this.#bytes -= steps.bytes;
  }

  #add(taskId: string, steps: TaskSteps, name: string, value: Uint8Array, bytes: number): void {
    steps.values.set(name, value);
    steps.bytes += bytes;
    this.#bytes += bytes;
    this.#byTask.set(taskId, steps);
  }

  #all(): string {
    return `with it the recorded steps of all tasks would take more than ${this.#maxBytes} bytes, the most of a server`;
  }
}

const NONE: ReadonlyMap<string, Uint8Array> = new Map();

function bytesOf(name: string, value: Uint8Array): number {
  return STEP_BYTES + 2 * name.length + value.length;
}

function refusal(name: string, why: string): TaskError {
  return new TaskError("STEP_LIMIT", `Cannot record step ${JSON.stringify(name)}: ${why}`);
}
