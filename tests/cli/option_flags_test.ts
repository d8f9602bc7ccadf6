import { assert, assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../cli/cli_error.ts";
import { parseFlags } from "../../cli/flags.ts";
import { flagsOf, OPTION_FLAGS, optionsOfFlags, usageError } from "../../cli/option_flags.ts";
import { optionsFrom, serveCommand } from "../../cli/serve.ts";
import { OPTION_ENTRIES, type OptionFlag } from "../../server/server_option_table.ts";
import { parseAddress } from "../../wire/address.ts";

const FLAGGED = OPTION_ENTRIES.flatMap(([option, entry]) =>
  typeof entry.flag === "object" ? [{ option, entry, flag: entry.flag }] : []
);
/** A text that no option of its kind takes, as far as there is one. */
const BAD_TEXTS: Record<OptionFlag["reads"], readonly string[]> = {
  count: ["many", "1.5", "1e3", "-1", "0x4"],
  duration: ["soon", "-1s", "3d"],
  text: [],
  folders: [],
  switch: [],
};

const serve = (...args: string[]) => optionsFrom(parseFlags(args, serveCommand.flags));

Deno.test("Every flag of the table sets its option, and each default, written after the flag, is the default", () => {
  for (const { option, entry, flag } of FLAGGED) {
    const [{ name, help }] = flagsOf(option);
    assertEquals(name, flag.name);
    const shown = /\(([^() ]+)\)$/.exec(help)?.[1];
    if (shown === undefined || typeof entry.default === "function") continue;
    assertEquals(serve(`--${name}=${shown}`)[option], entry.default, help);
  }
});

Deno.test("Every flag refuses what its option refuses, by its own name", () => {
  for (const { entry, flag } of FLAGGED) {
    const texts = [...BAD_TEXTS[flag.reads], ...(entry.kind.isList ? ["loud"] : [])];
    for (const text of texts) {
      const error = assertThrows(() => serve(`--${flag.name}=${text}`), UsageError, undefined, flag.name);
      const begins = flag.name === "address" ? `Cannot use "${text}" as an address` : `Cannot use --${flag.name}: `;
      assert(error.message.startsWith(begins), error.message);
    }
  }
});

Deno.test("V7: a bare number is milliseconds, and without a unit none that might be meant as seconds", () => {
  assertEquals(serve("--heartbeat=5000").heartbeatMs, 5000);
  assertThrows(
    () => serve("--heartbeat=5ms"),
    UsageError,
    "Cannot use --heartbeat: it must be a number from 100 to 2147483647: current value is 5",
  );
  for (const { flag } of FLAGGED) {
    if (flag.reads !== "duration") continue;
    assertThrows(
      () => serve(`--${flag.name}=30`),
      UsageError,
      `Cannot use --${flag.name}: write 30s, or 30ms if that is what you mean: current value is "30"`,
    );
  }
});

Deno.test("optionsOfFlags() leaves undefined what was not given", () => {
  const given = Object.entries(optionsOfFlags(parseFlags([], OPTION_FLAGS))).filter(([, value]) => value !== undefined);
  assertEquals(Object.fromEntries(given), { insecure: false, moduleRoots: [] });
});

Deno.test("Options that the command line cannot set have no flag, and tls and the ceiling have their own", () => {
  assertEquals([flagsOf("authkey"), flagsOf("graceMs")], [[], []]);
  assertEquals(flagsOf("tls").map(({ name }) => name), ["tls-cert", "tls-key"]);
  assertEquals(flagsOf("permissionCeiling").length, 8);
});

Deno.test("Help says unit, values and default, each where there is one to say", () => {
  const help = Object.fromEntries(OPTION_FLAGS.map(({ name, help }) => [name, help]));
  assertEquals(help["task-timeout"], "Longest run time of a task (3h)");
  assertEquals(help["memory-mb"], "Most memory of a task that does not ask for less, in MiB (no limit)");
  assertEquals(
    help["log-level"],
    'Least severe level that is logged: "debug", "info", "warning", "error", "none" (info)',
  );
  assertEquals(help["insecure"], "Allow an address that other machines reach without TLS");
  assert(help["address"].endsWith('"host:port", "unix:/path" (127.0.0.1:8089)'));
});

Deno.test("usageError() passes on what is no matter of options", () => {
  const bug = new TypeError("x is not a function");
  assertEquals(usageError(bug), bug);
  const address = assertThrows(() => parseAddress("8089"), RangeError);
  assertEquals((usageError(address) as UsageError).message, address.message);
});
