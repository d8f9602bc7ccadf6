/**
 * Stages: code that stays loaded in workers of its own.
 *
 * @module
 */

import type { Permissions } from "../core/permissions.ts";
import { parsePermissions } from "../core/permissions.ts";
import { requireKnown } from "../core/require_known.ts";
import { numberRefusal, requireWhole } from "../core/require_number.ts";
import { isRemoteFunction, type RemoteFunction } from "../procedures/remote.ts";
import type { Servlet } from "../procedures/servlet.ts";
import type { RemoteStage, StageClass, StageContext, StageInput, StageOutput } from "../procedures/stage.ts";
import { requireCallOptions } from "../workers/worker_options.ts";
import { described, type StageTarget } from "./servlet.ts";

/** Options of {@linkcode threadServlet}. */
export interface StageOptions<Options = unknown> {
  /** What errors, snapshots and logs call the stage. @default {the class's or function's name} */
  name?: string;
  /** Workers, each with the stage loaded; each item goes to one of them. @default {1} */
  workers?: number;
  /** Most items that a worker is given at once. @default {1} */
  batchSize?: number;
  /**
   * How long a batch may wait for more items after its first one, in milliseconds, while a worker is free. `"auto"`: at
   * most a tenth of the stage's measured service time, and only while items come fast enough to gain by it. @default {0}
   */
  batchWaitMs?: number | "auto";
  /** How often an item may be begun by workers that die of it, before it fails. @default {2} */
  maxAttempts?: number;
  /**
   * Longest time in milliseconds that a worker may be at an item, and at a batch as long for each of its items. An item
   * that takes longer fails with `TaskTimeout`; since its code need not yield, the worker is replaced. Of a batch each
   * item is begun again alone, within `maxAttempts`. @default {no limit, but a worker that does not come back from items
   * that were given up, for a second or ten times as long as batches take, is replaced where others wait for it}
   */
  itemTimeoutMs?: number;
  /** How many items, or batches, each worker is at, at once: while one waits, others go on. @default {1} */
  concurrency?: number;
  /** What the stage's constructor and `init` find as `context.options`; any value that can be sent. */
  options?: Options;
}

/** Options of {@linkcode processServlet}. */
export interface ProcessStageOptions<Options = unknown> extends StageOptions<Options> {
  /**
   * One process for each entry, pinned to the processor or processors that the entry names (null: to none). On Linux
   * only, by `taskset` of util-linux; elsewhere, or without that program, the processes run where the system puts them.
   */
  cpus?: readonly (number | readonly number[] | null)[];
  /** What the stage may do. @default {nothing} */
  permissions?: Permissions;
  /** Most memory of each process in MiB. @default {no limit} */
  memoryMb?: number;
}

/** A function that is a stage: of one argument. */
export type StageFunction<In, Out> = RemoteFunction<[In], Out> | ((item: In) => Out);
/** The `options` that a stage's constructor finds in its context. */
export type OptionsOf<Context> = Context extends StageContext<infer Options> ? Options : unknown;

/**
 * A stage in sandboxed processes of its own.
 *
 * @example
 * ```ts
 * import { remote } from "../procedures/remote.ts";
 * import { processServlet } from "./mod.ts";
 *
 * const stages = remote<{ double(x: number): number }>(import.meta.resolve("./stages.ts"));
 * const servlet = processServlet(stages.double, { workers: 2, batchSize: 8, batchWaitMs: 5 });
 * console.assert(servlet.kind === "stage");
 * ```
 *
 * @throws {RangeError} for an option out of range. @throws {TypeError} for one that is none, or of another type, and for
 * what is no stage.
 */
export function processServlet<Instance, Context>(
  stage: RemoteStage<Instance, Context>,
  options?: ProcessStageOptions<OptionsOf<Context>>,
): Servlet<StageInput<Instance>, StageOutput<Instance>>;
/** A stage in processes, by its class. */
export function processServlet<Class extends StageClass>(
  stage: Class,
  options?: ProcessStageOptions<OptionsOf<ConstructorParameters<Class>[0]>>,
): Servlet<StageInput<InstanceType<Class>>, StageOutput<InstanceType<Class>>>;
/** A function in processes. */
export function processServlet<In, Out>(
  fn: StageFunction<In, Out>,
  options?: ProcessStageOptions,
): Servlet<In, Awaited<Out>>;
export function processServlet(stage: unknown, options: ProcessStageOptions = {}): Servlet {
  return describe("process", stage, options);
}

/**
 * A stage in threads (Web Workers) of this program: for steps too light for a process. A thread has the rights of this
 * program and sees its environment and files, but none of its variables: a function is sent as source and can use
 * nothing from outside of itself, or is named by `remote()`; a class is loaded from its module.
 *
 * @throws {RangeError} for an option out of range. @throws {TypeError} for one that is none, or of another type, and for
 * what is no stage.
 */
