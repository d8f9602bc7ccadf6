/**
 * What task code is written with: procedures, references to functions, the messenger, errors.
 *
 * @module
 */

export { currentMessenger, type Messenger, type WorkerIdentity } from "./messenger.ts";
export { Procedure } from "./procedure.ts";
export { RunFunction } from "./run_function.ts";
export { MapFunction } from "./map_function.ts";
export { type ReferenceTo, remote, type RemoteFunction, type RemoteModule } from "./remote.ts";
export type { ContextOf, RemoteStage, RemoteStageOf, Stage, StageClass, StageContext, WorkingStage } from "./stage.ts";
export type { SourceFunction } from "./function_source.ts";
export {
  type Isolation,
  type PlainFunction,
  Task,
  task,
  type TaskData,
  type TaskFunction,
  type TaskOptions,
} from "./task.ts";
export type {
  CallOptions,
  MapOptions,
  QueryOneOptions,
  QueryOptions,
  RunProcedureOptions,
  Streamable,
  StreamItem,
  StreamReturn,
  SubmitOptions,
  TaskCaller,
  TaskHandle,
  TaskProgress,
  TaskResult,
  TaskStream,
  WaitOptions,
} from "./task_caller.ts";
export type { LogLine } from "./log_line.ts";
export type { TaskAttempt, TaskFilter, TaskInfo } from "./task_info.ts";
export type { LimitOptions } from "./limit_options.ts";
export type { RetryOptions } from "./retry_options.ts";
export type { UniqueOptions } from "./unique_options.ts";
export type { FailureKind } from "../core/retry.ts";
export type { UniqueConflict, UniqueDuring } from "../core/unique.ts";
export type { LogLevel } from "../core/log_level.ts";
export type { Grant, Permissions } from "../core/permissions.ts";
export type { TaskState } from "../core/task_state.ts";
export * from "../core/errors.ts";
