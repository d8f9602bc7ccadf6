import { assert, assertEquals, assertFalse, assertStringIncludes, assertThrows } from "@std/assert";
import { isOptionError } from "../../core/option_error.ts";
import { OPTION_ENTRIES, SERVER_OPTIONS } from "../../server/server_option_table.ts";
import { resolveOptions, type ServerOptions } from "../../server/server_options.ts";

/** What the comments of an interface say of an option's default; null where it has no such option. */
function defaultsIn(path: string): (option: string) => string | undefined | null {
  const source = Deno.readTextFileSync(new URL(`../../${path}`, import.meta.url));
  return (option) => {
    const comment = new RegExp(String.raw`/\*\*((?:(?!\*/).)*)\*/\s+${option}\?:`, "s").exec(source)?.[1];
    return comment === undefined ? null : /@default \{(.*)\}/.exec(comment)?.[1];
  };
}

/** By types it has every option: a new one cannot be without. */
const BAD_VALUES: Record<keyof ServerOptions, readonly unknown[]> = {
  address: [
    8089,
    "",
    "nowhere",
    "unix:/a\0b",
    "127.0.0.1:0\n",
    `${"x".repeat(254)}:1`,
    "127.0.0.1:70000",
    "unix:relative",
    ["127.0.0.1:1"],
  ],
  group: [5, "", "a/b", "..", "x".repeat(65)],
  authkey: [5, ["k"], {}, new Uint16Array(4)],
  store: [5, "", "a\0", "postgres://host/db"],
  authkeyFile: [5, true, new URL("file:///key"), "", "/k\0", "\ud800"],
  tls: ["cert", {}, { cert: "x" }, { cert: "x", key: 5 }],
  insecure: ["no", 0, "true"],
  handshakeTimeoutMs: [0, -1, NaN, "5s", 2 ** 31, Infinity],
  heartbeatMs: [99, NaN, "10s", 2 ** 31, Infinity],
  numWorkers: [0, 1.5, NaN, Infinity, "4", true],
  maxProcesses: [0, 1.5, NaN, "1"],
  isolation: ["none", "Task", true],
  maxStartFailures: [0, 1.5, NaN, "1"],
  maxCrashes: [0, 1.5, NaN, "1"],
  maxTasksPerWorker: [0, 1.5, NaN, "1"],
  spares: [-1, 0.5, NaN, "many", true],
  taskTimeoutMs: [0, -1, NaN, "5000"],
  graceMs: [-1, NaN, "1"],
  drainDeadlineMs: [-1, NaN, "1m"],
  maxDepth: [-1, 0.5, NaN, "1"],
  memoryMb: [15, 16.5, NaN, "512"],
  queueCapacity: [0, 1.5, NaN, "1"],
  queueCapacityMb: [0, NaN, "1"],
  resultRetentionCapacity: [-1, 0.5, NaN, "1"],
  resultRetentionMb: [0, NaN, "1"],
  resultRetentionMs: [-1, NaN, "1"],
  failedRetentionMs: [-1, NaN, "1"],
  maxResultBytes: [1023, NaN, "4096"],
  maxResultItems: [999, NaN, "many"],
  maxFrameBytes: [4095, NaN, "4096"],
  maxOutputBytes: [-1, NaN, "1"],
  permissionCeiling: ["some", "inherit", { reed: true }, { read: "inherit" }, { read: ["relative"] }, { net: "a" }, [
    1,
  ]],
  moduleRoots: [
    "/tmp",
    {},
    [5],
    [null],
    ["relative"],
    ["file:x"],
    ["https://a/"],
    ["file:///a%"],
    ["file:///%00"],
    [
      "/a\0",
    ],
    ["/\ud800"],
    [new URL("http://a")],
  ],
  wall: ["chroot", "BWRAP", "", true, 1],
  moduleImports: ["any", "npm", true],
  logFolder: [1, true, new URL("file:///logs"), "", "/l\0", "\ud800"],
  logLevel: ["loud", "INFO", 1],
  logFormat: ["yaml", "JSON", true],
  logMaxMb: [0, NaN, "1"],
  logKeep: [-1, 0.5, NaN, "1"],
  logConsole: [1, "yes"],
  handleSignals: [1, "yes"],
};

Deno.test("Each option refuses bad values, and none at all, by its own name", () => {
  for (const [option] of OPTION_ENTRIES) {
    for (const value of [null, Symbol("s"), () => {}, ...BAD_VALUES[option]]) {
      const shown = `${option}: ${Deno.inspect(value)}`;
      const error = assertThrows(() => resolveOptions({ [option]: value } as ServerOptions), Error, undefined, shown);
      assert(error instanceof TypeError || error instanceof RangeError, shown);
      if (isOptionError(error)) assert(error.option === option || error.option.startsWith(`${option}.`), shown);
      else assertStringIncludes(error.message, "as an address", shown);
    }
  }
});

Deno.test("A refusal never shows a key", () => {
  for (const authkey of [["secret"], { secret: 1 }, 5]) {
    const error = assertThrows(() => resolveOptions({ authkey } as unknown as ServerOptions), TypeError);
    assertEquals(error.message, "Cannot use authkey: it must be a string or bytes");
  }
});

Deno.test("Each default is one that could be given, and an option without stays away", () => {
  const resolved: Record<string, unknown> = resolveOptions({});
  for (const [option, entry] of OPTION_ENTRIES) {
    assertEquals(option in resolved, entry.default !== undefined, option);
    if (option in resolved) assertEquals(entry.kind.parse(option, resolved[option]), resolved[option]);
  }
});

Deno.test("ServerOptions, and RemoteServerOptions for another machine, say the defaults that the table has", () => {
  const [own, remote] = ["server/server_options.ts", "ssh/options.ts"].map(defaultsIn);
  for (const [option, { default: value, defaultText }] of OPTION_ENTRIES) {
    const expected = defaultText ?? (value === undefined ? undefined : JSON.stringify(value));
    assertEquals(own(option), expected, option);
    const there = option === "numWorkers" ? `${expected} there` : expected;
    if (remote(option) !== null) assertEquals(remote(option), there, option);
  }
});

Deno.test("Entries read alike: a line that begins small and has no dot, and flags that differ", () => {
  for (const [option, { about, more = "x" }] of OPTION_ENTRIES) {
    assert(about.length < 90, option);
    for (const text of [about, more]) assert(/^[^A-Z]/.test(text) && !text.endsWith("."), `${option}: ${text}`);
    assertFalse(/[|\n]/.test(about + more), option);
  }
  const flags = OPTION_ENTRIES.flatMap(([, { flag }]) => typeof flag === "object" ? [flag.name] : []);
  assertEquals(new Set(flags).size, flags.length);
  assertEquals(SERVER_OPTIONS.numWorkers.flag.name, "workers");
});
