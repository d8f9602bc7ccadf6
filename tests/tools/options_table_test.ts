import { assert, assertEquals, assertThrows } from "@std/assert";
import { OPTION_ENTRIES } from "../../server/server_option_table.ts";
import { optionsTable, withOptionsTable } from "../../tools/options_table.ts";

const PAGE = Deno.readTextFileSync(new URL("../../docs/server.md", import.meta.url));

Deno.test("docs/server.md has the table of a server's options: `deno task options` writes it", () => {
  assertEquals(withOptionsTable(PAGE), PAGE);
});

Deno.test("The table has a row for each option, with its unit, its default and its flag", () => {
  const [head, rule, ...rows] = optionsTable().split("\n");
  assertEquals(rows.length, OPTION_ENTRIES.length);
  assert(/^\|( -+ \|)+$/.test(rule), rule);
  assertEquals(new Set([head, rule, ...rows].map((line) => line.length)).size, 1);
  const cells = (name: string) =>
    rows.map((row) => row.split("|").map((cell) => cell.trim())).find((row) => row[1] === `\`${name}\``)!.slice(3, -1);
  assertEquals(cells("taskTimeoutMs"), ["milliseconds from 1", "10,800,000 (3h)", "`--task-timeout`"]);
  assertEquals(cells("isolation"), ['`"task"`, `"module"`', '`"task"`', "`--isolation`"]);
  assertEquals(cells("queueCapacityMb"), ["MiB from 1", "as `resultRetentionMb`", "`--queue-capacity-mb`"]);
  assertEquals(cells("tls")[2], "`--tls-cert`, `--tls-key`");
  assertEquals(cells("permissionCeiling")[2], "`--ceiling-read`, …");
});

Deno.test("The table needs its place", () => {
  assertThrows(() => withOptionsTable("# Title"), Error, "Cannot write what deno task options says");
});
