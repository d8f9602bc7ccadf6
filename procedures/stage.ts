/**
 * What users write for a pipeline's stages: a class whose instance stays loaded in its worker.
 *
 * @module
 */

/** What a stage is told when it is made: `new Stage(context)`, and then `init(context)` where it has one. */
export interface StageContext<Options = unknown> {
  /** What the stage is called. */
  readonly name: string;
  /** Which of the stage's workers this is, from 0. */
  readonly workerIndex: number;
  /** Most items that `callBatch` is given at once. */
  readonly batchSize: number;
  /** The `options` that the servlet was described with. */
  readonly options: Options;
}

/**
 * An instance of a stage class. It has `call`, or `callBatch`, which gets and gives a list; an Error in that list fails
 * just its own item.
 *
 * - `init` is awaited before the first item; what is slow to load belongs there or in the constructor.
 * - `preprocess` runs on each item first; when it throws, that costs only its own item.
 * - `[Symbol.asyncDispose]` or `[Symbol.dispose]` is called when the pipeline stops.
 */
export interface Stage {
  /** Loads what the stage needs. */
  // deno-lint-ignore no-explicit-any
  init?(context: StageContext<any>): unknown;
  /** Checks or changes an item before `call` or `callBatch` gets it. */
  preprocess?(item: never): unknown;
  /** Works on one item. */
  call?(item: never): unknown;
  /** Works on a list of items, and gives a list that is as long. */
  callBatch?(items: never): unknown;
}

/** A stage that has what it needs: one of the two. */
export type WorkingStage = Stage & ({ call(item: never): unknown } | { callBatch(items: never): unknown });

/** A stage class that is imported, which says where it lives: `static module = import.meta.url`. */
// deno-lint-ignore no-explicit-any
export interface StageClass<Instance extends WorkingStage = WorkingStage, Context = any> {
  /** Where the class can be imported from. */
  readonly module: string;
  /** Called in the stage's own worker. */
  new (context: Context): Instance;
}

/** A stage class that is named by its type and loaded in its worker alone. Made by `remote()`. */
export interface RemoteStage<Instance = unknown, Context = unknown> {
  /** Marks a reference. */
  readonly kind: "remote";
  /** URL of the module. */
  readonly module: string;
  /** Name of the export. */
  readonly name: string;
  /** Never there; carries the type, and keeps it apart from a function's. */
  readonly signature?: { readonly instance: Instance; readonly context: (context: Context) => void };
}

/** The reference that `remote()` gives for a class of a module's type; `never` for what is no stage. */
export type RemoteStageOf<Class> = Class extends new (...args: infer Args) => infer Instance
  ? Instance extends WorkingStage ? RemoteStage<Instance, ContextOf<Args>> : never
  : never;

/** What a stage class's constructor takes. */
export type ContextOf<Args extends unknown[]> = Args extends [infer Context, ...unknown[]] ? Context : StageContext;

/** What a stage takes. */
export type StageInput<Instance> = Instance extends { preprocess(item: infer Item): unknown } ? Item
  : Instance extends { call(item: infer Item): unknown } ? Item
  : Instance extends { callBatch(items: infer Items): unknown } ? Items extends readonly (infer Item)[] ? Item : never
  : never;

/** What a stage gives. */
export type StageOutput<Instance> = Instance extends { callBatch(items: never): infer Output }
  ? Awaited<Output> extends readonly (infer Item)[] ? Exclude<Item, Error> : never
  : Instance extends { call(item: never): infer Output } ? Awaited<Output>
  : never;
