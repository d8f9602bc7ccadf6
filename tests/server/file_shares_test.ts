import { assert, assertEquals } from "@std/assert";
import { parseFileLimit, shareFiles } from "../../server/file_shares.ts";

Deno.test("R18: what a server hands out together stays within the files of its process", () => {
  for (const limit of [150, 256, 1024, 4096, 20_000, 1_048_576]) {
    for (const asked of [1, 16, 256, 100_000]) {
      const { maxNewcomers, maxProcesses, maxClients } = shareFiles(limit, asked);
      const used = maxNewcomers * 2.25 + maxProcesses * 6 + maxClients;
      assert(used <= limit - 64 + 1, `${limit} files, ${asked} processes: ${used}`);
      assert(maxProcesses <= asked);
      assert(maxNewcomers >= 8 && maxProcesses >= 1 && maxClients >= 4);
    }
  }
});

Deno.test("R18: with files enough, options are what was asked for", () => {
  assertEquals(shareFiles(20_000, 256).maxProcesses, 256);
  assertEquals(shareFiles(Infinity, 5000), { maxNewcomers: 256, maxProcesses: 5000, maxClients: Infinity });
});

Deno.test("parseFileLimit() reads the soft limit", () => {
  const text = (soft: string) =>
    `Limit  Soft Limit  Hard Limit  Units\nMax open files            ${soft}   4096   files \n`;
  assertEquals(parseFileLimit(text("1024")), 1024);
  assertEquals(parseFileLimit(text("unlimited")), Infinity);
  assertEquals(parseFileLimit("nothing of the kind"), 4096);
});
