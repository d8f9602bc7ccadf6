import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Server } from "../../server.ts";
import { ServerLog } from "../../server/server_log.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { TempTree } from "../helpers/temp_tree.ts";

Deno.test("ServerLog.write() does not throw when its folder is gone, and writes again when it is back", async () => {
  await using tree = new TempTree({ "log": null });
  const folder = tree.path("log");
  const log = await ServerLog.open({ threshold: "info", folder, toConsole: false, clock: new FakeClock() });
  await Deno.remove(folder);
  for (const line of ["unwritten", "unwritten too"]) log.write("Server", "info", line);
  await log.flushed();
  await Deno.mkdir(folder);
  log.write("Server", "info", "kept");
  await log.close();
  const text = await Deno.readTextFile(`${folder}/Server.log`);
  assertStringIncludes(text, "kept");
  assertEquals(text.includes("unwritten"), false);
  assertStringIncludes(text, "2 lines of the log files were lost");
});

async function refused(folder: string): Promise<string> {
  const params = { threshold: "info", folder, toConsole: false, clock: new FakeClock() } as const;
  const { message } = await assertRejects(() => ServerLog.open(params), RangeError, "Cannot use logFolder");
  return message;
}

async function written(folder: string, category: string, ...lines: string[]): Promise<string> {
  const log = await ServerLog.open({ threshold: "info", folder, toConsole: false, clock: new FakeClock() });
  for (const line of lines) log.write(category, "info", line);
  await log.close();
  return await Deno.readTextFile(`${folder}/${category}.log`);
}

const IS_UNIX = Deno.build.os !== "windows";

Deno.test(
  "S14: log files are 0600 in a folder 0700, those of an earlier release too",
  { ignore: !IS_UNIX },
  async () => {
    await using tree = new TempTree({ "old/Server.log": "before\n" });
    await Deno.chmod(tree.path("old/Server.log"), 0o644);
    const modeOf = async (name: string) => (await Deno.stat(tree.path(name))).mode! & 0o777;
    for (const folder of ["old", "new/deep"]) {
      for (const category of ["Server", "Worker-1"]) {
        await written(tree.path(folder), category, "line");
        assertEquals(await modeOf(`${folder}/${category}.log`), 0o600, folder);
      }
    }
    assertEquals(await modeOf("new/deep"), 0o700);
    assertStringIncludes(await Deno.readTextFile(tree.path("old/Server.log")), "before\n[Server ");
  },
);

Deno.test("S14: what does not show as itself is written out in the log", { ignore: !IS_UNIX }, async () => {
  await using tree = new TempTree();
  const hidden =
    "\x1b[2J \r \u202eevil\u202c \u2066x\u2069 \u200b \u200e \ufeff \u2028 \u00ad \u{e0041} \ud800 \u3164 \x9b";
  const text = await written(tree.path("logs"), "Server", `a ${hidden} z`, "tab\there, ünï, 日本, 👍, العربية");
  assertStringIncludes(
    text,
    "a \\x1b[2J \\x0d \\u{202e}evil\\u{202c} \\u{2066}x\\u{2069} \\u{200b} \\u{200e} \\u{feff} \\u{2028} \\xad \\u{e0041} " +
      "\\u{d800} \\u{3164} \\x9b z\n",
  );
  assertStringIncludes(text, "tab\there, ünï, 日本, 👍, العربية\n");
});

Deno.test(
  "R19: a FIFO in a log's place is refused by name, and nobody waits for it",
  { ignore: !IS_UNIX },
  async () => {
    for (const name of ["Server.log", "Worker-3.log"]) {
      await using tree = new TempTree();
      await new Deno.Command("mkfifo", { args: [tree.path(name)] }).output();
      assertStringIncludes(await refused(tree.root), `${tree.path(name)} is no regular file`);
      await assertRejects(
        () => Server.start({ address: "127.0.0.1:0", authkey: "key", logFolder: tree.root }),
        RangeError,
        name,
      );
    }
  },
);

Deno.test(
  "R19: a FIFO that comes into a log's place later costs lines, and nobody waits for it",
  { ignore: !IS_UNIX },
  async () => {
    await using tree = new TempTree();
    const log = await ServerLog.open({
      threshold: "info",
      folder: tree.root,
      toConsole: false,
      clock: new FakeClock(),
    });
    await new Deno.Command("mkfifo", { args: [tree.path("Worker-1.log")] }).output();
    log.write("Worker-1", "info", "lost");
    log.write("Server", "info", "kept");
    await log.close();
    assertStringIncludes(await Deno.readTextFile(tree.path("Server.log")), "kept");
  },
);

Deno.test(
  "R19: a folder, a device, a dangling link and a socket in a log's place are refused",
  { ignore: !IS_UNIX },
  async () => {
    for (const target of [null, "/dev/null", "/dev/zero", "nowhere", "/"]) {
      await using tree = new TempTree();
      if (target === null) await Deno.mkdir(tree.path("Server.log"));
      else await Deno.symlink(target, tree.path("Server.log"));
      assertStringIncludes(await refused(tree.root), tree.path("Server.log"));
    }
    await using tree = new TempTree({ "a file": "" });
    using _socket = Deno.listen({ transport: "unix", path: tree.path("Server.log") });
    assertStringIncludes(await refused(tree.root), "no regular file");
    assertStringIncludes(await refused(tree.path("a file")), "a file");
    // A link to a file of one's own is for whoever made it to decide.
    await using linked = new TempTree({ "elsewhere/log": "", "logs": null });
    await Deno.symlink(linked.path("elsewhere/log"), linked.path("logs/Server.log"));
    assertStringIncludes(await written(linked.path("logs"), "Server", "line"), "line");
  },
);

Deno.test(
  "S14: neither a folder nor a file of another user is logged to, nor a folder that everybody may write to",
  { ignore: !IS_UNIX || Deno.uid() !== 0 },
  async () => {
    await using tree = new TempTree({ "theirs/x": "", "mine/Server.log": "", "open/x": "", "target": "" });
    await Deno.chown(tree.path("theirs"), 65534, 65534);
    assertStringIncludes(await refused(tree.path("theirs")), "belongs to another user");
    await Deno.chown(tree.path("mine/Server.log"), 65534, 65534);
    assertStringIncludes(await refused(tree.path("mine")), "belongs to another user");
    await Deno.remove(tree.path("mine/Server.log"));
    await Deno.chown(tree.path("target"), 65534, 65534);
    await Deno.symlink(tree.path("target"), tree.path("mine/Server.log"));
    assertStringIncludes(await refused(tree.path("mine")), "belongs to another user");
    await Deno.chmod(tree.path("open"), 0o777);
    assertStringIncludes(await refused(tree.path("open")), "everybody may write");
  },
);
