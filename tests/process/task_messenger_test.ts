import { assertEquals, assertThrows } from "@std/assert";
import type { Outlet } from "../../process/outlet.ts";
import { TaskMessenger } from "../../process/task_messenger.ts";

/** A messenger, and what it says. */
function setUp() {
  const said: unknown[] = [];
  const outlet: Outlet = {
    say: (taskId, lines, progress) => said.push([taskId, ...lines, ...(progress === null ? [] : [progress])]),
    tell: () => said.push("told"),
  };
  const task = {
    id: "id",
    target: ["source", "1", "x"] as const,
    input: new Uint8Array(),
    attempt: 1,
    isStream: false,
    isItem: false,
  };
  const noSubtasks = () => Promise.reject(new Error("there are none"));
  return { messenger: new TaskMessenger(outlet, task, noSubtasks), said };
}

Deno.test("TaskMessenger.log() says each line at once, in order", () => {
  const { messenger, said } = setUp();
  messenger.debug("a", 1);
  messenger.info({ b: 2 });
  messenger.warning("c");
  messenger.error("");
  messenger.print("d");
  assertEquals(said, [
    ["id", ["debug", "a 1"]],
    ["id", ["info", "{ b: 2 }"]],
    ["id", ["warning", "c"]],
    ["id", ["error", ""]],
    ["id", ["info", "d"]],
  ]);
});

Deno.test("TaskMessenger.progress() says the first at once, the latest of each turn, and all that is left ahead of the outcome", async () => {
  const { messenger, said } = setUp();
  messenger.progress(1, 10);
  assertEquals(said, [["id", [1, 10]]]);
  messenger.progress(2);
  messenger.progress(3);
  await null;
  messenger.progress(4, 10);
  messenger.flush();
  assertEquals(said, [["id", [1, 10]], ["id", [3, null]], ["id", [4, 10]], "told"]);
  assertThrows(() => messenger.progress("1" as unknown as number), TypeError, "Cannot report progress");
});
