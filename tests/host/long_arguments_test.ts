import { assert, assertEquals } from "@std/assert";
import { inArguments, listFlags } from "../../host/long_arguments.ts";

Deno.test("listFlags() says all of a list, in flags each of which Linux takes", () => {
  assertEquals([listFlags("--no-prompt"), listFlags("--a=b,c=d")], [["--no-prompt"], ["--a=b,c=d"]]);
  for (const sign of ["a", "\u00e4", "\u540d"]) {
    const entries = Array.from({ length: 5000 }, (_, i) => `/${sign.repeat(30)}=${i}`);
    const flags = listFlags(`--allow-read=${entries.join()}`);
    for (const flag of flags) assert(new TextEncoder().encode(flag).length < 128 * 1024, `${flag.length}`);
    assertEquals(flags.flatMap((flag) => flag.replace("--allow-read=", "").split(",")), entries);
  }
});

Deno.test("inArguments() leaves nothing out, though one item alone is more than there is room for", () => {
  assertEquals(inArguments([], () => "none"), []);
  const items = ["a", "b".repeat(20), "c", "d"];
  assertEquals(inArguments(items, (some) => some.join(""), 10).join(""), items.join(""));
});
