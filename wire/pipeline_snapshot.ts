/**
 * What a pipeline tells of itself.
 *
 * @module
 */

/** One stage. */
export interface StageSnapshot {
  /** What it is called. */
  readonly name: string;
  /** Where its workers run. */
  readonly host: "process" | "thread";
  /** Workers that have the stage loaded. */
  readonly workers: number;
  /** Workers that were started again. */
  readonly restarts: number;
  /** Items that wait for a worker. */
  readonly waiting: number;
  /** Items that are with a worker. */
  readonly inService: number;
  /** Items that were worked on, those that failed included. */
  readonly served: number;
  /** How often there were batches of which size. */
  readonly batchSizes: Readonly<Record<number, number>>;
  /** Mean time that a worker took for a batch lately, in milliseconds; null before the first. */
  readonly serviceMs: number | null;
}

/** A whole pipeline. */
export interface PipelineSnapshot {
  /** `"running"`, or how it ends. */
  readonly state: "running" | "draining" | "stopped";
  /** Most items that may be inside. */
  readonly capacity: number;
  /** Items that are inside. */
  readonly backlog: number;
  /** Calls that wait for a place. */
  readonly waiting: number;
  /** Its stages, in the order in which they are written. */
  readonly stages: readonly StageSnapshot[];
}
