/**
 * What a store keeps, as a plain list says it.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Packer } from "../../core/packer.ts";
import { FairQueue } from "../../engine/fair_queue.ts";
import { Result } from "../../engine/result.ts";
import type { TaskStore } from "../../engine/task_store.ts";
import type { FakeClock } from "../helpers/fake_clock.ts";
import { durableOrigin as origin } from "../helpers/task_record.ts";
import type { StoreLimits } from "./store_bench.ts";

/** One thing that is done to a store. */
export type StoreStep =
  | { readonly do: "submit"; readonly which: number; readonly count: number; readonly variant: number }
  | { readonly do: "settle"; readonly which: number; readonly awaiters: number; readonly isKept: boolean }
  | { readonly do: "release" | "take" | "hold"; readonly which: number }
  | { readonly do: "acknowledge" | "let go"; readonly which: number; readonly wasAwaited: boolean }
  | { readonly do: "wait"; readonly ms: number };

interface Kept {
  readonly id: string;
  readonly variant: number;
  readonly size: number;
  awaiters: number;
  /** While nobody awaits it. */
  until: number;
}

/** Does all that, and compares after each step. */
export async function simulate(
  store: TaskStore,
  clock: FakeClock,
  limits: StoreLimits,
  steps: readonly StoreStep[],
): Promise<void> {
  const queue = new FairQueue();
  const packer = new Packer();
  const unfinished = new Map<string, number>();
  /** Those that nobody awaits stand in the order in which they came. */
  let kept: Kept[] = [];
  const idOf = (n: number) => `00000000-0000-7000-8000-${n.toString(16).padStart(12, "0")}`;
  const free = () => kept.filter(({ awaiters }) => awaiters === 0);
  const retain = (result: Kept) => {
    kept = kept.filter((other) => other !== result);
    kept.push(Object.assign(result, { awaiters: 0, until: clock.now() + limits.retentionMs }));
    const isTooMuch = () =>
      free().length > limits.capacity ||
      free().length > 1 && free().reduce((sum, { size }) => sum + size, 0) > limits.maxBytes;
    while (isTooMuch()) {
      const [oldest] = free();
      kept = kept.filter((other) => other !== oldest);
    }
  };
  const find = (id: string) => kept.find((one) => one.id === id && (one.awaiters > 0 || one.until > clock.now()));
  const drop = (one: Kept) => kept = kept.filter((other) => other !== one);

  for (const step of steps) {
    const id = "which" in step ? idOf(step.which) : "";
    const result = find(id);
    switch (step.do) {
      case "submit": {
        const ids = Array.from({ length: step.count }, (_, n) => idOf(step.which + n));
        const variantOf = (id: string) => unfinished.get(id) ?? find(id)?.variant;
        const isOther = ids.some((id) => (variantOf(id) ?? step.variant) !== step.variant);
        const fresh = ids.filter((id) => variantOf(id) === undefined);
        let given = -1;
        try {
          const items = await store.submit(origin(), ids.map((id) => [id, Uint8Array.of(step.variant)]));
          for (const item of items) queue.push(item);
          given = items.reduce((sum, { length }) => sum + length, 0);
        } catch (error) {
          assertEquals((error as { code?: string }).code, "DUPLICATE_TASK");
        }
        assertEquals(given, isOther ? -1 : fresh.length);
        if (!isOther) { for (const id of fresh) unfinished.set(id, step.variant); }
        break;
      }
      case "settle": {
        const variant = unfinished.get(id);
        if (variant === undefined) break;
        const task = store.get(id)!;
        queue.remove(task);
        const payload = new Uint8Array(step.which);
        const ended = Result.of(task, { status: "succeeded", payload }, clock, packer);
        await store.settle(task, step.isKept ? ended : null, step.awaiters);
        unfinished.delete(id);
        if (!step.isKept) break;
        const result = { id, variant, size: step.which, awaiters: step.awaiters, until: 0 };
        if (step.awaiters > 0) kept.push(result);
        else retain(result);
        break;
      }
      case "release": {
        if (!unfinished.delete(id)) break;
        const task = store.get(id)!;
        queue.remove(task);
        store.release([task]);
        break;
      }
      case "take":
        store.take(id);
        // What is asked for sees what was told before, and is the answer to that too.
        await store.find(id);
        if (result !== undefined) drop(result);
        break;
      case "hold":
        if (result === undefined) break;
        store.hold(id);
        result.awaiters++;
        break;
      case "acknowledge": {
        // Only who is counted has awaited it.
        const wasAwaited = step.wasAwaited && (result?.awaiters ?? 0) > 0;
        store.acknowledge(id, wasAwaited);
        if (result === undefined) break;
        if (wasAwaited) result.awaiters--;
        if (result.awaiters === 0) drop(result);
        break;
      }
      case "let go":
        if (result === undefined || result.awaiters === 0) break;
        store.letGo(id);
        if (--result.awaiters === 0) retain(result);
        break;
      case "wait":
        clock.advance(step.ms);
        store.reap();
    }
    kept = kept.filter(({ awaiters, until }) => awaiters > 0 || until > clock.now());
    assertEquals([store.unfinished, store.kept], [unfinished.size, kept.length]);
    for (let n = 0; n < 40; n++) {
      const id = idOf(n);
      const [isUnfinished, size] = [unfinished.has(id), find(id)?.size];
      assertEquals([store.has(id), store.get(id)?.id], [isUnfinished, isUnfinished ? id : undefined]);
      assertEquals((await store.find(id))?.payloadBytes, size);
    }
  }
}
