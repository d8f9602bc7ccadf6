import { assertEquals } from "@std/assert";
import { stripComments } from "../../tools/strip_comments.ts";

Deno.test("stripComments takes comments with lines of their own out, but for the names of modules", () => {
  const text = `// core/sample.ts
/**
 * Two lines.
 */
var a = "/* text */";
var Sample = class {
  /** One line. */
  n = /* a note */ 1; // One more.
  // Why.
  pattern = /\\/\\*/;
  text = \`
/** in a template */
\`;
};
/** At the end. */
`;
  assertEquals(
    stripComments(text),
    `// core/sample.ts
var a = "/* text */";
var Sample = class {
  n = /* a note */ 1; // One more.
  pattern = /\\/\\*/;
  text = \`
/** in a template */
\`;
};
`,
  );
});
