/** Stands in for `jsr:@std/async` in a checkout; see ../README.md. */

// @ts-types="./async.d.ts"
export * from "npm:deno-std@1.3.4/async/mod.js";
