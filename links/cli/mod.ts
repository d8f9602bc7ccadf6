/** Stands in for `jsr:@std/cli` in a checkout; see ../README.md. */

// @ts-types="./cli.d.ts"
export * from "npm:deno-std@1.3.4/cli/parse_args.js";
