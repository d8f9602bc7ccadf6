import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Playground } from "./playground.ts";

const snippet = (name: string) => Deno.readTextFile(new URL(`snippets/${name}.js`, import.meta.url));

Deno.test("Lines of a snippet come while it runs", async () => {
  await using playground = await Playground.open();
  const line = Promise.withResolvers<string>();
  const end = playground.run(await snippet("endless_loop"), line.resolve);
  assertEquals(await Promise.race([line.promise, end]), "I never end");
  assertEquals(`${await end}`, "TaskTimeout: The task ran longer than its limit of 1000 ms");
});

Deno.test("Whatever a snippet tries, it ends with the reason, and the next one runs", async () => {
  await using playground = await Playground.open();
  const run = async (name: string) => {
    const lines: string[] = [];
    const error = await playground.run(await snippet(name), (line) => lines.push(line));
    return { lines, error: `${error}` };
  };
  assertStringIncludes((await run("memory_hog")).error, "used more memory than its limit of 64 MiB");
  // Variables read as absent, and files are refused.
  const curious = await run("environment");
  assertEquals(curious.lines[0], "my home is undefined");
  assertStringIncludes(curious.error, 'NotCapable: Requires read access to "/etc/passwd"');
  assertStringIncludes((await run("network")).error, 'NotCapable: Requires net access to "127.0.0.1:80"');
  assertStringIncludes((await run("follow_up")).error, "tasks may nest 0 deep");

  const flood = await run("flood");
  assertEquals(flood.error, "RangeError: The snippet printed more than 20000 characters");
  assertEquals(flood.lines.slice(0, 2), ["line 0", "line 1"]);
  assert(flood.lines.join("").length <= 20_000);

  const { lines, error } = await run("good");
  assertEquals([lines.join(), error], ["0,1,1,2,3,5,8,13,21,34,55,89", "null"]);
});
