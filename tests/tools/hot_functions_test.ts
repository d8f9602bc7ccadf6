import { assert, assertEquals } from "@std/assert";
import { makeBundle } from "../../tools/bundle.ts";
import { hotFunctions } from "../../tools/hot/functions.ts";

const BUNDLE = new URL("../../process/bundle.js", import.meta.url);

Deno.test("hotFunctions() finds what a plain task calls, and not what only others do", async () => {
  await makeBundle();
  const hot = await hotFunctions(BUNDLE.href);
  const text = await Deno.readTextFile(BUNDLE);
  const named = ["execute", "runWorker", "logFailure", "runWorkerBody"].map((name) => {
    const [whole] = new RegExp(`function ${name}\\([^]*?\\n}`).exec(text)!;
    return [name, hot.has(text.indexOf(whole) + whole.length)];
  });
  assertEquals(named, [["execute", true], ["runWorker", true], ["logFailure", false], ["runWorkerBody", false]]);
  assert(hot.size > 50);
});
