/**
 * What an entry of the table of a server's options says.
 *
 * @module
 */

import type { OptionKind } from "./option_kind.ts";
import type { ServerOptions } from "./server_options.ts";

/** The flag that sets an option on the command line. */
export interface OptionFlag {
  /** Without the dashes. */
  readonly name: string;
  /**
   * How its text is read: as a whole number, as that or a word, as a time with its unit, as it is, as one of several
   * folders, or not at all, for a switch that turns it on, or off.
   */
  readonly reads: "count" | "countOrWord" | "duration" | "text" | "folders" | "switch" | "off";
  /** What stands for its value in the help. @default {"N" for a count, "TIME" for a duration} */
  readonly value?: string;
  /** What the help says. @default {what the option is for, and its default} */
  readonly help?: string;
}

/** What is known of an option. */
export interface OptionEntry<Value> {
  /** What it is for, in a line. */
  readonly about: string;
  /** What docs/server.md says besides; links are seen from there. */
  readonly more?: string;
  readonly kind: OptionKind<Value>;
  /** What holds where it is not given. An option without stays undefined then. */
  readonly default?: Value | ((given: ServerOptions) => Value);
  /** The default in words, where the value does not say it. */
  readonly defaultText?: string;
  /** `"own"`: the command has flags of its own for it. Without, the command line cannot set it. */
  readonly flag?: OptionFlag | "own";
}
