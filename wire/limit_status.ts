/**
 * What a server says of the keys that tasks wait for.
 *
 * @module
 */

/** A key that tasks wait for. */
export interface LimitedKeyStatus {
  /** As it was given; keys of one text that are of different authkeys are told one by one. */
  readonly key: string;
  /** Tasks that wait for it. */
  readonly waiting: number;
  /** Tasks that hold it: they run, or are next. */
  readonly held: number;
  /** So many may hold it at once; null: any number. */
  readonly concurrency: number | null;
  /** So many may start in a second; null: any number. */
  readonly perSecond: number | null;
  /** When the next may start: wall clock, milliseconds; null when that depends on the end of one that holds the key. */
  readonly nextAt: number | null;
}

/** All keys that tasks wait for. */
export interface KeyLimitsStatus {
  /** How many keys tasks wait for. */
  readonly keys: number;
  /** How many tasks wait for them: all these are part of `taskQueueSize`. */
  readonly tasks: number;
  /** Those with the most tasks, the most first: twenty at most, out of 10,000. */
  readonly first: readonly LimitedKeyStatus[];
}
