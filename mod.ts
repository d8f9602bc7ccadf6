/**
 * Palpable for Deno: a small task server that needs no broker. This is what clients and task modules import; the server
 * is `@palpable/palpable/server`.
 *
 * @module
 */

export * from "./procedures/mod.ts";
export * from "./client.ts";
export { registerError } from "./wire/codec.ts";
export { defineTask, type DefineTaskOptions } from "./procedures/define_task.ts";
export type { DefinedTask } from "./procedures/defined_task.ts";
