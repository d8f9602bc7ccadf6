/**
 * What every command of the program is.
 *
 * @module
 */

import type { CallOption } from "../core/option_words.ts";
import type { Flag, FlagValues } from "./flags.ts";

/** A command. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** What stands for the one argument that it takes, beside its flags. A command without takes none. */
  readonly argument?: string;
  readonly flags: readonly Flag[];
  /** What the help says below the flags. */
  readonly notes?: string;
  /** What it calls options, for messages that name some. */
  readonly call: CallOption;
  /** Runs to its end and gives the exit code. */
  run(values: FlagValues): Promise<number>;
}
