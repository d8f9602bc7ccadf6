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
  countOrWord: ["some", "1.5", "-1"],
  duration: ["soon", "-1s", "3d"],
  text: [],
  folders: [],
  switch: [],
  off: [],
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

/** What the command line is no place for: others can read it, and the command always does it. */
const WITHOUT_FLAG = ["authkey", "handleSignals"];

Deno.test("R16: every option has a flag, but for the key and what the command always does", () => {
  const without = OPTION_ENTRIES.filter(([option]) => flagsOf(option).length === 0).map(([option]) => option);
  assertEquals(without, WITHOUT_FLAG);
  const given = serve("--result-retention-mb=5", "--queue-capacity-mb=6", "--spares=3", "--quiet", "--grace=2s");
  const { resultRetentionMb, queueCapacityMb, spares, logConsole, graceMs } = given;
  assertEquals([resultRetentionMb, queueCapacityMb, spares, logConsole, graceMs], [5, 6, 3, false, 2000]);
  assertEquals([serve("--spares=auto").spares, serve().logConsole], ["auto", undefined]);
});

Deno.test("V9: help names no option of the API, only flags", () => {
  const options = new RegExp(
    `\\b(${OPTION_ENTRIES.map(([option]) => option).filter((o) => /[A-Z]/.test(o)).join("|")})\\b`,
  );
  for (const { name, help } of OPTION_FLAGS) assertEquals(options.exec(help), null, name);
});

Deno.test("tls and the ceiling have flags of their own", () => {
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
