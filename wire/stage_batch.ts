/**
 * Items on their way to a stage's worker and back. Each item is a MessagePack value of its own within the batch, so
 * that it can go on to the next stage as the bytes that it came in.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { Encoder } from "./encoder.ts";

/**
 * What a stage's worker is asked: to make the stage, to work on a batch of items, to give what is left of the answer to
 * one, or to let the stage go.
 */
export type StageRequest =
  | readonly [kind: "start", start: StageStart]
  | readonly [kind: "work", items: Uint8Array]
  | readonly [kind: "rest", key: number]
  | readonly [kind: "end"];

/** What a stage is made with. */
export interface StageStart {
  readonly name: string;
  readonly workerIndex: number;
  readonly batchSize: number;
  readonly options: unknown;
}

/** What became of a batch, or of its first items, where all of it is too large for one message. */
export type StageAnswer = readonly [
  /** How long the worker took, in milliseconds. */
  serviceMs: number,
  /** Which of the items failed; what came of these are errors. */
  failed: readonly number[],
  /** Where in `outputs` each item's ends. */
  ends: readonly number[],
  outputs: Uint8Array,
  /** What the answer to the other items is asked for by; null, or not there, when these are all. */
  rest?: number | null,
];

/** MessagePack's header of an array: a byte, and how many elements follow. */
const ARRAY_32 = 0xdd;
const HEADER_BYTES = 5;

const shared = new Encoder();

/** The list of values that are encoded already. */
export function packList(values: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  shared.reserve(HEADER_BYTES);
  // Four bytes of which the first is the code; the count then overwrites the others.
  shared.patchUint32(0, ARRAY_32 << 24);
  shared.patchUint32(1, values.length);
  for (const bytes of values) shared.append(bytes);
  return shared.take();
}

/**
 * Checks an answer to a batch of `count` items: it comes from a worker that may have been taken over by what it worked
 * on.
 *
 * @throws {TaskError} `MALFORMED_MESSAGE`
 */
export function requireAnswer(answer: unknown, count: number): asserts answer is StageAnswer {
  const [serviceMs, failed, ends, outputs] = Array.isArray(answer) ? answer : [];
  const isUsable = typeof serviceMs === "number" && serviceMs >= 0 && Array.isArray(failed) && Array.isArray(ends) &&
    ends.length === count && outputs instanceof Uint8Array && areEnds(ends, outputs.length);
  if (isUsable) return;
  throw new TaskError("MALFORMED_MESSAGE", `Cannot use what a stage's worker gave for ${count} items`);
}

function areEnds(ends: readonly unknown[], length: number): boolean {
  let last = 0;
  for (const end of ends) {
    if (typeof end !== "number" || !Number.isInteger(end) || end < last || end > length) return false;
    last = end;
  }
  return last === length;
}

/** Those of a part of an answer, whose items are taken to be as many as it says. @throws as {@linkcode requireAnswer} */
export function requirePart(answer: unknown): asserts answer is StageAnswer {
  requireAnswer(answer, Array.isArray(answer) && Array.isArray(answer[2]) ? answer[2].length : 0);
}

/** The parts of an answer as one. */
export function joinAnswers(parts: readonly StageAnswer[]): StageAnswer {
  const failed: number[] = [];
  const ends: number[] = [];
  const outputs = new Uint8Array(parts.reduce((bytes, part) => bytes + part[3].length, 0));
  let from = 0;
  for (const [, partFailed, partEnds, partOutputs] of parts) {
    for (const index of partFailed) failed.push(ends.length + index);
    for (const end of partEnds) ends.push(from + end);
    outputs.set(partOutputs, from);
    from += partOutputs.length;
  }
  return [parts[0][0], failed, ends, outputs];
}

/** What came of each item, in order; views of the answer. */
export function* outputsOf([, failed, ends, outputs]: StageAnswer): Generator<[isError: boolean, bytes: Uint8Array]> {
  const isFailed = new Set(failed);
  let from = 0;
  for (let i = 0; i < ends.length; i++) {
    yield [isFailed.has(i), outputs.subarray(from, ends[i])];
    from = ends[i];
  }
}
