import { assertEquals } from "@std/assert";
import { TaskError } from "../../core/errors.ts";
import { errorNaming, inCode, messageCalling, namesOptions } from "../../core/option_words.ts";
import { offlineDetail, serverOffline } from "../../core/offline.ts";

Deno.test("V9: errorNaming() says options as code has them, and messageCalling() as whoever asks calls them", () => {
  const text = (call: (option: string, inCode?: string) => string) =>
    `give ${call("a")}, or ${call("b", "say b: true")}`;
  const error = errorNaming(text, (message) => new TaskError("INTERNAL", message));
  assertEquals([error.message, error.code, namesOptions(error)], ["give a, or say b: true", "INTERNAL", true]);
  assertEquals(messageCalling(error, (option) => `--${option}`), "give --a, or --b");
  assertEquals(messageCalling(error, (option, as = option) => as), inCode(text));
  assertEquals(Object.keys(error), ["code"]);
});

Deno.test("V9: messageCalling() leaves any other message as it is", () => {
  const error = new Error("give a");
  assertEquals([namesOptions(error), namesOptions("x"), namesOptions(undefined)], [false, false, false]);
  assertEquals(messageCalling(error, () => "--a"), "give a");
});

Deno.test("V9: serverOffline() takes a text that names options", () => {
  const error = serverOffline((call) => `far away; give ${call("reconnectMs")}`);
  assertEquals(error.message, "TaskServer OFFLINE: far away; give reconnectMs");
  assertEquals(offlineDetail(error), "far away; give reconnectMs");
  assertEquals(messageCalling(error, () => "--reconnect"), "TaskServer OFFLINE: far away; give --reconnect");
});
