/**
 * Dispatchers: the same queues and the same `execute` over processes, threads, or this very thread. A `Client` of a
 * server is one too.
 *
 * @module
 */

export { defineTask, type DefineTaskOptions } from "../procedures/define_task.ts";
export type { DefinedTask } from "../procedures/defined_task.ts";
export type { ExecuteOptions, QueueOptions, QueueWaitOptions, TaskDispatcher } from "./task_dispatcher.ts";
export type { ResultIterator } from "./result_iterator.ts";
export type { TaskQueue } from "./task_queue.ts";
export type { BaseDispatcher } from "./base_dispatcher.ts";
export { InlineDispatcher, type InlineDispatcherOptions } from "./inline_dispatcher.ts";
export { ProcessDispatcher, type ProcessDispatcherOptions } from "./process_dispatcher.ts";
export { ThreadDispatcher, type ThreadDispatcherOptions } from "./thread_dispatcher.ts";
