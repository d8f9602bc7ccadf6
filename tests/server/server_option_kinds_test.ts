import { assertEquals, assertThrows } from "@std/assert";
import { OptionRangeError, OptionTypeError } from "../../core/option_error.ts";
import type { OptionKind } from "../../server/option_kind.ts";
import { ADDRESS, CEILING, FOLDERS, GROUP, KEY, PATH, TLS } from "../../server/server_option_kinds.ts";

function refused(kind: OptionKind<unknown>, value: unknown): [option: string, why: string] {
  const error = assertThrows(() => kind.parse("it", value)) as OptionRangeError | OptionTypeError;
  return [error.option, error.why];
}

Deno.test("Each kind gives back the value that it was given", () => {
  const tls = { cert: "c", key: "k" };
  const folders = ["/a", "file:///b", new URL("file:///c%20d")];
  const ceiling = { read: ["/a"], net: true };
  const bytes = new Uint8Array(3);
  assertEquals(ADDRESS.parse("it", "unix:/a"), "unix:/a");
  assertEquals(GROUP.parse("it", "a.b-c_1"), "a.b-c_1");
  assertEquals([KEY.parse("it", ""), KEY.parse("it", bytes)], ["", bytes]);
  assertEquals([PATH.parse("it", "logs"), PATH.parse("it", "/a b")], ["logs", "/a b"]);
  assertEquals([TLS.parse("it", tls), FOLDERS.parse("it", folders)], [tls, folders]);
  assertEquals([CEILING.parse("it", "all"), CEILING.parse("it", ceiling)], ["all", ceiling]);
});

Deno.test("CEILING names the entry that it refuses, and has nothing to inherit", () => {
  assertEquals(refused(CEILING, { net: ["a", "http://b"] })[0], "it.net[1]");
  assertEquals(refused(CEILING, { reed: true })[0], "it");
  for (const value of ["inherit", { read: "inherit" }]) {
    assertEquals(refused(CEILING, value), [
      "it",
      'a server has nothing to inherit: give what tasks may have, or "all"',
    ]);
  }
});

Deno.test("PATH and FOLDERS show what cannot be a path", () => {
  assertEquals(refused(PATH, ""), ["it", 'it must be a path: current value is ""']);
  assertEquals(refused(PATH, "/a\0"), ["it", 'it must be a path: current value is "/a\\u0000"']);
  const why = "each must be an absolute path or a file: URL: current value is ";
  assertEquals(refused(FOLDERS, ["/a", "b"]), ["it", `${why}"b"`]);
  assertEquals(refused(FOLDERS, new Array(2)), ["it", `${why}undefined`]);
  assertEquals(refused(FOLDERS, "/a"), ["it", "it must be a list of folders"]);
});
