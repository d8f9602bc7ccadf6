import { assertEquals, assertInstanceOf } from "@std/assert";
import { ServerOffline } from "../../core/errors.ts";
import { offlineDetail, serverOffline } from "../../core/offline.ts";

Deno.test("serverOffline() says what was met, and keeps it apart from the text", () => {
  const cause = new Error("refused");
  const error = serverOffline("cannot connect to a:1", { cause });
  assertInstanceOf(error, ServerOffline);
  assertEquals([error.message, error.cause], ["TaskServer OFFLINE: cannot connect to a:1", cause]);
  assertEquals(offlineDetail(error), "cannot connect to a:1");
  assertEquals(Object.keys(error), ["code"]);
});

Deno.test("offlineDetail() is null for what says no more, and does not read the text", () => {
  const looksLike = new ServerOffline("TaskServer OFFLINE: somebody wrote this");
  assertEquals([looksLike, new ServerOffline(), new Error("x"), null].map(offlineDetail), [null, null, null, null]);
});
