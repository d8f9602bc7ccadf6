import { assertEquals, assertStringIncludes } from "@std/assert";
import { ServerLog } from "../../runtime/server_log.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { TempTree } from "../helpers/temp_tree.ts";

Deno.test("ServerLog.write() does not throw when its folder is gone, and writes again when it is back", async () => {
  await using tree = new TempTree({ "log": null });
  const folder = tree.path("log");
  const log = await ServerLog.open({ threshold: "info", folder, toConsole: false, clock: new FakeClock() });
  await Deno.remove(folder);
  for (const line of ["unwritten", "unwritten too"]) log.write("Server", "info", line);
  await log.flushed();
  await Deno.mkdir(folder);
  log.write("Server", "info", "kept");
  await log.close();
  const text = await Deno.readTextFile(`${folder}/Server.log`);
  assertStringIncludes(text, "kept");
  assertEquals(text.includes("unwritten"), false);
  assertStringIncludes(text, "2 lines of the log files were lost");
});
