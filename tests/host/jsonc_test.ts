import { assertEquals } from "@std/assert";
import { objectIn, textsIn } from "../../host/jsonc.ts";

Deno.test("objectIn() takes comments, commas at the end and a mark of the encoding", () => {
  const text = `\ufeff// one\n{ "a": /* two, */ [1, 2, ], "b": "// no comment, ]", "\\u0063": { "d": "\\"", }, /* end`;
  assertEquals(objectIn(`${text} */ }`), { a: [1, 2], b: "// no comment, ]", c: { d: '"' } });
});

Deno.test("objectIn() is null for what is no object", () => {
  for (const text of ["", "null", "5", "[]", '"a"', "{", "{,}}", "{ a: 1 }", "/*"]) assertEquals(objectIn(text), null);
});

Deno.test("textsIn() leaves out what is no text", () => {
  assertEquals([textsIn(["a", 1, null, "b"]), textsIn("a"), textsIn(undefined)], [["a", "b"], [], []]);
});
