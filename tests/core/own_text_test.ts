import { assert, assertEquals } from "@std/assert";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { ownText } from "../../core/own_text.ts";

Deno.test("ownText() gives the same text", () => {
  for (const text of ["", "a", "\u{1f600}", "x".repeat(100)]) assertEquals(ownText(text), text);
});

Deno.test("ownText() keeps nothing of what a text was cut of", () => {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  const parts: string[] = [];
  gc();
  const before = Deno.memoryUsage().heapUsed;
  // Each is read anew, as output of a process is.
  for (let i = 0; i < 100; i++) parts.push(ownText(new TextDecoder().decode(new Uint8Array(2 ** 20)).slice(100, 200)));
  gc();
  const kept = Deno.memoryUsage().heapUsed - before;
  assert(kept < 10 * 2 ** 20, `${kept} bytes are kept for ${parts.length} texts of 100 characters`);
});
