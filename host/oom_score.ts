/**
 * Whom Linux ends first when memory runs out: a worker, and not the server with all that waits in it.
 *
 * @module
 */

/** How much likelier a worker is. */
const MORE = 500;
const MAX_SCORE = 1000;

let score: Uint8Array | null = null;

/** Says so of a process that was just started; what that starts later inherits it. Never a reason for a start to fail. */
export function exposeToOom(pid: number): void {
  if (Deno.build.os !== "linux") return;
  try {
    // Not asynchronous: it takes 3 µs, and the number is the process's as long as nobody has reaped it.
    Deno.writeFileSync(`/proc/${pid}/oom_score_adj`, score ??= workerScore(), { create: false });
  } catch {
    // A program that may not write there, or a process that is gone.
  }
}

function workerScore(): Uint8Array {
  const own = Number(Deno.readTextFileSync("/proc/self/oom_score_adj"));
  return new TextEncoder().encode(String(Math.min(MAX_SCORE, own + MORE)));
}
