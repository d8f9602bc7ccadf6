/**
 * A stage in its worker: made once, then given one batch after the other.
 *
 * @module
 */

import { StageFailed, TaskError } from "../core/errors.ts";
import type { Stage, StageContext } from "../procedures/stage.ts";
import { decodeItems, Encoder, resultError, type WriteLimits } from "../wire/codec.ts";
import { type DecodeBudget, resultBudget } from "../wire/decode_budget.ts";
import type { StageAnswer, StageRequest, StageStart } from "../wire/stage_batch.ts";

/** Of an item: it may come from anybody who may call the pipeline, and this process works for all of them. */
const STAGE_INPUT: DecodeBudget = { ...resultBudget(), code: "ITEM_TOO_LARGE", named: "an item of a pipeline" };

/** A part of an answer holds so many bytes of outputs, or one output: the whole may be more than a message can. */
const PART_BYTES = 16 * 2 ** 20;

/** What one item comes to. */
type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** Code that was loaded for a stage: a class, or a function that works on one item. */
// deno-lint-ignore ban-types
export type StageCode = Function;

/** One stage in one worker. */
export class StageBody {
  #code: StageCode;
  #toError: (thrown: unknown) => Error;
  #stage: Stage | null = null;
  #name = "";
  #encoder = new Encoder();
  #limits: WriteLimits | undefined;
  /** Of answers that went out in part: the other parts. */
  #rests = new Map<number, StageAnswer[]>();
  #lastKey = 0;

  /** `toError` makes of what was thrown what the caller is told; `limits` are those of each output. */
  constructor(code: StageCode, toError: (thrown: unknown) => Error, limits?: WriteLimits) {
    this.#code = code;
    this.#toError = toError;
    this.#limits = limits;
  }

  /** Does what is asked; null but for work. */
  async handle(request: StageRequest): Promise<StageAnswer | null> {
    switch (request[0]) {
      case "start":
        await this.#start(request[1]);
        return null;
      case "work":
        return await this.#work(decodeItems(request[1], STAGE_INPUT));
      case "rest":
        return this.#rest(request[1]);
      case "end":
        await this.#end();
        return null;
    }
  }

  async #start({ name, ...rest }: StageStart): Promise<void> {
    this.#name = name;
    const context: StageContext = Object.freeze({ name, ...rest });
    if (!isClass(this.#code)) {
      const call = this.#code as (item: unknown) => unknown;
      this.#stage = { call };
      return;
    }
    const stage = new (this.#code as unknown as new (context: StageContext) => Stage)(context);
    if (typeof stage.call !== "function" && typeof stage.callBatch !== "function") {
      throw new TaskError("NOT_CALLABLE", `Cannot use ${this.#code.name} as a stage: it has no call and no callBatch`);
    }
    await stage.init?.(context);
    this.#stage = stage;
  }

  async #work(items: unknown[]): Promise<StageAnswer> {
    const from = performance.now();
    const stage = this.#stage as { call(item: unknown): unknown; callBatch?(items: unknown[]): unknown } & Stage;
    const outcomes: Outcome[] = new Array(items.length);
    const ready: number[] = [];
    for (let i = 0; i < items.length; i++) {
      if (stage.preprocess === undefined) ready.push(i);
      else {
        try {
          items[i] = await stage.preprocess(items[i] as never);
          ready.push(i);
        } catch (error) {
          outcomes[i] = { error };
        }
      }
    }
    if (stage.callBatch !== undefined) await this.#callBatch(items, ready, outcomes);
    else {
      for (const i of ready) {
        try {
          const value = stage.call(items[i]);
          // An await costs more than many a call.
          outcomes[i] = { value: isThenable(value) ? await value : value };
        } catch (error) {
          outcomes[i] = { error };
        }
      }
    }
    return this.#encode(performance.now() - from, outcomes);
  }

