/** O6: what an operator finds in the log of a server that runs: a line for each task that has ended. */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { TaskCancelled } from "../../mod.ts";
import { lineLike, startPair } from "../fixtures/pair.ts";
import { TempTree } from "../helpers/temp_tree.ts";

/** Has tasks end in every way; gives the lines that say so, and the ids of the tasks. */
async function endsIn(logFormat: "text" | "json"): Promise<{ lines: string[]; ids: string[] }> {
  await using tree = new TempTree();
  const ids: string[] = [];
  {
    await using pair = await startPair({ logLevel: "info", logConsole: false, logFolder: tree.root, logFormat });
    const { client } = pair;
    const named = client.with({ name: "resize" });
    const done = await named.submit((x: number) => x, 1);
    await done.result();
    const failed = await named.submit(() => Promise.reject(new RangeError("no")));
    await assertRejects(() => failed.result(), RangeError);
    const runs = lineLike(client, /runs/);
    const cancelled = await named.submit(() => {
      console.log("runs");
      return new Promise(() => setInterval(() => {}, 60_000));
    });
    await runs;
    await cancelled.cancel();
    await assertRejects(() => cancelled.result(), TaskCancelled);
    ids.push(...[done, failed, cancelled].map(({ id }) => id));
    assertEquals(await named.map((x: number) => x, [1, 2, 3]), [1, 2, 3]);
  }
  const lines = (await Deno.readTextFile(tree.path("Server.log"))).trimEnd().split("\n");
  return { lines: lines.filter((line) => line.includes("resize")), ids };
}

Deno.test("O6: a server's log has a line at level info for each task that ends, and one for the items of a map", async () => {
  const { lines, ids: [done, failed, cancelled] } = await endsIn("text");
  assertEquals(lines.length, 4, lines.join("\n"));
  assertMatch(lines[0], new RegExp(`\\[INFO\\] Task ${done} \\(resize\\) succeeded in \\d+ ms$`));
  assertMatch(lines[1], new RegExp(`\\[INFO\\] Task ${failed} \\(resize\\) failed in \\d+ ms$`));
  assertMatch(lines[2], new RegExp(`\\[INFO\\] Task ${cancelled} \\(resize\\) cancelled in \\d+ ms$`));
  assertMatch(lines[3], /\[INFO\] Items \S+ to \S+ \(resize\): 3 succeeded, \d+ ms after they were submitted$/);
});

Deno.test("O6: with logFormat json the line of a task that ends has its id, name, status and milliseconds", async () => {
  const { lines, ids } = await endsIn("json");
  const ends = lines.map((line) => JSON.parse(line));
  assertEquals(
    ends.slice(0, 3).map(({ level, taskId, taskName, status }) => [level, taskId, taskName, status]),
    ["succeeded", "failed", "cancelled"].map((status, at) => ["info", ids[at], "resize", status]),
  );
  assertEquals(ends.slice(0, 3).map(({ durationMs }) => Number.isInteger(durationMs)), [true, true, true]);
  const { level, taskName, count, succeeded, failed, sinceSubmitMs } = ends[3];
  assertEquals([level, taskName, count, succeeded, failed], ["info", "resize", 3, 3, 0]);
  assertEquals(Number.isInteger(sinceSubmitMs), true);
});
