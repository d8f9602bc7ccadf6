import { assertEquals } from "@std/assert";
import { RETRY_DEFAULTS, retryDelayMs } from "../../core/retry.ts";

Deno.test("retryDelayMs() grows by the factor up to the longest wait, of which a part is random", () => {
  const policy = { ...RETRY_DEFAULTS, delayMs: 100, factor: 3, maxDelayMs: 1000, jitter: 0 };
  assertEquals([1, 2, 3, 4, 1000].map((failed) => retryDelayMs(policy, failed, 0.5)), [100, 300, 900, 1000, 1000]);
  const random = { ...policy, jitter: 0.2 };
  assertEquals([0, 0.5, 1].map((part) => Math.round(retryDelayMs(random, 1, part))), [80, 90, 100]);
  assertEquals(retryDelayMs({ ...policy, delayMs: 0 }, 9, 0.5), 0);
});
