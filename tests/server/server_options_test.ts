import { assertEquals, assertThrows } from "@std/assert";
import { mostMb } from "../../server/server_option_table.ts";
import { resolveOptions, type ServerOptions } from "../../server/server_options.ts";

Deno.test("resolveOptions() fills in the documented defaults", () => {
  const { numWorkers, ...rest } = resolveOptions({});
  assertEquals(numWorkers, navigator.hardwareConcurrency);
  assertEquals(rest, {
    address: "127.0.0.1:8089",
    insecure: false,
    handshakeTimeoutMs: 5000,
    taskTimeoutMs: 10_800_000,
    resultRetentionCapacity: 100_000,
    resultRetentionMs: 600_000,
    failedRetentionMs: 604_800_000,
    resultRetentionMb: mostMb(),
    queueCapacity: 1_000_000,
    queueCapacityMb: mostMb(),
    maxDepth: 64,
    maxProcesses: 256,
    isolation: "task",
    maxStartFailures: 5,
    maxCrashes: 3,
    maxTasksPerWorker: 100_000,
    spares: "auto",
    permissionCeiling: "all",
    moduleRoots: [],
    wall: "none",
    moduleImports: "cached",
    maxOutputBytes: 16_777_216,
    maxFrameBytes: 67_108_864,
    maxResultBytes: 67_108_864,
    maxResultItems: 20_000_000,
    graceMs: 500,
    heartbeatMs: 10_000,
    logLevel: "info",
    logFormat: "text",
    logMaxMb: 64,
    logKeep: 4,
    logConsole: true,
    handleSignals: false,
  });
});

Deno.test("resolveOptions() keeps what is given, and takes undefined for not given", () => {
  const given: ServerOptions = { numWorkers: 3, authkey: "k", memoryMb: 64, logFolder: "/logs", graceMs: 0 };
  const resolved = resolveOptions({ ...given, address: undefined, logLevel: undefined, authkeyFile: undefined });
  for (const [key, value] of Object.entries(given)) assertEquals(resolved[key as keyof ServerOptions], value);
  assertEquals([resolved.address, resolved.logLevel, resolved.authkeyFile], ["127.0.0.1:8089", "info", undefined]);
});

Deno.test("resolveOptions() takes each number at its least, and refuses less, fractions, NaN and text", () => {
  const least = {
    numWorkers: 1,
    taskTimeoutMs: 1,
    resultRetentionCapacity: 0,
    resultRetentionMs: 0,
    resultRetentionMb: 1,
    queueCapacity: 1,
    queueCapacityMb: 1,
    maxDepth: 0,
    maxProcesses: 1,
    maxOutputBytes: 0,
    maxFrameBytes: 4096,
    maxResultBytes: 1024,
    maxResultItems: 1000,
    graceMs: 0,
    memoryMb: 16,
  };
  const whole = ["numWorkers", "resultRetentionCapacity", "queueCapacity", "maxDepth", "maxProcesses", "memoryMb"];
  for (const [name, value] of Object.entries(least)) {
    const resolve = (value: unknown) => resolveOptions({ [name]: value } as ServerOptions);
    assertEquals(resolve(value)[name as keyof ServerOptions], value);
    for (const wrong of [value - 1, NaN, -Infinity, String(value), null]) {
      const type = typeof wrong === "number" ? RangeError : TypeError;
      assertThrows(() => resolve(wrong), type, `Cannot use ${name}: it must be a `);
      assertThrows(
        () => resolve(wrong),
        type,
        `current value is ${typeof wrong === "string" ? `"${wrong}"` : wrong}`,
      );
    }
    if (whole.includes(name)) {
      for (const wrong of [value + 0.5, Infinity]) {
        assertThrows(() => resolve(wrong), RangeError, `it must be a whole number from ${value}`);
      }
    } else assertEquals(resolve(value + 0.5)[name as keyof ServerOptions], value + 0.5);
  }
});

Deno.test("resolveOptions() refuses unknown options, and names the known ones", () => {
  const error = assertThrows(() => resolveOptions({ numWorker: 3 } as ServerOptions), TypeError, '"numWorker"');
  assertEquals(["authkeyFile", "numWorkers", "tls"].filter((name) => !error.message.includes(name)), []);
  assertThrows(() => resolveOptions({ port: undefined } as ServerOptions), TypeError, '"port"');
});

Deno.test("resolveOptions() refuses words that it does not know, and two keys", () => {
  assertThrows(() => resolveOptions({ logLevel: "loud" as "info" }), RangeError, 'current value is "loud"');
  assertThrows(() => resolveOptions({ moduleImports: "all" as "local" }), RangeError, 'current value is "all"');
  assertThrows(() => resolveOptions({ authkey: "k", authkeyFile: "/f" }), TypeError, "give one");
  for (const logLevel of ["debug", "info", "warning", "error", "none"] as const) resolveOptions({ logLevel });
});

Deno.test("resolveOptions() refuses values of another type", () => {
  const wrong: [Record<string, unknown>, string][] = [
    [{ address: 8089 }, "address: it must be a string"],
    [{ logFolder: true }, "logFolder: it must be a string"],
    [{ insecure: "no" }, "insecure: it must be a boolean"],
    [{ handleSignals: 1 }, "handleSignals: it must be a boolean"],
    [{ authkey: 5 }, "authkey: it must be a string or bytes"],
    [{ tls: { cert: "c" } }, "tls: it must have cert and key"],
    [{ moduleRoots: "/a" }, "moduleRoots: it must be a list"],
  ];
  for (const [options, message] of wrong) {
    assertThrows(() => resolveOptions(options as ServerOptions), TypeError, message);
  }
  for (const root of ["a", "./a", "https://a.example/", new URL("https://a.example/")]) {
    assertThrows(() => resolveOptions({ moduleRoots: [root] }), RangeError, "absolute path or a file: URL");
  }
  resolveOptions({ moduleRoots: ["/a", "file:///b", new URL("file:///c")] });
});
