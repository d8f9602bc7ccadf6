import { assertEquals, assertThrows } from "@std/assert";
import { joinAnswers, outputsOf, requirePart, type StageAnswer } from "../../wire/stage_batch.ts";

Deno.test("E11: joinAnswers() gives each item of the parts what came of it", () => {
  const parts: StageAnswer[] = [
    [5, [1], [1, 3], new Uint8Array([1, 2, 2]), 7],
    [5, [], [2], new Uint8Array([3, 3]), 7],
    [5, [0], [1, 1], new Uint8Array([4])],
  ];
  const joined = joinAnswers(parts);
  assertEquals(joined, [5, [1, 3], [1, 3, 5, 6, 6], new Uint8Array([1, 2, 2, 3, 3, 4])]);
  assertEquals([...outputsOf(joined)].map(([isError, bytes]) => [isError, ...bytes]), [
    [false, 1],
    [true, 2, 2],
    [false, 3, 3],
    [true, 4],
    [false],
  ]);
});

Deno.test("E11: requirePart() refuses what is no part of an answer", () => {
  requirePart([1, [], [1], new Uint8Array(1), 3]);
  for (const part of [null, 5, [], [1, [], 5, new Uint8Array(1)], [1, [], [2], new Uint8Array(1)], [-1, [], [], ""]]) {
    assertThrows(() => requirePart(part), Error, "what a stage's worker gave");
  }
});
