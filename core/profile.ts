/**
 * What a task is to run, and with what rights and limits: the same for all tasks of a submission.
 *
 * @module
 */

import type { CodeLimits } from "./code_limits.ts";
import type { PathSpellings } from "./path_spellings.ts";
import type { PermissionSet } from "./permissions.ts";

/** What to run: an export, a procedure class, or the source of a self-contained function. */
export type Target =
  | { readonly kind: "export"; readonly module: string; readonly name: string }
  | { readonly kind: "procedure"; readonly module: string; readonly name: string; readonly within: string | null }
  | { readonly kind: "source"; readonly text: string; readonly name: string };

/** What tasks of one submission have in common. */
export interface Profile {
  readonly target: Target;
  readonly permissions: PermissionSet;
  /** Granted too: the same paths as they were written. */
  readonly spellings: PathSpellings;
  readonly timeoutMs: number;
  readonly memoryMb: number | null;
  readonly priority: number;
  /** `"module"`: its process may go on to run other tasks of the same module, permissions, limits and owner. */
  readonly isolation: "task" | "module";
  /** Its tasks are streams: see `server/streams.ts`. */
  readonly stream: boolean;
  /** Its tasks are workers: settled when their process is gone, and ended by whoever made them. */
  readonly worker: boolean;
  /** Who may have written the module, and must gain nothing by it. */
  readonly limits: readonly CodeLimits[];
  /** Errors of loading may quote the source: whoever asks could read it anyway. */
  readonly mayQuote: boolean;
  /** The same for profiles whose tasks need the same process: module, permissions, memory. */
  readonly spawnKey: string;
  /** What status and logs call the task: the given name, or the target's. */
  readonly name: string;
}
