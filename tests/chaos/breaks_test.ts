import { assert, assertEquals, assertThrows } from "@std/assert";
import { BREAKS, broken } from "./breaks.ts";

const ROOT = new URL("../../", import.meta.url);

for (const [name, breakage] of Object.entries(BREAKS)) {
  Deno.test(`the break ${name} changes its module in one place, and its imports lead to where they led`, async () => {
    const text = broken(breakage, ROOT);
    const url = new URL(breakage.file, ROOT);
    assert(text.includes(breakage.is));
    assert(!text.replace(breakage.is, () => "").includes(breakage.was));
    assertEquals(text.match(/from "\./g), null);
    for (const [, href] of text.matchAll(/from "(file:[^"]+)"/g)) {
      assert((await Deno.stat(new URL(href))).isFile, `${url}`);
    }
  });
}

Deno.test("broken() says where a break has nothing to change any more", () => {
  const stale = { about: "", file: "store/sqlite/journal.ts", was: "no such line", is: "" };
  assertThrows(
    () => broken(stale, ROOT),
    Error,
    'Cannot break store/sqlite/journal.ts: "no such line" is not there once',
  );
});
