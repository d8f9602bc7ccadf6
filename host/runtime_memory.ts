/**
 * What the runtime itself takes of a process's memory.
 *
 * @module
 */

/** Before a task has allocated anything, generously, in MiB. */
export const RUNTIME_MB = 96;
