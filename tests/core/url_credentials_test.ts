import { assert, assertEquals } from "@std/assert";
import { hasCredentials, shownUrl, withoutCredentials } from "../../core/url_credentials.ts";

Deno.test("hasCredentials() sees a user name or a password, however the URL is written", () => {
  for (
    const url of [
      "https://u:p@h/x",
      "https://u@h/",
      "https://:p@h/",
      "https:u:p@h/",
      "HTTPS:\\\\u:p@h\\x",
      "file://u@h/",
    ]
  ) {
    assert(hasCredentials(url), url);
  }
  for (
    const url of ["https://h/@x", "https://h/?a=b@c", "npm:@scope/x@1", "jsr:@a/b@^1", "file:///a@b.ts", "https://@h/"]
  ) {
    assert(!hasCredentials(url), url);
  }
});

Deno.test("shownUrl() and withoutCredentials() leave out what is secret, and nothing else", () => {
  assertEquals(shownUrl("https://u:p@h/x?y#z"), "https://h/x?y#z");
  assertEquals(shownUrl("ftp://u:p@h"), "ftp://h/");
  assertEquals(shownUrl("file:///a b.ts"), "file:///a b.ts");
  assertEquals(shownUrl("https://u:p@h:99999/"), "https://h:99999/");
  assertEquals(
    withoutCredentials('Cannot get "https://user:pa@ss@h/x" for npm:@a/b@1 at file:///a@b.ts:1:1'),
    'Cannot get "https://h/x" for npm:@a/b@1 at file:///a@b.ts:1:1',
  );
});
