/**
 * What a task that failed says of another attempt, by what it has raised.
 *
 * @module
 */

/** What is as it is: another attempt would meet the same. */
const FINAL_CODES: readonly unknown[] = [
  "NOT_CALLABLE",
  "EXPORT_NOT_FOUND",
  "OUTSIDE_NAME",
  "NOT_SENDABLE",
  "RESULT_NOT_SENDABLE",
  "RESULT_TOO_LARGE",
  "DUPLICATE_STEP",
  "STEP_LIMIT",
  "PERMISSION_CEILING",
];

/**
 * There is to be none, or one, after the usual wait or after so many milliseconds; undefined where the kind of failure
 * decides. `error` is what is sent for what was thrown, which may throw itself at each question.
 */
export function anotherAttempt(thrown: unknown, error: Error): boolean | number | undefined {
  const { code, name } = error as Error & { code?: unknown };
  if (name === "NotCapable" || FINAL_CODES.includes(code)) return false;
  if (code === "TASK_FAILED" && read(thrown, "retry") === false) return false;
  if (code !== "RETRY_LATER") return undefined;
  const delayMs = read(thrown, "delayMs") as number;
  return Number.isFinite(delayMs) && delayMs >= 0 ? delayMs : true;
}

function read(thrown: unknown, field: string): unknown {
  try {
    return (thrown as Record<string, unknown>)[field];
  } catch {
    return undefined;
  }
}
