/** Where there is no bubblewrap, an old one, or one that may not do its work: what a server says that is to have it. */
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { Client, TaskError } from "../../mod.ts";
import { Server, type ServerOptions } from "../../server.ts";
import { Home } from "../helpers/program.ts";
import { TempTree } from "../helpers/temp_tree.ts";

const IS_LINUX = Deno.build.os === "linux";
const OPTIONS: ServerOptions = { address: "127.0.0.1:0", authkey: "key", logLevel: "none" };

/** The words of each refusal, by what there is instead of a program. */
const PROGRAMS: Record<string, readonly [script: string | null, says: RegExp]> = {
  "there is none": [null, /there is no program bwrap in PATH; install bubblewrap 0\.8\.0 or later/],
  "it is too old": ["echo bubblewrap 0.6.1", /bwrap is too old: it is 0\.6\.1; install bubblewrap 0\.8\.0 or later/],
  "it is another program": ["echo hello", /bwrap does not say its version: it said "hello"/],
  "it ends with an error": ["echo broken >&2; exit 3", /bwrap does not say its version: it said "broken"/],
  "it may make no namespaces": [
    '[ "$1" = --version ] && echo bubblewrap 0.11.0 && exit; echo "bwrap: No permissions to create new namespace" >&2; exit 1',
    /bwrap cannot make it: it said "bwrap: No permissions to create new namespace"; .*allow .*user namespaces.*user\.max_user_namespaces/,
  ],
  "it makes no namespace": [
    '[ "$1" = --version ] && echo bubblewrap 0.8.0 && exit; echo 4711',
    /bwrap cannot make it: it said "4711"/,
  ],
};

async function withProgram(script: string | null, use: () => Promise<void>): Promise<void> {
  await using tree = new TempTree({ "bin/other": "" });
  if (script !== null) Deno.writeTextFileSync(tree.path("bin/bwrap"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const before = Deno.env.get("PATH")!;
  Deno.env.set("PATH", tree.path("bin"));
  try {
    await use();
  } finally {
    Deno.env.set("PATH", before);
  }
}

for (const [name, [script, says]] of Object.entries(PROGRAMS)) {
  Deno.test(`Server.start() refuses wall "bwrap", and "auto" goes without and says why, when ${name}`, {
    ignore: !IS_LINUX,
  }, async () => {
    await withProgram(script, async () => {
      const error = await assertRejects(() => Server.start({ ...OPTIONS, wall: "bwrap" }), TaskError);
      assertEquals(error.code, "WALL_UNAVAILABLE");
      assertMatch(error.message, says);
      assertStringIncludes(error.message, 'Cannot start a server with wall "bwrap"');
      await using server = await Server.start({ ...OPTIONS, wall: "auto" });
      const { asked, holds, version, why } = server.status().wall;
      assertEquals([asked, holds, version], ["auto", "none", null]);
      assertMatch(why!, says);
      await using client = await Client.connect({ address: server.address, authkey: "key" });
      assertEquals(await client.run((x: number) => x + 1, 1), 2);
    });
  });
}

Deno.test('Server.start() refuses wall "bwrap" elsewhere than on Linux', { ignore: IS_LINUX }, async () => {
  const error = await assertRejects(
    () => Server.start({ ...OPTIONS, wall: "bwrap" }),
    TaskError,
    "bubblewrap is a program for Linux",
  );
  assertEquals(error.code, "WALL_UNAVAILABLE");
});

Deno.test("A server has no second wall unless it is told to, and refuses one that there is not", async () => {
  await using server = await Server.start(OPTIONS);
  assertEquals(server.status().wall, {
    asked: "none",
    holds: "none",
    version: null,
    why: null,
    limits: [],
    limitsWhy: null,
  });
  const start = () => Server.start({ ...OPTIONS, wall: "chroot" as "none" });
  await assertRejects(
    start,
    RangeError,
    'Cannot use wall: it must be one of none, auto, bwrap: current value is "chroot"',
  );
});

Deno.test("The command says of --wall what it refuses, in its own words", { ignore: !IS_LINUX }, async () => {
  await using tree = new TempTree({ "bin/other": "" });
  await using home = await Home.make();
  const env = { PATH: tree.path("bin") };
  const missing = await home.run(["--address=127.0.0.1:0", "--wall=bwrap"], env);
  assertEquals(missing.code, 1);
  assertMatch(missing.stderr, /Cannot start a server with --wall.*there is no program bwrap in PATH.*--wall "?auto/);
  const wrong = await home.run(["--wall=chroot"], env);
  assertEquals(wrong.code, 2);
  assertStringIncludes(wrong.stderr, "--wall");
  assert(wrong.stderr.includes("none, auto, bwrap"), wrong.stderr);
});
