import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ResultCache } from "../../store/result_cache.ts";
import { Packer } from "../../core/packer.ts";
import { Result } from "../../engine/result.ts";
import { uuidv7 } from "../../core/uuid.ts";
import { origin, resultOf } from "../helpers/task_record.ts";

const RETENTION_MS = 100;

interface Kept {
  readonly id: string;
  awaiters: number;
  /** When the last awaiter left; null while there is one. */
  idleSince: number | null;
}

/** The naive cache: a list, in which those that nobody awaits stand in the order in which they became so. */
class Model {
  kept: Kept[] = [];
  #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  find(id: string): Kept | undefined {
    return this.kept.find((kept) => kept.id === id);
  }

  add(id: string, awaiters: number, now: number): void {
    const added: Kept = { id, awaiters, idleSince: null };
    this.kept.push(added);
    if (awaiters === 0) this.#idle(added, now);
  }

  addAwaiter(id: string): void {
    const kept = this.find(id);
    if (kept === undefined) return;
    kept.awaiters++;
    kept.idleSince = null;
  }

  removeAwaiter(id: string, now: number): void {
    const kept = this.find(id);
    if (kept !== undefined && --kept.awaiters === 0) this.#idle(kept, now);
  }

  isVisible(id: string, now: number): boolean {
    const kept = this.find(id);
    const isVisible = kept !== undefined && (kept.idleSince === null || kept.idleSince + RETENTION_MS > now);
    // Who looks for what has expired sweeps it out.
    if (!isVisible) this.remove(id);
    return isVisible;
  }

  acknowledge(id: string, wasAwaited: boolean): void {
    const kept = this.find(id);
    if (kept === undefined) return;
    if (wasAwaited) kept.awaiters--;
    if (kept.awaiters === 0) this.remove(id);
  }

  remove(id: string): boolean {
    const before = this.kept.length;
    this.kept = this.kept.filter((kept) => kept.id !== id);
    return this.kept.length < before;
  }

  expire(now: number): number | null {
    this.kept = this.kept.filter(({ idleSince }) => idleSince === null || idleSince + RETENTION_MS > now);
    const times = this.kept.flatMap(({ idleSince }) => idleSince === null ? [] : [idleSince + RETENTION_MS]);
    return times.length === 0 ? null : Math.min(...times);
  }

  #idle(kept: Kept, now: number): void {
    this.remove(kept.id);
    kept.idleSince = now;
    this.kept.push(kept);
    const idle = this.kept.filter(({ idleSince }) => idleSince !== null);
    for (const { id } of idle.slice(0, Math.max(0, idle.length - this.#capacity))) this.remove(id);
  }
}

Deno.test("ResultCache keeps what a list with times keeps, whatever the schedule", () => {
  const which = fc.nat({ max: 11 });
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        op: fc.constant("add" as const),
        awaiters: fc.constantFrom(0, 0, 1, 2),
        bytes: fc.constantFrom(0, 3, 128, 129),
      }),
    },
    { weight: 2, arbitrary: fc.record({ op: fc.constant("run again" as const), which }) },
    { weight: 2, arbitrary: fc.record({ op: fc.constant("addAwaiter" as const), which }) },
    { weight: 3, arbitrary: fc.record({ op: fc.constant("removeAwaiter" as const), which }) },
    { weight: 2, arbitrary: fc.record({ op: fc.constant("take" as const), which }) },
    { weight: 3, arbitrary: fc.record({ op: fc.constant("acknowledge" as const), which, wasAwaited: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ op: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 60 }) }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant("expire" as const) }) },
  );
  const capacities = fc.integer({ min: 0, max: 6 });
  const few = fc.constantFrom(0, 2, 100);
  const run = fc.property(capacities, few, fc.array(step, { maxLength: 120 }), (capacity, few, steps) => {
    const cache = new ResultCache({ capacity, retentionMs: RETENTION_MS, few });
    const model = new Model(capacity);
    const ids: string[] = [];
    let now = 0;
    for (const step of steps) {
      // Of the latest dozen, so that there is often something to act on.
      const id = "which" in step ? ids.at(-1 - step.which) ?? "unknown" : "";
      switch (step.op) {
        case "add":
          ids.push(uuidv7());
          cache.add(resultOf(ids.at(-1)!, step.bytes), step.awaiters, now);
          model.add(ids.at(-1)!, step.awaiters, now);
          break;
        case "run again":
          // A submission under an id whose result has expired.
          if (!ids.includes(id) || cache.peek(id, now) !== undefined) break;
          model.isVisible(id, now);
          cache.add(resultOf(id, 3), 1, now);
          model.add(id, 1, now);
          break;
        case "addAwaiter":
          if (!model.isVisible(id, now)) break;
          cache.addAwaiter(id);
          model.addAwaiter(id);
          break;
        case "removeAwaiter":
          if (model.find(id)?.awaiters === 0) break;
          cache.removeAwaiter(id, now);
          model.removeAwaiter(id, now);
          break;
        case "take":
          assertEquals(cache.take(id), model.remove(id));
          break;
        case "acknowledge":
          if (step.wasAwaited && model.find(id)?.awaiters === 0) break;
          cache.acknowledge(id, step.wasAwaited);
          model.acknowledge(id, step.wasAwaited);
          break;
        case "wait":
          now += step.ms;
          break;
        case "expire":
          assertEquals(cache.expire(now), model.expire(now));
      }
      assertEquals(cache.length, model.kept.length);
      for (const known of ids.slice(-12)) {
        assertEquals(cache.peek(known, now)?.id, model.isVisible(known, now) ? known : undefined);
      }
    }
  });
  fc.assert(run, { numRuns: 300 });
});

