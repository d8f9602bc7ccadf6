import { assert, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import type { Target } from "../../core/profile.ts";
import { fingerprint } from "../../engine/fingerprint.ts";
import { profile } from "../helpers/task_record.ts";

const input = fc.uint8Array({ minLength: 1, maxLength: 4000 });

Deno.test("fingerprint() is the same whole number below 2^52 for the same target and input", () => {
  fc.assert(fc.property(input, (input) => {
    const print = fingerprint(profile(), input);
    assertEquals(fingerprint(profile({ timeoutMs: 5, priority: 3, name: "other" }), input.slice()), print);
    assert(Number.isInteger(print) && print >= 0 && print < 2 ** 52);
  }));
});

Deno.test("fingerprint() is none below 0, though its upper half is 0", () => {
  // Found by trying: of a million inputs about one is so.
  const print = fingerprint(profile(), Uint8Array.of(0, 0, 135, 4));
  assert(print > 0 && print < 2 ** 32);
});

Deno.test("fingerprint() tells inputs apart that differ in one byte, or in length", () => {
  fc.assert(fc.property(input, fc.nat(), fc.integer({ min: 1, max: 255 }), (input, at, difference) => {
    const changed = input.slice();
    changed[at % input.length] ^= difference;
    assertNotEquals(fingerprint(profile(), changed), fingerprint(profile(), input));
    assertNotEquals(fingerprint(profile(), input.subarray(1)), fingerprint(profile(), input));
  }));
  assertNotEquals(fingerprint(profile(), new Uint8Array(3)), fingerprint(profile(), new Uint8Array(4)));
});

Deno.test("fingerprint() tells modules, exports and sources apart", () => {
  const targets: Target[] = [
    { kind: "export", module: "file:///a.ts", name: "run" },
    { kind: "export", module: "file:///b.ts", name: "run" },
    { kind: "export", module: "file:///a.ts", name: "walk" },
    { kind: "source", text: "(() => 1)", name: "run" },
    { kind: "source", text: "(() => 2)", name: "run" },
  ];
  const prints = targets.map((target) => fingerprint(profile({ target }), new Uint8Array(8)));
  assertEquals(new Set(prints).size, targets.length);
});

Deno.test("fingerprint() reads every byte of a large input", () => {
  const large = new Uint8Array(10_000_000);
  const print = fingerprint(profile(), large);
  assertEquals(fingerprint(profile(), large.slice()), print);
  assertNotEquals(fingerprint(profile(), large.subarray(1)), print);
  // Where every 2,441st byte was looked at, this was the same.
  large[1234]++;
  assertNotEquals(fingerprint(profile(), large), print);
});
