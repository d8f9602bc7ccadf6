import { assertEquals } from "@std/assert";
import { deniedPaths, deniedReads, deniedWrites, withoutDenied } from "../../host/denied.ts";

const same = (path: string) => ({ written: path, real: path });

Deno.test("deniedReads() repeats what is denied in the spelling of each grant that it lies below", () => {
  const grants = [same("/home/u"), { written: "/link", real: "/home" }, { written: "/other", real: "/srv" }, same("/")];
  assertEquals(deniedReads(["/home/u/.config/key"], grants), ["/home/u/.config/key", "/link/u/.config/key"]);
  // A folder whose name begins alike is another one.
  assertEquals(deniedReads(["/home/user2/key"], [{ written: "/link", real: "/home/user" }]), ["/home/user2/key"]);
  assertEquals(deniedReads(["/a,b/key", "/c"], []), ["/c"]);
});

Deno.test("deniedWrites() begins right below a grant, so that nothing on the way can be moved", () => {
  const place = "/home/u/.config/palpable/authkey";
  assertEquals(deniedWrites([place], [same("/home/u")]), [place, "/home/u/.config"]);
  assertEquals(deniedWrites([place], [{ written: "/link", real: "/home" }]), [
    place,
    "/link/u/.config/palpable/authkey",
    "/link/u",
  ]);
  assertEquals(deniedWrites([place], [same("/home/u/.config/palpable")]), [place]);
  for (const elsewhere of ["/", "/srv", "/home/u/.config/palpable/authkey"]) {
    assertEquals(deniedWrites([place], [same(elsewhere)]), [place]);
  }
});

Deno.test("withoutDenied() leaves out what was granted within what is denied, by either of its names", () => {
  const kept = [same("/data"), { written: "/link", real: "/srv" }, same("/cache2")];
  const dropped = [same("/cache"), same("/cache/npm"), { written: "/cache/x", real: "/y" }, {
    written: "/z",
    real: "/cache/z",
  }];
  assertEquals(withoutDenied([...kept, ...dropped], ["/cache"]), kept);
});

Deno.test("deniedPaths() gives the parts of a place that holds what a process must load", () => {
  const denied = {
    places: [{ path: "/logs", parts: ["/logs/Server.log"] }, { path: "/key", parts: ["/key"] }],
    net: () => [],
  };
  assertEquals(deniedPaths(denied, ["/project/m.ts"]), ["/logs", "/key"]);
  assertEquals(deniedPaths(denied, ["/logs/m.ts", "/logs2/m.ts"]), ["/logs/Server.log", "/key"]);
});
