/**
 * The steps of one attempt of a task: each runs once and its value is recorded before it is given, unless an earlier
 * attempt has recorded it, which is what is given then. Loaded with the first step of a process.
 *
 * @module
 */

import { NotSendable, TaskError } from "../core/errors.ts";
import { MAX_STEP_BYTES, MAX_STEP_NAME_CHARS, MAX_STEPS } from "../core/step.ts";
import type { Link } from "../client/link.ts";
import { TooLarge } from "../wire/byte_buffer.ts";
import { decode, encode } from "../wire/codec.ts";

/** The attempt that runs. */
export interface Attempt {
  readonly taskId: string;
  readonly attempt: number;
}

/** A message has so many bytes besides the value at most. */
const BESIDES_BYTES = 2048;

/** Runs steps, and has them recorded. */
export class Steps {
  #link: Pick<Link, "call"> & { readonly maxFrameBytes: number };
  #attempt: Attempt;
  #names = new Set<string>();
  /** So many that are recorded were not asked for; null while that is not known. Without any, nobody asks. */
  #left: number | null = null;

  constructor(link: Pick<Link, "call"> & { readonly maxFrameBytes: number }, { taskId, attempt }: Attempt) {
    this.#link = link;
    this.#attempt = { taskId, attempt };
  }

  /** See `Messenger.step`. */
  async run<Return>(name: string, work: () => Return): Promise<Awaited<Return>> {
    requireStep(name, work);
    if (this.#names.has(name)) {
      const remedy = "give each step of a task a name of its own, as with the number of its item in it";
      throw new TaskError(
        "DUPLICATE_STEP",
        `Cannot run step ${show(name)}: this attempt has one of that name; ${remedy}`,
      );
    }
    if (this.#names.size >= MAX_STEPS) {
      throw limit(name, "run", `the task has ${MAX_STEPS} steps, the most of a task: do more in each, or in subtasks`);
    }
    this.#names.add(name);
    let value: unknown;
    try {
      const recorded = await this.#ask(name);
      if (recorded !== null) return decode(recorded) as Awaited<Return>;
      value = await work();
    } catch (error) {
      // Nothing is recorded, so it may be tried again.
      this.#names.delete(name);
      throw error;
    }
    const bytes = this.#encode(name, value);
    await this.#link.call("keepStep", { ...this.#attempt, name, value: bytes });
    // As a later attempt gets it.
    return decode(bytes) as Awaited<Return>;
  }

  async #ask(name: string): Promise<Uint8Array | null> {
    if (this.#left === 0) return null;
    const [recorded, value] = await this.#link.call("step", { ...this.#attempt, name });
    this.#left ??= recorded;
    if (value !== null) this.#left--;
    return value;
  }

  #encode(name: string, value: unknown): Uint8Array {
    const most = Math.min(MAX_STEP_BYTES, this.#link.maxFrameBytes - BESIDES_BYTES);
    try {
      return encode(value, { limits: { bytes: most, items: Infinity } });
    } catch (error) {
      if (error instanceof TooLarge) {
        throw limit(name, "record", `its value has more than ${most} bytes, the most of a step: write it to a file`);
      }
      if (!(error instanceof NotSendable)) throw error;
      throw new NotSendable(`Cannot record step ${show(name)}: ${error.message}`, error.path);
    }
  }
}

function requireStep(name: unknown, work: unknown): void {
  if (typeof name !== "string") {
    throw new TypeError(`Cannot run a step: its name must be a text, and is ${typeof name}`);
  }
  if (name === "" || name.length > MAX_STEP_NAME_CHARS || !name.isWellFormed()) {
    const length = `must have 1 to ${MAX_STEP_NAME_CHARS} characters, and has ${name.length}`;
    const what = name.isWellFormed() ? length : "must be well-formed: it has half of a character";
    throw new RangeError(`Cannot run step ${show(name.slice(0, 100))}: its name ${what}`);
  }
  if (typeof work === "function") return;
  throw new TypeError(`Cannot run step ${show(name)}: what it does must be a function, and is ${typeof work}`);
}

function limit(name: string, what: string, why: string): TaskError {
  return new TaskError("STEP_LIMIT", `Cannot ${what} step ${show(name)}: ${why}`);
}

const show = (name: string) => JSON.stringify(name);
