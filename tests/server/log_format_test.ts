import { assertEquals, assertStringIncludes } from "@std/assert";
import { lineFormatter } from "../../server/log_format.ts";

const LINE = { category: "Worker-1", level: "warning", at: Date.UTC(2026, 0, 2, 3, 4, 5, 6) } as const;

Deno.test("R10: lineFormatter() writes JSON of one line with time, level, message and the line's fields", () => {
  const json = lineFormatter("json");
  const text = json({ ...LINE, message: "a\nb", fields: { taskId: "id", lost: 3 } });
  assertEquals(text.indexOf("\n"), text.length - 1);
  assertEquals(JSON.parse(text), {
    time: "2026-01-02T03:04:05.006Z",
    level: "warning",
    logger: "Worker-1",
    message: "a\nb",
    taskId: "id",
    lost: 3,
  });
});

Deno.test("R10: lineFormatter() has JSON say what a line says where its fields say the rest", () => {
  const fields = { message: "hello", taskId: "id" };
  const line = { ...LINE, message: "[id f] hello", fields };
  assertEquals(JSON.parse(lineFormatter("json")(line)).message, "hello");
  assertStringIncludes(lineFormatter("text")(line), "] [WARNING] [id f] hello\n");
});

Deno.test("R10: lineFormatter() writes nothing into JSON that does not show as itself, and loses nothing", () => {
  const message = "\x1b[2J \u202eevil\u202c \u2028 \u{e0041} \ud800 \u3164 \x9b ünï 日本 👍";
  const text = lineFormatter("json")({ ...LINE, message, fields: { name: "\u200b" } });
  assertEquals(/[^\n\x20-\x7e]/.exec(text.replaceAll(/[ünï日本👍]/gu, "")), null);
  assertEquals([JSON.parse(text).message, JSON.parse(text).name], [message, "\u200b"]);
});
