import { assertEquals, assertThrows } from "@std/assert";
import { CEILING_FLAGS, ceilingFrom } from "../../cli/ceiling.ts";
import { UsageError } from "../../cli/cli_error.ts";
import { parseFlags } from "../../cli/flags.ts";

const ceiling = (...args: string[]) => ceilingFrom(parseFlags(args, CEILING_FLAGS));

Deno.test("ceilingFrom() is undefined without any flag, and nothing but what is named with one", () => {
  assertEquals(ceiling(), undefined);
  assertEquals(ceiling("--ceiling-read=none"), { read: false });
  assertEquals(ceiling("--ceiling-env=HOME"), { env: ["HOME"] });
});

Deno.test("ceilingFrom() takes all of a kind without a value, lists, and repeated lists", () => {
  assertEquals(ceiling("--ceiling-net", "--ceiling-read=/a,/b", "--ceiling-env=X", "--ceiling-env", "Y,Z"), {
    read: ["/a", "/b"],
    net: true,
    env: ["X", "Y", "Z"],
  });
});

Deno.test("ceilingFrom() takes paths from the current folder on, and leaves names alone", () => {
  const cwd = Deno.cwd();
  assertEquals(ceiling("--ceiling-read=data,/etc", "--ceiling-run=git,./tool", "--ceiling-net=data"), {
    read: [`${cwd}/data`, "/etc"],
    net: ["data"],
    run: ["git", `${cwd}/./tool`],
  });
});

Deno.test("ceilingFrom() refuses what contradicts itself", () => {
  for (const args of [["=none,/a"], ["=/a,"], ["=,"], ["", "=/a"], ["=/a", ""], ["=none", "=none"], ["", "=none"]]) {
    const flags = args.map((value) => `--ceiling-read${value}`);
    assertThrows(() => ceiling(...flags), UsageError, "--ceiling-read", flags.join(" "));
  }
});

Deno.test("ceilingFrom() refuses an entry that is not one of its kind, naming the flag", () => {
  assertThrows(
    () => ceiling("--ceiling-net=http://a"),
    UsageError,
    "Cannot use --ceiling-net: a host is given without",
  );
  assertThrows(() => ceiling("--ceiling-sys=all"), UsageError, "Cannot use --ceiling-sys: it must be one of hostname");
  assertThrows(() => ceiling("--ceiling-env=A*"), UsageError, "Cannot use --ceiling-env: ");
  assertThrows(
    () => ceiling(`--ceiling-net=${"a,".repeat(1000)}a`),
    UsageError,
    "Cannot use --ceiling-net: a list has at most 1000 entries: current value is an array",
  );
});
