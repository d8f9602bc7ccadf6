import { assertEquals } from "@std/assert";
import { escapeControls, escapeInJson, escapeInvisible } from "../../core/shown_text.ts";

const HOSTILE = "a\x1b[31m\x9b2J\u202e\u200b\u{e0001}b\tc\nd é 😀";

Deno.test("V15: escapeInvisible() writes out what steers a terminal or does not show, and leaves the rest", () => {
  assertEquals(escapeInvisible(HOSTILE), "a\\x1b[31m\\x9b2J\\u{202e}\\u{200b}\\u{e0001}b\tc\nd é 😀");
});

Deno.test("V15: escapeControls() leaves what is merely not seen: it is data", () => {
  assertEquals(escapeControls(HOSTILE), "a\\x1b[31m\\x9b2J\\u{202e}\u200b\u{e0001}b\tc\nd é 😀");
});

Deno.test("V15: escapeInJson() gives the same JSON without what steers a terminal", () => {
  const json = JSON.stringify({ [HOSTILE]: [HOSTILE] }, null, 2);
  const shown = escapeInJson(json);
  assertEquals(JSON.parse(shown), { [HOSTILE]: [HOSTILE] });
  assertEquals(/[\x9b\u202e\u200b]|\u{e0001}/u.test(shown), false);
});
