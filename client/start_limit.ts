/**
 * How long tasks have waited for their begin, or for their time. The server counts from when it hears of them; what is
 * submitted later than it was asked for, or again, is told with the time that is over.
 *
 * @module
 */

/** What is submitted, as far as it matters here. */
interface Limited {
  readonly startBeforeMs?: number | null;
  readonly delayMs?: number | null;
  /** So many of these milliseconds are over. */
  readonly waitedMs?: number;
}

/** Whether it matters when it was asked for. */
export function isTimed({ startBeforeMs, delayMs }: Limited): boolean {
  return startBeforeMs != null || delayMs != null;
}

/** When something was asked for, in monotonic milliseconds; 0 where that does not matter. */
export function askedAt(submission: Limited | null): number {
  return submission === null || !isTimed(submission) ? 0 : performance.now();
}

/** The same, as it is to be submitted now. */
export function asOfNow<Of extends Limited>(submission: Of, asked: number): Of {
  if (!isTimed(submission) || asked === 0) return submission;
  return { ...submission, waitedMs: (submission.waitedMs ?? 0) + performance.now() - asked };
}

/** How long it may still wait, in milliseconds; null for ever. */
export function leftMs({ startBeforeMs, waitedMs = 0 }: Limited): number | null {
  return startBeforeMs == null ? null : Math.max(0, startBeforeMs - waitedMs);
}

/** How long it is to wait before it comes into line, in milliseconds. */
export function delayLeftMs({ delayMs, waitedMs = 0 }: Limited): number {
  return Math.max(0, (delayMs ?? 0) - waitedMs);
}
