/**
 * How long tasks have waited for their begin. The server counts from when it hears of them; what is submitted later than
 * it was asked for, or again, is told with the time that is over.
 *
 * @module
 */

/** What is submitted, as far as it matters here. */
interface Limited {
  readonly startBeforeMs?: number | null;
  /** So many of these milliseconds are over. */
  readonly waitedMs?: number;
}

/** When something was asked for, in monotonic milliseconds; 0 where that does not matter. */
export function askedAt(submission: Limited | null): number {
  return submission?.startBeforeMs == null ? 0 : performance.now();
}

/** The same, as it is to be submitted now. */
export function asOfNow<Of extends Limited>(submission: Of, asked: number): Of {
  if (submission.startBeforeMs == null || asked === 0) return submission;
  return { ...submission, waitedMs: (submission.waitedMs ?? 0) + performance.now() - asked };
}

/** How long it may still wait, in milliseconds; null for ever. */
export function leftMs({ startBeforeMs, waitedMs = 0 }: Limited): number | null {
  return startBeforeMs == null ? null : Math.max(0, startBeforeMs - waitedMs);
}
