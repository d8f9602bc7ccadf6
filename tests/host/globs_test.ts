import { assert, assertEquals } from "@std/assert";
import { fitsName, fitsPath } from "../../host/globs.ts";
import { cpuMs } from "../helpers/cpu_time.ts";

Deno.test("fitsName() takes `*` for any signs and `?` for one, and all else for itself", () => {
  const cases: [pattern: string, name: string, fits: boolean][] = [
    ...[["", "", true], ["*", "", true], ["*", "a", true], ["?", "", false], ["?", "ab", false]] as const,
    ...[["a*", "a", true], ["a*c", "abcbc", true], ["a*c", "abcb", false], ["*a*b", "xaxbxb", true]] as const,
    ...[["a?c", "abc", true], ["a.c", "abc", false], ["(a|b)+", "(a|b)+", true], ["a**c", "abbc", true]] as const,
  ].map(([pattern, name, fits]) => [pattern, name, fits]);
  for (const [pattern, name, fits] of cases) assertEquals(fitsName(pattern, name), fits, `${pattern} ${name}`);
});

Deno.test("fitsPath() takes `**` for one folder at least, and a segment for a segment", () => {
  const cases: [pattern: string, path: string, fits: boolean][] = [
    ["packages/*", "packages/a", true],
    ["packages/*", "packages/a/b", false],
    ["packages/**", "packages/a/b", true],
    ["packages/**", "packages", false],
    ["**/b", "a/a/b", true],
    ["**/b", "b", false],
    ["**/x/**/b", "a/x/a/a/b", true],
    ["**/x/**/b", "a/a/a/b", false],
  ];
  for (const [pattern, path, fits] of cases) {
    assertEquals(fitsPath(pattern.split("/"), path.split("/")), fits, `${pattern} ${path}`);
  }
});

Deno.test("A pattern that can be tried in many ways takes no longer than it is", () => {
  const before = cpuMs();
  // A regular expression of these takes half a minute, and twenty times as long for each further one.
  assert(!fitsName(`${"*a".repeat(4)}*b`, "a".repeat(200)));
  assert(!fitsPath([...Array(5).fill("**"), "b"], Array(150).fill("a")));
  assert(fitsName("*a".repeat(100), "a".repeat(200)));
  assert(cpuMs() - before < 5000);
});
