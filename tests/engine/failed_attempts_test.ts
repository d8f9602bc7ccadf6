import { assertEquals } from "@std/assert";
import { FailedAttempts } from "../../engine/failed_attempts.ts";

const failed = (attempt: number, bytes = 10) => ({
  attempt,
  kind: "error" as const,
  startedAt: 1,
  finishedAt: 2,
  payload: new Uint8Array(bytes),
});

Deno.test("FailedAttempts has the last ten of a task, without errors that are too large", () => {
  const attempts = new FailedAttempts();
  for (let n = 1; n <= 12; n++) attempts.add("a", failed(n, n === 12 ? 5000 : 10));
  assertEquals(attempts.of("a").map(({ attempt }) => attempt), [3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  assertEquals([attempts.of("a")[8].payload?.length, attempts.of("a")[9].payload], [10, null]);
  assertEquals(attempts.of("b"), []);
});

Deno.test("FailedAttempts forgets those of which nothing was heard for longest, and keeps nothing of what was read", () => {
  const attempts = new FailedAttempts(500);
  const first = failed(1, 100);
  attempts.add("a", first);
  first.payload.fill(7);
  assertEquals(attempts.of("a")[0].payload![0], 0);
  attempts.add("b", failed(1, 100));
  attempts.add("a", failed(2, 0));
  attempts.add("c", failed(1, 50));
  assertEquals(["a", "b", "c"].map((id) => attempts.of(id).length), [2, 0, 1]);
});
