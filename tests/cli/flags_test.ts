import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../cli/cli_error.ts";
import { type Flag, parseFlags } from "../../cli/flags.ts";

const FLAGS: Flag[] = [
  { name: "address", value: "ADDRESS", help: "" },
  { name: "workers", value: "N", help: "" },
  { name: "wait", value: "TIME", help: "" },
  { name: "root", value: "FOLDER", isRepeatable: true, help: "" },
  { name: "net", value: "LIST", isRepeatable: true, isValueOptional: true, help: "" },
  { name: "insecure", help: "" },
];

const parse = (...args: string[]) => parseFlags(args, FLAGS);
const refused = (args: string[], message: string) =>
  assertThrows(() => parse(...args), UsageError, message, JSON.stringify(args));

Deno.test("parseFlags() reads values after a space and after an equals sign", () => {
  const values = parse("--address", "a:1", "--workers=4", "--wait", "2s", "--insecure");
  assertEquals(values.text("address"), "a:1");
  assertEquals(values.count("workers"), 4);
  assertEquals(values.durationMs("wait"), 2000);
  assertEquals(values.isOn("insecure"), true);
});

Deno.test("parseFlags() leaves undefined, off or empty what was not given", () => {
  const values = parse();
  assertEquals(values.text("address"), undefined);
  assertEquals(values.count("workers"), undefined);
  assertEquals(values.durationMs("wait"), undefined);
  assertEquals(values.isOn("insecure"), false);
  assertEquals(values.all("root"), []);
});

Deno.test("parseFlags() keeps a value as it is: equals signs, commas, digits, words of a switch", () => {
  assertEquals(parse("--address=a=b=c").text("address"), "a=b=c");
  assertEquals(parse("--address", "007").text("address"), "007");
  assertEquals(parse("--address", "true").text("address"), "true");
});

Deno.test("parseFlags() collects what may be repeated, and takes an optional value by its absence", () => {
  assertEquals(parse("--root", "/a", "--root=/b").all("root"), ["/a", "/b"]);
  assertEquals(parse("--net").all("net"), [""]);
  assertEquals(parse("--net", "--insecure").all("net"), [""]);
  assertEquals(parse("--net", "--net=a,b").all("net"), ["", "a,b"]);
});

Deno.test("parseFlags() names an unknown flag and the nearest known one", () => {
  refused(["--wokers", "4"], "Unknown flag --wokers; did you mean --workers?");
  refused(["--wokers=4"], "Unknown flag --wokers; did you mean --workers?");
  refused(["-workers", "4"], "Unknown flag -workers; did you mean --workers?");
  refused(["---workers", "4"], "Unknown flag ---workers; did you mean --workers?");
  refused(["--insecur"], "Unknown flag --insecur; did you mean --insecure?");
  refused(["--hlep"], "Unknown flag --hlep; did you mean --help?");
  refused(["--__proto__=1"], "Unknown flag --__proto__");
  refused(["-x"], "Unknown flag -x");
});

Deno.test("parseFlags() refuses a flag without its value, and a switch with one", () => {
  refused(["--workers"], "Flag --workers needs a value: --workers=N");
  refused(["--workers="], "Flag --workers needs a value: --workers=N");
  refused(["--workers", "--insecure"], "Flag --workers needs a value: --workers=N");
  refused(["--address", ""], "Flag --address needs a value: --address=ADDRESS");
  refused(["--insecure=yes"], "Flag --insecure takes no value");
  refused(["--insecure=false"], "Flag --insecure takes no value");
  refused(["--no-insecure=1"], "Unknown flag --no-insecure");
});

Deno.test("parseFlags() refuses a second value and stray arguments", () => {
  refused(["--workers=1", "--workers=2"], "Cannot use --workers twice");
  refused(["status"], 'Unexpected argument "status"');
  refused(["--insecure", "12"], 'Unexpected argument "12"');
  refused(["--", "--workers=1"], 'Unexpected argument "--workers=1"');
});

Deno.test("FlagValues refuses what is no number and no duration, naming the flag and the value", () => {
  for (const text of ["four", "1.5", "1e3", "0x4", "4 "]) {
    assertThrows(
      () => parse(`--workers=${text}`).count("workers"),
      UsageError,
      `Cannot use --workers: it must be a whole number: current value is "${text}"`,
    );
  }
  assertThrows(
    () => parse("--wait=3d").durationMs("wait"),
    UsageError,
    'Cannot use --wait: write 500ms, 30s, 5m or 3h; a bare number is milliseconds: current value is "3d"',
  );
});
