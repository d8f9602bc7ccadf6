/** Stands in for `jsr:@std/msgpack` in a checkout; see ../README.md. */

// @ts-types="./msgpack.d.ts"
export * from "npm:deno-std@1.3.4/msgpack/mod.js";
