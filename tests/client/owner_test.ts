/** What carries trust is this user's; the tests give things to another one, which only root can. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Client, ServerOffline, TaskError } from "../../mod.ts";
import { Server } from "../../server.ts";
import { readAuthkeyFile } from "../../client/authkey_file.ts";
import { findGroup, groupsFolder } from "../../client/group_entry.ts";
import { findOrMakeAuthkey } from "../../server/authkey_store.ts";
import { GroupClaim } from "../../server/group_claim.ts";
import { RuntimeFolder } from "../helpers/runtime_folder.ts";
import { TempTree } from "../helpers/temp_tree.ts";

const NOBODY = 65534;
/** Ignored elsewhere: who is not root cannot give a file away. */
const AS_ROOT = { ignore: Deno.build.os === "windows" || Deno.uid() !== 0 };
const IS_UNIX = Deno.build.os !== "windows";

/** Sets variables until it is disposed of. */
class Environment implements Disposable {
  #before: [string, string | undefined][];

  constructor(values: Record<string, string>) {
    this.#before = Object.keys(values).map((name) => [name, Deno.env.get(name)]);
    for (const [name, value] of Object.entries(values)) Deno.env.set(name, value);
  }

  [Symbol.dispose](): void {
    for (const [name, value] of this.#before) value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
  }
}

async function codeAndMessage(promise: Promise<unknown>): Promise<[string, string]> {
  const { code, message } = await assertRejects(() => promise, TaskError);
  return [code, message];
}

Deno.test(
  "S12: a key file of another user is refused by name, also by root and by way of a link",
  AS_ROOT,
  async () => {
    await using tree = new TempTree({ key: "key\n" });
    await Deno.chmod(tree.path("key"), 0o600);
    assertEquals(await readAuthkeyFile(tree.path("key")), "key");
    await Deno.chown(tree.path("key"), NOBODY, NOBODY);
    await Deno.symlink(tree.path("key"), tree.path("link"));
    for (const name of ["key", "link"]) {
      const [code, message] = await codeAndMessage(readAuthkeyFile(tree.path(name)));
      assertEquals([code, message.includes(tree.path(name))], ["AUTHKEY_UNUSABLE", true]);
      assertStringIncludes(message, "belongs to another user");
      for (const start of [Server.start, Client.connect]) {
        const options = { address: "127.0.0.1:0", authkeyFile: tree.path(name) };
        assertEquals((await codeAndMessage(start(options)))[0], "AUTHKEY_UNUSABLE");
      }
    }
  },
);

Deno.test("S12: a key file that is a FIFO, a folder or a device is refused, and nobody waits for it", {
  ignore: !IS_UNIX,
}, async () => {
  await using tree = new TempTree({ folder: null });
  await new Deno.Command("mkfifo", { args: ["-m", "600", tree.path("fifo")] }).output();
  for (const path of [tree.path("fifo"), tree.path("folder"), "/dev/zero"]) {
    assertStringIncludes((await codeAndMessage(readAuthkeyFile(path)))[1], "no regular file");
  }
  await Deno.writeTextFile(tree.path("large"), "", { mode: 0o600 });
  await Deno.truncate(tree.path("large"), 2 ** 40);
  assertStringIncludes((await codeAndMessage(readAuthkeyFile(tree.path("large"))))[1], "more than");
});

Deno.test("S12: a server keeps no key in a folder of another user", AS_ROOT, async () => {
  await using tree = new TempTree({ "palpable/x": "" });
  using _environment = new Environment({ XDG_CONFIG_HOME: tree.root });
  await Deno.chown(tree.path("palpable"), NOBODY, NOBODY);
  const [code, message] = await codeAndMessage(findOrMakeAuthkey());
  assertEquals(code, "AUTHKEY_UNUSABLE");
  assertStringIncludes(message, `${tree.path("palpable")} belongs to another user`);
});

Deno.test(
  "S12: another user's XDG_RUNTIME_DIR is not used: groups are in this user's own place then",
  AS_ROOT,
  async () => {
    await using tree = new TempTree({ "run/x": "", "config/x": "" });
    using _environment = new Environment({ XDG_CONFIG_HOME: tree.path("config"), XDG_RUNTIME_DIR: tree.path("run") });
    assertEquals(groupsFolder(), tree.path("run/palpable/groups"));
    await Deno.chown(tree.path("run"), NOBODY, NOBODY);
    assertEquals(groupsFolder(), tree.path("config/palpable/groups"));
    const options = { authkey: "key", logLevel: "none", numWorkers: 1, group: "mine" } as const;
    await using server = await Server.start(options);
    assertEquals([...Deno.readDirSync(tree.path("run"))].length, 1);
    await using client = await Client.connect({ group: "mine", authkey: "key" });
    assertEquals((await client.status()).address, server.address);
  },
);

Deno.test("S12: neither a folder of groups nor an entry of another user is used", AS_ROOT, async () => {
  await using runtime = new RuntimeFolder();
  await using claim = await GroupClaim.take("mine");
  await claim.publish({ transport: "tcp", hostname: "127.0.0.1", port: 1 }, { tls: false, now: 0 });
  assertEquals((await findGroup("mine")).address, "127.0.0.1:1");
  await Deno.chown(`${runtime.groups}/mine.json`, NOBODY, NOBODY);
  const [code, message] = await codeAndMessage(findGroup("mine"));
  assertEquals(code, "GROUP_UNUSABLE");
  assertStringIncludes(message, "belongs to another user");
  await using tree = new TempTree({ "config/palpable/groups": null });
  await Deno.chmod(tree.path("config/palpable/groups"), 0o700);
  await Deno.chown(tree.path("config/palpable/groups"), NOBODY, NOBODY);
  await Deno.chown(runtime.groups, NOBODY, NOBODY);
  using _environment = new Environment({ XDG_CONFIG_HOME: tree.path("config") });
  for (const use of [() => findGroup("mine"), () => GroupClaim.take("other")]) {
    assertEquals((await codeAndMessage(use()))[0], "GROUP_UNUSABLE");
  }
});

Deno.test(
  "S12: a group's lock that is a FIFO is refused by name, and nobody waits for it",
  { ignore: !IS_UNIX },
  async () => {
    await using runtime = new RuntimeFolder();
    await runtime.write("other", "{}");
    await new Deno.Command("mkfifo", { args: [`${runtime.groups}/mine.lock`] }).output();
    const [code, message] = await codeAndMessage(GroupClaim.take("mine"));
    assertEquals(code, "GROUP_UNUSABLE");
    assertStringIncludes(message, "mine.lock is no regular file");
  },
);

Deno.test(
  "S12: a client does not connect to a socket of another user, nor where anybody could put one",
  AS_ROOT,
  async () => {
    await using tree = new TempTree({ "open/x": "", "theirs/x": "" });
    const start = (path: string) =>
      Server.start({ address: `unix:${path}`, authkey: "key", logLevel: "none", numWorkers: 1 });
    const connect = (path: string) => Client.connect({ address: `unix:${path}`, authkey: "key" });
    {
      await using server = await start(tree.path("socket"));
      await using client = await connect(tree.path("socket"));
      assertEquals((await client.status()).clients, 1);
      await Deno.chown(tree.path("socket"), NOBODY, NOBODY);
      await assertRejects(() => connect(tree.path("socket")), ServerOffline, "it belongs to another user");
      await Deno.chown(tree.path("socket"), 0, 0);
      for (
        const [mode, owner, why] of [[0o777, 0, "everybody may write"], [
          0o755,
          NOBODY,
          "belongs to another user",
        ]] as const
      ) {
        await Deno.chmod(tree.root, mode);
        await Deno.chown(tree.root, owner, owner);
        await assertRejects(() => connect(tree.path("socket")), ServerOffline, why);
        await assertRejects(() => start(tree.path("second")), RangeError, "could put another socket in its place");
      }
      await Deno.chown(tree.root, 0, 0);
      // As /tmp is.
      await Deno.chmod(tree.root, 0o1777);
      await using again = await connect(tree.path("socket"));
      assertEquals((await again.status()).address, server.address);
    }
    using _theirs = Deno.listen({ transport: "unix", path: tree.path("theirs.sock") });
    await Deno.chown(tree.path("theirs.sock"), NOBODY, NOBODY);
    const [code, message] = await codeAndMessage(start(tree.path("theirs.sock")));
    assertEquals(code, "ADDRESS_IN_USE");
    assertStringIncludes(message, "belongs to another user");
  },
);