Deno.test("ResultCache never drops what somebody awaits, whatever the capacity and the time", () => {
  const cache = new ResultCache({ capacity: 0, retentionMs: RETENTION_MS });
  for (let i = 0; i < 10; i++) cache.add(resultOf(`awaited ${i}`), 1, 0);
  cache.add(resultOf("nobody's"), 0, 0);
  assertEquals(cache.expire(1e9), null);
  assertEquals(cache.length, 10);
  cache.removeAwaiter("awaited 3", 1e9);
  assertEquals([cache.length, cache.peek("awaited 3", 1e9)], [9, undefined]);
});

Deno.test("ResultCache.add() drops the result that nobody has awaited for longest when there is no room", () => {
  const cache = new ResultCache({ capacity: 2, retentionMs: RETENTION_MS });
  cache.add(resultOf("a"), 1, 0);
  cache.add(resultOf("b"), 0, 1);
  cache.removeAwaiter("a", 2);
  cache.add(resultOf("c"), 0, 3);
  assertEquals(["a", "b", "c"].filter((id) => cache.peek(id, 3)), ["a", "c"]);
});

Deno.test("ResultCache.take() gives true once", () => {
  const cache = new ResultCache({ capacity: 2, retentionMs: RETENTION_MS });
  cache.add(resultOf("a"), 0, 0);
  assertEquals([cache.take("a"), cache.take("a"), cache.peek("a", 0), cache.length], [true, false, undefined, 0]);
});

Deno.test("ResultCache.peek() gives a result until its retention is over, and not at its end", () => {
  const cache = new ResultCache({ capacity: 2, retentionMs: RETENTION_MS });
  cache.add(resultOf("a"), 0, 5);
  cache.add(resultOf("b"), 0, 5);
  assertEquals(cache.peek("a", 104.9)?.id, "a");
  assertEquals(cache.peek("a", 105), undefined);
  assertEquals(cache.expire(104.9), 105);
  assertEquals(cache.expire(105), null);
  assertEquals(cache.length, 0);
});

