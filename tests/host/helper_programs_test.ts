import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { HelperPrograms } from "../../host/helper_programs.ts";
import { timer } from "../helpers/hands.ts";

/** Of Linux: other systems count memory otherwise, or have no such shell. */
const ignore = Deno.build.os !== "linux";
const SH = { timer, program: "/bin/sh" };

/** A helper that runs a script. */
function script(
  text: string,
  rest: { kind?: "look" | "fetch"; env?: Record<string, string>; signal?: AbortSignal } = {},
) {
  return { kind: "look" as const, env: {}, ...rest, args: ["-c", text] };
}

Deno.test(
  "HelperPrograms.run() gives a helper its own environment and no folder of anybody's",
  { ignore },
  async () => {
    const helpers = new HelperPrograms(SH);
    const outcome = await helpers.run(script("/usr/bin/env; pwd", { env: { ONE: "1" } }));
    assert(outcome.kind === "done" && outcome.success);
    assertEquals(outcome.stdout.trim().split("\n").sort(), ["/", "ONE=1", "PWD=/"]);
  },
);

Deno.test("HelperPrograms.run() ends a helper at its deadline, and takes the alarm back when it ends by itself", {
  ignore,
}, async () => {
  const alarms = new Set<() => void>();
  const { promise: isSet, resolve: onSet } = Promise.withResolvers<void>();
  const helpers = new HelperPrograms({
    program: "/bin/sh",
    timer: {
      after: (_ms, fire) => (alarms.add(fire), onSet(), fire),
      cancel: (fire) => alarms.delete(fire as () => void),
    },
  });
  const slow = helpers.run(script("exec sleep 1000"));
  await isSet;
  for (const fire of alarms) fire();
  assertEquals(await slow, { kind: "ended", why: "it took longer than 20 seconds" });
  await helpers.run(script("exit 0"));
  assertEquals([alarms.size, helpers.counts], [0, { running: 0, waiting: 0 }]);
});

Deno.test("HelperPrograms.run() ends a helper for which nobody waits, running or in line", { ignore }, async () => {
  const helpers = new HelperPrograms(SH);
  const leaving = new AbortController();
  const all = Array.from(
    { length: 20 },
    () => helpers.run(script("exec sleep 1000", { kind: "fetch", signal: leaving.signal })),
  );
  assertEquals(helpers.counts, { running: 4, waiting: 16 });
  // A look does not wait for fetches.
  assertEquals((await helpers.run(script("exit 3"))).kind, "done");
  leaving.abort();
  for (const outcome of await Promise.all(all)) {
    assertEquals(outcome, { kind: "ended", why: "nobody waits for it any more" });
  }
  assertEquals(helpers.counts, { running: 0, waiting: 0 });
});

Deno.test("HelperPrograms.run() lets the next in when one ends, first come, first served", { ignore }, async () => {
  const helpers = new HelperPrograms(SH);
  const ended: number[] = [];
  await Promise.all(Array.from({ length: 12 }, async (_, at) => {
    await helpers.run(script("exit 0", { kind: "fetch" }));
    ended.push(at);
  }));
  assertEquals(ended.toSorted((a, b) => a - b), Array.from({ length: 12 }, (_, at) => at));
  assertEquals(helpers.counts, { running: 0, waiting: 0 });
});

Deno.test("HelperPrograms.run() bounds what a helper says, and what it allocates", { ignore }, async () => {
  const helpers = new HelperPrograms(SH);
  const loud = await helpers.run(script("exec cat /dev/zero"));
  assert(loud.kind === "ended");
  assertStringIncludes(loud.why, "its graph takes more than 8 MiB");
  const error = await helpers.run(script("head -c 1000000 /dev/zero >&2; exit 1"));
  assert(error.kind === "done" && !error.success && error.stderr.length <= 64 * 1024);
  // It keeps the last line, which never ends.
  const large = await helpers.run(script("exec tail -n 1 /dev/zero"));
  assert(large.kind === "done" && !large.success, Deno.inspect(large));
});

Deno.test("HelperPrograms.close() ends what runs and takes nothing more", { ignore }, async () => {
  const watched: number[] = [];
  const forgotten: number[] = [];
  const reaper = { watch: (pid: number) => void watched.push(pid), forget: (pid: number) => void forgotten.push(pid) };
  const helpers = new HelperPrograms({ ...SH, reaper });
  const running = helpers.run(script("exec sleep 1000"));
  await helpers.close();
  assertEquals((await running).kind, "ended");
  assertEquals((await helpers.run(script("exit 0"))).kind, "ended");
  assertEquals(watched, forgotten);
});
