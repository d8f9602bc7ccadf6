/**
 * The closed list of what a `TaskError` can be.
 *
 * @module
 */

/** Every code that a `TaskError` can have. The list is closed: PROTOCOL.md says what each means. */
export const ERROR_CODES = [
  // how a task ended
  "TASK_FAILED",
  "TASK_TIMEOUT",
  "TASK_EXPIRED",
  "RETRY_LATER",
  "TASK_CANCELLED",
  "TASK_CRASHED",
  "TASK_KILLED_BY_QUIT",
  "TASK_KILLED_BY_MONITORING",
  "MEMORY_LIMIT",
  "OUTPUT_LIMIT",
  "TASK_POISONED",
  "SERVER_LOST",
  "PROCESS_LIMIT",
  "THROWN_VALUE",
  "RESULT_NOT_SENDABLE",
  "RESULT_TOO_LARGE",
  // what was asked to run cannot run
  "MODULE_NOT_FOUND",
  "MODULE_LOAD_FAILED",
  "MODULE_NOT_ALLOWED",
  "EXPORT_NOT_FOUND",
  "NOT_CALLABLE",
  "OUTSIDE_NAME",
  "PERMISSION_CEILING",
  "WALL_REFUSED",
  // refusals of a call
  "NOT_SENDABLE",
  "DUPLICATE_TASK",
  "UNKNOWN_TASK",
  "QUEUE_FULL",
  "DEPTH_EXCEEDED",
  "UNKNOWN_SCHEDULE",
  "SCHEDULES_FULL",
  "INVALID_REQUEST",
  "UNKNOWN_COMMAND",
  "NOT_ALLOWED",
  "SERVER_STOPPING",
  "NO_STORE",
  "STORE_FULL",
  "STORE_FAILED",
  "INTERNAL",
  // pipelines
  "PIPELINE_FULL",
  "PIPELINE_TIMEOUT",
  "PIPELINE_STOPPED",
  "ITEM_TOO_LARGE",
  "UNKNOWN_PIPELINE",
  "STAGE_FAILED",
  "ENSEMBLE_FAILED",
  // the connection
  "AUTHENTICATION_FAILED",
  "PROTOCOL_VERSION",
  "MALFORMED_MESSAGE",
  "FRAME_TOO_LARGE",
  "CONNECTION_CLOSED",
  "SERVER_OFFLINE",
  "SERVER_BUSY",
  // the caller and the server's own start
  "WAIT_TIMEOUT",
  "STREAM_ENDED",
  "QUEUE_CLOSED",
  "RESULTS_NOT_TAKEN",
  "DISPATCHER_CLOSED",
  "ADDRESS_IN_USE",
  "INSECURE_ADDRESS",
  "AUTHKEY_UNUSABLE",
  "GROUP_IN_USE",
  "GROUP_UNUSABLE",
  "WALL_UNAVAILABLE",
  "STORE_IN_USE",
  "STORE_UNUSABLE",
  // workers and pools
  "WORKER_TERMINATED",
  "WORKER_CLOSED",
  "WORKER_BUSY",
  "NO_WORKERS",
  "ITEM_LOST",
  "SSH_FAILED",
] as const;

/** One of {@linkcode ERROR_CODES}. */
export type ErrorCode = typeof ERROR_CODES[number];