  async #callBatch(items: unknown[], ready: readonly number[], outcomes: Outcome[]): Promise<void> {
    if (ready.length === 0) return;
    try {
      const stage = this.#stage as { callBatch(items: unknown[]): unknown };
      const values = await stage.callBatch(ready.length === items.length ? items : ready.map((i) => items[i]));
      const isList = Array.isArray(values) || (ArrayBuffer.isView(values) && "length" in values);
      if (!isList || (values as ArrayLike<unknown>).length !== ready.length) {
        const given = isList ? `a list of ${(values as ArrayLike<unknown>).length}` : "no list";
        throw new StageFailed(
          `Cannot use what callBatch of the stage ${this.#name} gave for ${ready.length} items: it is ${given}`,
          this.#name,
        );
      }
      ready.forEach((i, at) => {
        const value = (values as ArrayLike<unknown>)[at];
        outcomes[i] = value instanceof Error ? { error: value } : { value };
      });
    } catch (error) {
      for (const i of ready) outcomes[i] = { error };
    }
  }

  /** One after the other: what cannot be sent costs its own item alone. */
  #encode(serviceMs: number, outcomes: readonly Outcome[]): StageAnswer {
    const encoder = this.#encoder;
    const failed: number[] = [];
    const ends: number[] = new Array(outcomes.length);
    for (let i = 0; i < outcomes.length; i++) {
      const outcome = outcomes[i];
      try {
        if ("value" in outcome) encoder.write(outcome.value, this.#limits);
      } catch (error) {
        this.#writeError(resultError(error));
        failed.push(i);
      }
      if ("error" in outcome) {
        this.#writeError(outcome.error);
        failed.push(i);
      }
      ends[i] = encoder.length;
    }
    const answer: StageAnswer = [serviceMs, failed, ends, encoder.take()];
    return answer[3].length <= PART_BYTES ? answer : this.#inParts(answer);
  }

  /** Nothing is worked on twice for being too much for one message. */
  #inParts(answer: StageAnswer): StageAnswer {
    const [first, ...others] = partsOf(answer);
    if (others.length === 0) return first;
    this.#rests.set(++this.#lastKey, others);
    return withRest(first, this.#lastKey);
  }

  #rest(key: number): StageAnswer {
    const others = this.#rests.get(key)!;
    const part = others.shift()!;
    if (others.length > 0) return withRest(part, key);
    this.#rests.delete(key);
    return part;
  }

  #writeError(thrown: unknown): void {
    const error = this.#toError(thrown);
    try {
      this.#encoder.write(error, this.#limits);
    } catch (refusal) {
      this.#encoder.write(resultError(refusal));
    }
  }

  async #end(): Promise<void> {
    const stage = this.#stage as Partial<AsyncDisposable & Disposable> | null;
    this.#stage = null;
    if (stage?.[Symbol.asyncDispose] !== undefined) await stage[Symbol.asyncDispose]!();
    else stage?.[Symbol.dispose]?.();
  }
}

/** So many items in each as fit. */
function partsOf([serviceMs, failed, ends, outputs]: StageAnswer): StageAnswer[] {
  const parts: StageAnswer[] = [];
  for (let item = 0, from = 0; item < ends.length;) {
    let next = item + 1;
    while (next < ends.length && ends[next] - from <= PART_BYTES) next++;
    parts.push([
      serviceMs,
      failed.filter((index) => index >= item && index < next).map((index) => index - item),
      ends.slice(item, next).map((end) => end - from),
      outputs.subarray(from, ends[next - 1]),
    ]);
    from = ends[next - 1];
    item = next;
  }
  return parts;
}

function withRest([serviceMs, failed, ends, outputs]: StageAnswer, key: number): StageAnswer {
  return [serviceMs, failed, ends, outputs, key];
}

function isThenable(value: unknown): boolean {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}

function isClass(code: StageCode): boolean {
  return /^class\b/.test(Function.prototype.toString.call(code));
}
