import { assertEquals, assertThrows } from "@std/assert";
import { TaskError } from "../../core/errors.ts";
import { MAX_STEP_BYTES, MAX_STEPS } from "../../core/step.ts";
import { StepBook } from "../../store/step_book.ts";

/** It is refused for this bound. */
function refuses(act: () => void, hint: string, code = "STEP_LIMIT"): void {
  assertEquals(assertThrows(act, TaskError, hint).code, code);
}

Deno.test("StepBook.add() refuses what is beyond a bound by that bound, and keeps what it has", () => {
  const book = new StepBook();
  const large = new Uint8Array(MAX_STEP_BYTES);
  refuses(() => book.add("a", "one", new Uint8Array(MAX_STEP_BYTES + 1)), "1048577 bytes, and 1048576 are allowed");
  for (let n = 0; n < 15; n++) book.add("a", `${n}`, large);
  refuses(() => book.add("a", "more", large), "16777216 bytes, the most of a task");
  for (let n = 0; n < MAX_STEPS; n++) book.add("b", `${n}`, new Uint8Array());
  refuses(() => book.add("b", "more", new Uint8Array()), "1000, the most of a task");
  assertEquals([book.of("a").size, book.of("b").size, book.of("c").size, book.size], [15, MAX_STEPS, 0, 2]);
  book.delete("b");
  book.add("b", "again", new Uint8Array());
});

Deno.test("StepBook has room for so many bytes of all tasks, and again once some have gone", () => {
  const book = new StepBook(10_000);
  book.takeUp("a", "one", new Uint8Array(4000));
  book.add("b", "one", new Uint8Array(4000));
  refuses(() => book.add("c", "one", new Uint8Array(4000)), "10000 bytes, the most of a server");
  book.requireRoom("one");
  book.add("c", "one", new Uint8Array(1300));
  refuses(() => book.requireRoom("one"), "10000 bytes, the most of a server", "STEPS_FULL");
  book.delete("a");
  book.delete("a");
  book.requireRoom("one");
  book.add("d", "one", new Uint8Array(4000));
  for (const id of ["b", "c", "d"]) book.delete(id);
  assertEquals(book.size, 0);
  book.add("a", "one", new Uint8Array(9700));
});
