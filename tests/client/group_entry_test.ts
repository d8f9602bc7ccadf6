import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { ServerOffline, TaskError } from "../../core/errors.ts";
import { findGroup, type GroupEntry, groupsFolder, requireGroupName } from "../../client/group_entry.ts";
import { RuntimeFolder } from "../helpers/runtime_folder.ts";

const HAS_MODES = Deno.build.os !== "windows";
const ENTRY: GroupEntry = { group: "a", address: "127.0.0.1:4000", tls: false, pid: 7, startedAt: 1.5 };

Deno.test("requireGroupName() takes letters, digits, dots, underscores and dashes, 1 to 64", () => {
  for (const name of ["a", "A-1_b.c", "...", ".a", "a.json", "a.lock", "x".repeat(64)]) requireGroupName(name);
  const wrong = [
    "",
    ".",
    "..",
    "x".repeat(65),
    "a/b",
    "../a",
    "/a",
    "a\\b",
    "a b",
    "a\n",
    "\0",
    "ä",
    "a:b",
    "*",
    "a%2f",
  ];
  for (const name of wrong) assertThrows(() => requireGroupName(name), RangeError, "Cannot use group");
});

Deno.test("findGroup() refuses a name that could leave the folder, before it looks", async () => {
  for (const name of ["../../etc/passwd", "a/b", "."]) await assertRejects(() => findGroup(name), RangeError);
});

Deno.test("groupsFolder() is in XDG_RUNTIME_DIR, else beside the key file", { ignore: !HAS_MODES }, async () => {
  await using runtime = new RuntimeFolder();
  assertEquals(groupsFolder(), `${runtime.path}/palpable/groups`);
  const before = ["HOME", "XDG_CONFIG_HOME"].map((name) => [name, Deno.env.get(name)] as const);
  try {
    Deno.env.set("XDG_CONFIG_HOME", "/conf");
    for (const notSet of ["", "relative/path"]) {
      Deno.env.set("XDG_RUNTIME_DIR", notSet);
      assertStringIncludes(groupsFolder(), "/palpable/groups");
      if (Deno.build.os === "linux") assertEquals(groupsFolder(), "/conf/palpable/groups");
    }
    Deno.env.delete("XDG_CONFIG_HOME");
    Deno.env.delete("HOME");
    assertEquals(assertThrows(groupsFolder, TaskError).code, "GROUP_UNUSABLE");
  } finally {
    for (const [name, value] of before) if (value !== undefined) Deno.env.set(name, value);
  }
});

Deno.test("findGroup() gives what the entry says, whatever else stands there", async () => {
  await using runtime = new RuntimeFolder();
  const file = await runtime.write("a", JSON.stringify({ ...ENTRY, later: [1] }));
  assertEquals<unknown>(await findGroup("a"), { ...ENTRY, later: [1], file });
});

Deno.test("findGroup() refuses hostile entries by name: garbage, wrong types, huge, no file", async () => {
  await using runtime = new RuntimeFolder();
  const wrong: [string, string][] = [
    ["", "JSON"],
    ["{", "JSON"],
    ["\0\x01\xff", "JSON"],
    ["null", "it is no object"],
    ["[]", "it is no object"],
    ['"127.0.0.1:1"', "it is no object"],
    ["{}", "group is another"],
    [JSON.stringify({ ...ENTRY, group: "b" }), "group is another"],
    [JSON.stringify({ ...ENTRY, address: 4000 }), "address is no string"],
    [JSON.stringify({ ...ENTRY, address: "http://a.example/" }), "as an address"],
    [JSON.stringify({ ...ENTRY, address: "127.0.0.1:99999" }), "as an address"],
    [JSON.stringify({ ...ENTRY, tls: "no" }), "tls is no boolean"],
    [JSON.stringify({ ...ENTRY, pid: -1 }), "pid is no process id"],
    [JSON.stringify({ ...ENTRY, pid: 1.5 }), "pid is no process id"],
    [JSON.stringify({ ...ENTRY, startedAt: null }), "startedAt is no number"],
    [JSON.stringify({ ...ENTRY, more: "x".repeat(4096) }), "more than 4096 bytes"],
    ["[".repeat(4000), "JSON"],
  ];
  for (const [text, problem] of wrong) {
    const file = await runtime.write("a", text);
    const { message } = await assertRejects(() => findGroup("a"), ServerOffline, problem);
    for (const part of ['the group "a"', file, "start a server of the group"]) assertStringIncludes(message, part);
  }
  const file = `${runtime.groups}/a.json`;
  await Deno.remove(file);
  await Deno.mkdir(file);
  await assertRejects(() => findGroup("a"), ServerOffline, "no regular file");
  await Deno.remove(file);
  // Larger than memory, if it were read.
  await Deno.writeTextFile(file, "");
  await Deno.truncate(file, 2 ** 40);
  await assertRejects(() => findGroup("a"), ServerOffline, "more than 4096 bytes");
  await Deno.remove(file);
  await Deno.symlink(await runtime.write("b", JSON.stringify(ENTRY)), file);
  await assertRejects(() => findGroup("a"), ServerOffline, "no regular file");
});

Deno.test("findGroup() lists the groups that are there, and only what can be one", async () => {
  await using runtime = new RuntimeFolder();
  await assertRejects(() => findGroup("none"), ServerOffline, "there are no groups");
  for (const other of ["b", "a", "not a name"]) await runtime.write(other, "{}");
  await Deno.writeTextFile(`${runtime.groups}/c.lock`, "");
  const { message } = await assertRejects(() => findGroup("none"), ServerOffline);
  assertEquals(
    message,
    `TaskServer OFFLINE: no server of the group "none" runs (there is no ${runtime.groups}/none.json); ` +
      "the groups that are there: a, b",
  );
  for (let n = 10; n < 40; n++) await runtime.write(`g${n}`, "{}");
  await assertRejects(() => findGroup("none"), ServerOffline, "g27, …");
});

Deno.test(
  "findGroup() refuses a folder that others have access to, or that is none",
  { ignore: !HAS_MODES },
  async () => {
    await using runtime = new RuntimeFolder();
    await runtime.write("a", JSON.stringify(ENTRY));
    for (const mode of [0o777, 0o770, 0o701]) {
      await Deno.chmod(runtime.groups, mode);
      const error = await assertRejects(() => findGroup("a"), TaskError, `run "chmod 700 ${runtime.groups}"`);
      assertEquals(error.code, "GROUP_UNUSABLE");
    }
    await Deno.chmod(runtime.groups, 0o700);
    await Deno.rename(runtime.groups, `${runtime.path}/elsewhere`);
    await Deno.symlink(`${runtime.path}/elsewhere`, runtime.groups);
    assertEquals((await assertRejects(() => findGroup("a"), TaskError, "no folder")).code, "GROUP_UNUSABLE");
  },
);
