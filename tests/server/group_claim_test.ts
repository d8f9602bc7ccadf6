import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { TaskError } from "../../core/errors.ts";
import { GroupClaim } from "../../server/group_claim.ts";
import { parseAddress } from "../../wire/address.ts";
import { findGroup } from "../../client/group_entry.ts";
import { RuntimeFolder } from "../helpers/runtime_folder.ts";

const HAS_MODES = Deno.build.os !== "windows";
const HOW = { tls: false, now: 1000 };

async function inUse(group: string): Promise<string> {
  const { code, message } = await assertRejects(() => GroupClaim.take(group), TaskError);
  assertEquals(code, "GROUP_IN_USE");
  return message;
}

/** Several at once; gives those that won. */
async function takeOften(): Promise<GroupClaim[]> {
  const taken = await Promise.allSettled(Array.from({ length: 8 }, () => GroupClaim.take("a")));
  for (const each of taken) if (each.status === "rejected") assertEquals(each.reason.code, "GROUP_IN_USE");
  return taken.flatMap((each) => each.status === "fulfilled" ? [each.value] : []);
}

Deno.test("GroupClaim.take() gives a name to one at a time, and says who has it", async () => {
  await using runtime = new RuntimeFolder();
  await using claim = await GroupClaim.take("a");
  assertStringIncludes(await inUse("a"), "another server holds it");
  await claim.publish(parseAddress("127.0.0.1:4000"), HOW);
  assertEquals(
    await inUse("a"),
    `Cannot start a server of the group "a": process ${Deno.pid} serves it at 127.0.0.1:4000 ` +
      `(${runtime.groups}/a.json); stop it, or use another name`,
  );
  await using _other = await GroupClaim.take("b");
  await claim.release();
  await claim.release();
  await using _again = await GroupClaim.take("a");
});

Deno.test("GroupClaim.take() has one winner at most while another gives up, and exactly one after", async () => {
  await using _runtime = new RuntimeFolder();
  for (let round = 0; round < 20; round++) {
    const before = await GroupClaim.take("a");
    const during = takeOften();
    await before.release();
    const early = await during;
    assert(early.length <= 1, `${early.length} winners`);
    for (const claim of early) await claim.release();
    const late = await takeOften();
    assertEquals(late.length, 1);
    await late[0].release();
  }
});

Deno.test(
  "GroupClaim.take() is not content with a lock's file that was removed meanwhile",
  { ignore: !HAS_MODES },
  async () => {
    await using runtime = new RuntimeFolder();
    const { open } = Deno;
    // As if the holder had given up between the opening of the file and its locking.
    Deno.open = async (path, options) => {
      Deno.open = open;
      const file = await open(path, options);
      await Deno.remove(path);
      return file;
    };
    await using _claim = await GroupClaim.take("a");
    assertEquals(Deno.open, open);
    assertEquals(runtime.names(), ["a.lock"]);
    await inUse("a");
  },
);

Deno.test("GroupClaim.publish() writes for this user alone, and replaces what a killed server left", {
  ignore: !HAS_MODES,
}, async () => {
  await using runtime = new RuntimeFolder();
  for (const leftover of [null, "garbage", "x".repeat(10_000)]) {
    if (leftover !== null) await runtime.write("a", leftover);
    await using claim = await GroupClaim.take("a");
    await claim.publish(parseAddress("0.0.0.0:4000"), HOW);
    assertEquals((await findGroup("a")).address, "127.0.0.1:4000");
    assertEquals(runtime.names(), ["a.json", "a.lock"]);
    for (const name of runtime.names()) assertEquals(Deno.statSync(`${runtime.groups}/${name}`).mode! & 0o777, 0o600);
    for (const folder of [runtime.groups, `${runtime.path}/palpable`]) {
      assertEquals(Deno.statSync(folder).mode! & 0o777, 0o700);
    }
    await claim.release();
    assertEquals(runtime.names(), []);
  }
});

Deno.test("GroupClaim.release() leaves an entry alone that is another's", { ignore: !HAS_MODES }, async () => {
  await using runtime = new RuntimeFolder();
  await using claim = await GroupClaim.take("a");
  await claim.publish(parseAddress("127.0.0.1:4000"), HOW);
  // By hand, and against all advice.
  await Deno.remove(`${runtime.groups}/a.lock`);
  await using other = await GroupClaim.take("a");
  await other.publish(parseAddress("127.0.0.1:5000"), HOW);
  await claim.release();
  assertEquals((await findGroup("a")).address, "127.0.0.1:5000");
  await inUse("a");
});

Deno.test("GroupClaim.take() refuses a folder that others have access to, or that cannot be made", {
  ignore: !HAS_MODES,
}, async () => {
  await using runtime = new RuntimeFolder();
  await Deno.mkdir(runtime.groups, { recursive: true });
  await Deno.chmod(runtime.groups, 0o755);
  const open = await assertRejects(() => GroupClaim.take("a"), TaskError, "chmod 700");
  await Deno.remove(runtime.groups);
  await Deno.writeTextFile(runtime.groups, "");
  const file = await assertRejects(() => GroupClaim.take("a"), TaskError, `Cannot use ${runtime.groups} for groups`);
  assertEquals([open.code, file.code], ["GROUP_UNUSABLE", "GROUP_UNUSABLE"]);
});
