import { assertEquals } from "@std/assert";
import { folderOf } from "../../server/module_root.ts";

Deno.test("folderOf() gives the path of an absolute path and of a file: URL", () => {
  assertEquals(["/a", "file:///a%20b", new URL("file:///c")].map(folderOf), ["/a", "/a b", "/c"]);
});

Deno.test("folderOf() is null for all else", () => {
  for (const root of ["", "a", "./a", "file:a", "file://host/a", "https://a/", "file:///100%", "file:///%ff"]) {
    assertEquals(folderOf(root), null, root);
  }
  assertEquals(folderOf(new URL("https://a/")), null);
});
