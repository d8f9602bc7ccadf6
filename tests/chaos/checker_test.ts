import { assertEquals } from "@std/assert";
import { check } from "./checker.ts";
import { begun } from "./history_by_hand.ts";
import { readMarks } from "./history.ts";

Deno.test("check() shows what was seen of what it found, and of servers meanwhile", () => {
  const [{ evidence }] = check(begun().accept("x").run("y").restart().note({ what: "unknown", id: "x" }));
  const whats = evidence.map((line) => (JSON.parse(line) as { what: string }).what);
  assertEquals(whats, ["asked", "accepted", "lost", "started", "unknown"]);
});

Deno.test("readMarks() passes over the part of a line that a killed task has left", () => {
  const mark = begun().mark("x", "begin").marks[0];
  const line = JSON.stringify(mark);
  assertEquals(readMarks(`${line}\n${line.slice(0, 20)}\n${line}\n${line.slice(0, 30)}`), [mark, mark]);
});
