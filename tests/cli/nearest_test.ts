import { assertEquals } from "@std/assert";
import { nearest } from "../../cli/nearest.ts";

const WORDS = ["workers", "address", "max-depth", "max-processes"];

Deno.test("nearest() finds the word that was meant", () => {
  assertEquals(nearest("wokers", WORDS), "workers");
  assertEquals(nearest("worker", WORDS), "workers");
  assertEquals(nearest("adress", WORDS), "address");
  assertEquals(nearest("max-proceses", WORDS), "max-processes");
});

Deno.test("nearest() gives null when no word is near", () => {
  assertEquals(nearest("port", WORDS), null);
  assertEquals(nearest("x".repeat(10_000), WORDS), null);
  assertEquals(nearest("anything", []), null);
});
