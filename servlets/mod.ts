/**
 * Pipelines of stages that stay loaded in workers, fill batches, and are wired in sequence, in parallel or by choice.
 *
 * @module
 */

export {
  type OptionsOf,
  processServlet,
  type ProcessStageOptions,
  type StageFunction,
  type StageOptions,
  threadServlet,
} from "./stage_servlets.ts";
export {
  ensemble,
  type EnsembleInput,
  type EnsembleOptions,
  type EnsembleOutput,
  sequential,
  switchBy,
} from "./compound_servlets.ts";
export { Pipeline, type PipelineOptions, type PipelineStopOptions } from "./pipeline.ts";
export type { StageLogLine } from "./hire_worker.ts";
export type { WorkerLogLine } from "../workers/worker_options.ts";
export type { LogLevel } from "../wire/message.ts";
export type { PipelineSnapshot, StageSnapshot } from "../wire/pipeline_snapshot.ts";
export type { StartOptions } from "../core/start_within.ts";
export type {
  AnyServlet,
  InputOf,
  OutputOf,
  PipelineCaller,
  PipelineCallOptions,
  PipelineStreamOptions,
  PreprocessedStreamOptions,
  Servlet,
  StreamedItem,
  StreamedOutput,
} from "../procedures/servlet.ts";
export type {
  ContextOf,
  RemoteStage,
  RemoteStageOf,
  Stage,
  StageClass,
  StageContext,
  StageInput,
  StageOutput,
  WorkingStage,
} from "../procedures/stage.ts";
