import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { TaskTimeout } from "../../core/errors.ts";
import { requireStartOptions, startWithin } from "../../core/start_within.ts";

/** Starts what never starts by itself. */
function endless(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
}

Deno.test("startWithin() gives what starts, and leaves nothing behind", async () => {
  const { signal } = new AbortController();
  assertEquals(await startWithin({}, "It", (own) => Promise.resolve(own)), undefined);
  assertEquals(await startWithin({ signal, timeoutMs: 60_000 }, "It", () => Promise.resolve(5)), 5);
});

Deno.test("startWithin() gives up when the time is over, or one of the signals aborts", async () => {
  const error = await assertRejects(() => startWithin({ timeoutMs: 1 }, "The pool p", endless), TaskTimeout);
  assertEquals([error.message, error.timeoutMs], ["The pool p had not started after 1 ms: it was ended", 1]);
  for (const which of ["signal", "also"]) {
    const [own, also] = [new AbortController(), new AbortController()];
    const starting = startWithin({ signal: own.signal, timeoutMs: 60_000 }, "It", endless, also.signal);
    (which === "signal" ? own : also).abort(new RangeError(which));
    await assertRejects(() => starting, RangeError, which);
  }
  const aborted = AbortSignal.abort(new RangeError("before"));
  await assertRejects(() => startWithin({ signal: aborted }, "It", () => Promise.resolve(1)), RangeError, "before");
});

Deno.test("requireStartOptions() refuses what is no signal and no time", () => {
  for (const options of [{}, { timeoutMs: 0 }, { timeoutMs: Infinity, signal: AbortSignal.abort() }]) {
    requireStartOptions(options);
  }
  assertThrows(() => requireStartOptions({ signal: {} as never }), TypeError, "AbortSignal");
  for (const timeoutMs of [-1, NaN]) assertThrows(() => requireStartOptions({ timeoutMs }), RangeError, "timeoutMs");
  assertThrows(() => requireStartOptions({ timeoutMs: "5" as never }), TypeError, "timeoutMs");
});
