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
    return (this.#byTask.get(taskId) ?? NO_STEPS).values;
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
    const { values, bytes: before } = this.#byTask.get(taskId) ?? NO_STEPS;
    const bytes = bytesOf(name, value);
    if (values.has(name)) {
      const what = `Cannot record step ${JSON.stringify(name)}: the task has recorded one of this name`;
      throw new TaskError("DUPLICATE_STEP", what);
    }
    if (value.length > MAX_STEP_BYTES) {
      throw refusal(name, `its value has ${value.length} bytes, and ${MAX_STEP_BYTES} are allowed`);
    }
    if (values.size >= MAX_STEPS) throw refusal(name, `the task has recorded ${MAX_STEPS}, the most of a task`);
    if (before + bytes > MAX_TASK_STEP_BYTES) {
      throw refusal(name, `those of the task would take more than ${MAX_TASK_STEP_BYTES} bytes, the most of a task`);
    }
    if (this.#bytes + bytes > this.#maxBytes) throw refusal(name, this.#all());
    this.takeUp(taskId, name, value.slice());
  }

  /** Adds what an earlier server has taken in. */
  takeUp(taskId: string, name: string, value: Uint8Array): void {
    let steps = this.#byTask.get(taskId);
    if (steps === undefined) this.#byTask.set(taskId, steps = { values: new Map(), bytes: 0 });
    const bytes = bytesOf(name, value);
    steps.values.set(name, value);
    steps.bytes += bytes;
    this.#bytes += bytes;
  }

  /** Forgets what a task has recorded. */
  delete(taskId: string): void {
    const steps = this.#byTask.get(taskId);
    if (steps === undefined) return;
    this.#byTask.delete(taskId);
    this.#bytes -= steps.bytes;
  }

  #all(): string {
    return `with it the recorded steps of all tasks would take more than ${this.#maxBytes} bytes, the most of a server`;
  }
}

const NO_STEPS: Readonly<TaskSteps> = { values: new Map(), bytes: 0 };

function bytesOf(name: string, value: Uint8Array): number {
  return STEP_BYTES + 2 * name.length + value.length;
}

function refusal(name: string, why: string): TaskError {
  return new TaskError("STEP_LIMIT", `Cannot record step ${JSON.stringify(name)}: ${why}`);
}