export function threadServlet<Instance, Context>(
  stage: RemoteStage<Instance, Context>,
  options?: StageOptions<OptionsOf<Context>>,
): Servlet<StageInput<Instance>, StageOutput<Instance>>;
/** A stage in threads, by its class. */
export function threadServlet<Class extends StageClass>(
  stage: Class,
  options?: StageOptions<OptionsOf<ConstructorParameters<Class>[0]>>,
): Servlet<StageInput<InstanceType<Class>>, StageOutput<InstanceType<Class>>>;
/** A function in threads. */
export function threadServlet<In, Out>(
  fn: StageFunction<In, Out>,
  options?: StageOptions,
): Servlet<In, Awaited<Out>>;
export function threadServlet(stage: unknown, options: StageOptions = {}): Servlet {
  return describe("thread", stage, options);
}

const KNOWN = [
  "name",
  "workers",
  "batchSize",
  "batchWaitMs",
  "maxAttempts",
  "itemTimeoutMs",
  "concurrency",
  "options",
];
const KNOWN_OF_PROCESSES = [...KNOWN, "cpus", "permissions", "memoryMb"];

function describe(host: "process" | "thread", stage: unknown, options: ProcessStageOptions): Servlet {
  requireKnown(options, host === "process" ? KNOWN_OF_PROCESSES : KNOWN);
  const target = targetOf(stage);
  const { name = target.name || "anonymous", batchSize = 1, batchWaitMs = 0, maxAttempts = 2 } = options;
  const workers = workersOf(options);
  if (typeof name !== "string" || name === "") {
    throw new TypeError("Cannot use name: it must be a text that is not empty");
  }
  const of = ` of the stage ${name}`;
  requireWhole(`batchSize${of}`, batchSize);
  requireWhole(`maxAttempts${of}`, maxAttempts);
  requireWhole(`memoryMb${of}`, options.memoryMb, 16);
  if (batchWaitMs !== "auto" && !(typeof batchWaitMs === "number" && batchWaitMs >= 0)) {
    throw numberRefusal(`batchWaitMs${of}`, 'a number of milliseconds from 0, or "auto"', batchWaitMs, true);
  }
  const { itemTimeoutMs, concurrency = 1 } = options;
  requireCallOptions({ itemTimeoutMs, concurrency });
  if (options.permissions !== undefined) parsePermissions(options.permissions);
  const { permissions, memoryMb } = options;
  const servlet = { kind: "stage" as const, host, name, target, workers, batchSize, batchWaitMs, maxAttempts };
  const limits = { itemTimeoutMs, concurrency, memoryMb };
  return described({ ...servlet, ...limits, permissions, options: options.options }) as Servlet;
}

function targetOf(stage: unknown): StageTarget {
  if (isRemoteFunction(stage)) return stage;
  if (typeof stage !== "function") {
    throw new TypeError(
      `Cannot use a value of type ${
        stage === null ? "null" : typeof stage
      } as a stage: give a class, a function or a ` +
        "remote() reference",
    );
  }
  if (!/^class\b/.test(Function.prototype.toString.call(stage))) return stage as (item: never) => unknown;
  const { module, name } = stage as unknown as { module?: unknown; name: string };
  if (!Object.hasOwn(stage, "module") || !URL.canParse(String(module))) {
    throw new TypeError(
      `Cannot use ${name} as a stage: it does not say where it lives; add "static module = import.meta.url" to it`,
    );
  }
  return Object.freeze({ kind: "remote", module: String(module), name });
}

function workersOf({ workers, cpus }: ProcessStageOptions): (readonly number[] | null)[] {
  if (cpus === undefined) {
    requireWhole("workers", workers);
    return Array.from({ length: workers ?? 1 }, () => null);
  }
  if (!Array.isArray(cpus)) throw new TypeError("Cannot use cpus: it must be a list");
  if (cpus.length === 0) throw new RangeError("Cannot use cpus: it must be a list, not empty");
  if (workers !== undefined && workers !== cpus.length) {
    throw new RangeError(`Cannot use ${workers} workers with cpus for ${cpus.length}: give one of the two`);
  }
  return cpus.map((entry) => {
    const list = entry === null ? null : Array.isArray(entry) ? [...entry] : [entry];
    if (list?.length === 0) throw new RangeError("Cannot use cpus: one of its lists is empty");
    const wrong = list?.findIndex((cpu) => !Number.isInteger(cpu) || cpu < 0) ?? -1;
    if (wrong < 0) return list;
    throw numberRefusal("cpus", "a list of processors' numbers, lists of them, and null", list![wrong]);
  });
}
