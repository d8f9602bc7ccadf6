/** Runs snippets one after the other, with what they print as they print it: `deno task start FILE…`. */

import { Playground } from "./playground.ts";

await using playground = await Playground.open();
for (const file of Deno.args) {
  console.log(file);
  const error = await playground.run(await Deno.readTextFile(file), (line) => console.log(`  | ${line}`));
  console.log(error === null ? "  came to its end" : `  ${error}`);
}