Deno.test("ResultCache.removeAwaiter() starts the retention when the last one leaves, not the first", () => {
  const cache = new ResultCache({ capacity: 2, retentionMs: RETENTION_MS });
  cache.add(resultOf("a"), 2, 0);
  cache.removeAwaiter("a", 10);
  assertEquals(cache.expire(1000), null);
  cache.removeAwaiter("a", 1000);
  assertEquals(cache.expire(1000), 1100);
});

Deno.test("ResultCache.acknowledge() leaves a result to those that still await it, whoever else has it", () => {
  const cache = new ResultCache({ capacity: 2, retentionMs: RETENTION_MS });
  cache.add(resultOf("a"), 2, 0);
  cache.acknowledge("a", false);
  cache.acknowledge("a", true);
  assertEquals(cache.peek("a", 0)?.id, "a");
  cache.acknowledge("a", true);
  assertEquals([cache.peek("a", 0), cache.length], [undefined, 0]);
});

Deno.test("ResultCache keeps so many bytes of what nobody awaits, the oldest go first, the newest stays", () => {
  const cache = new ResultCache({ capacity: 100, retentionMs: RETENTION_MS, maxBytes: 10 });
  const kept = () => ["a", "b", "c", "d", "e"].filter((id) => cache.peek(id, 0) !== undefined).join("");
  cache.add(resultOf("a", 4), 0, 0);
  cache.add(resultOf("b", 4), 1, 0);
  cache.add(resultOf("c", 4), 0, 0);
  assertEquals(kept(), "abc");
  // Nobody awaits it any more: it counts from now on.
  cache.removeAwaiter("b", 0);
  assertEquals(kept(), "bc");
  cache.take("c");
  cache.add(resultOf("d", 6), 0, 0);
  assertEquals(kept(), "bd");
  cache.add(resultOf("e", 1000), 0, 0);
  assertEquals(kept(), "e");
});

Deno.test("ResultCache gives back all that there is to say of a result, packed or not", () => {
  const fingerprint = fc.integer({ min: 0, max: 2 ** 52 - 1 });
  const fields = fc.record({
    id: fc.uuid(),
    fingerprint,
    status: fc.constantFrom("succeeded" as const, "failed" as const, "cancelled" as const),
    raisedByTask: fc.boolean(),
    attempt: fc.nat(1000),
    startedAt: fc.option(fc.double({ noNaN: true })),
    finishedAt: fc.double({ noNaN: true }),
    followupIds: fc.constantFrom(null, [], ["x"]),
    payload: fc.uint8Array({ maxLength: 200 }),
  });
  const byId = { selector: ({ id }: { id: string }) => id, minLength: 1, maxLength: 400 };
  fc.assert(
    fc.property(fc.uniqueArray(fields, byId), (list) => {
      const cache = new ResultCache({ capacity: 1000, retentionMs: RETENTION_MS, few: 0 });
      const packer = new Packer();
      const results = list.map(({ payload, ...rest }) => {
        return new Result({ ...rest, origin: origin(), payload: packer.pack(payload) });
      });
      for (const result of results) cache.add(result, 0, 0);
      const told = (result: Result | undefined) => result && { ...result, payload: result.payload.slice() };
      for (const result of results) assertEquals(told(cache.peek(result.id, 0)), told(result));
    }),
    { numRuns: 50 },
  );
});

Deno.test("ResultCache holds and gives up many results, the oldest first", () => {
  const cache = new ResultCache({ capacity: 3000, retentionMs: RETENTION_MS, few: 10 });
  const ids = Array.from({ length: 5000 }, uuidv7);
  for (const [at, id] of ids.entries()) cache.add(resultOf(id, at % 7 === 0 ? 600 : at % 90), 0, at / 100);
  const kept = ids.filter((id) => cache.peek(id, 49) !== undefined);
  assertEquals([cache.length, kept], [3000, ids.slice(2000)]);
  for (const id of kept.slice(0, 2900)) assertEquals(cache.take(id), true);
  assertEquals(cache.length, 100);
  assertEquals(cache.expire(1e6), null);
  assertEquals(cache.length, 0);
});
