import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { LogFiles } from "../../server/log_files.ts";
import { LogRoom } from "../../server/log_room.ts";
import { ServerLog } from "../../server/server_log.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { TempTree } from "../helpers/temp_tree.ts";

function filesFor(tree: TempTree, maxBytes: number, keep: number) {
  const losses: unknown[] = [];
  const files = new LogFiles({
    folder: tree.root,
    room: new LogRoom({ folder: tree.root, maxBytes, keep }),
    clock: new FakeClock(),
    notice: (dropped) => ({ file: "Server", text: `${dropped} lost\n` }),
    onLoss: (cause) => losses.push(cause),
  });
  return { files, losses };
}

function read(tree: TempTree, ...names: string[]): string[] {
  return names.map((name) => Deno.readTextFileSync(tree.path(name)));
}

Deno.test("R10: LogFiles puts a file aside before a line would make it too large, however the lines come", async () => {
  await using tree = new TempTree();
  const { files, losses } = filesFor(tree, 12, 3);
  // Six bytes each, but for the third, which has seven.
  for (const line of ["line1\n", "line2\n", "ünï3\n", "line4\n", "line5\n"]) files.add("Server", line);
  await files.flushed();
  files.add("Server", "line6\n");
  await files.flushed();
  files.add("Server", "a line that is larger than a file may be\n");
  files.add("Server", "line7\n");
  await files.close();
  assertEquals(
    read(tree, "Server.log", "Server.log.1", "Server.log.2", "Server.log.3"),
    [
      "line7\n",
      "a line that is larger than a file may be\n",
      "line6\n",
      "line4\nline5\n",
    ],
  );
  assertEquals(losses, []);
});

Deno.test("R10: LogFiles goes on in a file of before, and puts that aside too", async () => {
  await using tree = new TempTree({ "Server.log": "0123456789\n" });
  await Deno.chmod(tree.path("Server.log"), 0o600);
  const { files } = filesFor(tree, 16, 1);
  files.add("Server", "four\n");
  files.add("Server", "five\n");
  await files.close();
  assertEquals(read(tree, "Server.log", "Server.log.1"), ["five\n", "0123456789\nfour\n"]);
});

Deno.test("R10: LogFiles.reopen() has the next line open a new file where the old one was moved", async () => {
  await using tree = new TempTree();
  const { files, losses } = filesFor(tree, Infinity, 0);
  files.add("Server", "before\n");
  // While it is being written, and once it is.
  for (let turn = 0; turn < 3; turn++) await null;
  files.reopen();
  await files.flushed();
  await Deno.rename(tree.path("Server.log"), tree.path("moved"));
  files.add("Server", "after\n");
  await files.flushed();
  await Deno.rename(tree.path("Server.log"), tree.path("moved again"));
  files.reopen();
  files.add("Server", "last\n");
  await files.close();
  assertEquals(read(tree, "moved", "moved again", "Server.log"), ["before\n", "after\n", "last\n"]);
  assertEquals(losses, []);
});

Deno.test("R10: LogFiles has at most a hundred files open", { ignore: Deno.build.os !== "linux" }, async () => {
  await using tree = new TempTree();
  const { files } = filesFor(tree, Infinity, 0);
  const openHere = () =>
    Array.from(Deno.readDirSync("/proc/self/fd"), ({ name }) => {
      try {
        return Deno.readLinkSync(`/proc/self/fd/${name}`);
      } catch {
        return "";
      }
    }).filter((path) => path.startsWith(tree.root)).length;
  for (let n = 0; n < 150; n++) files.add(`Worker-${n}`, "line\n");
  await files.flushed();
  assert(openHere() <= 100, `${openHere()}`);
  files.add("Worker-0", "line\n");
  await files.close();
  assertEquals(openHere(), 0);
  assertEquals(read(tree, "Worker-0.log"), ["line\nline\n"]);
});

Deno.test("R10: ServerLog.reopen() says so in a new file", async () => {
  await using tree = new TempTree({ "log": null });
  const folder = tree.path("log");
  const log = await ServerLog.open({ threshold: "info", folder, toConsole: false, clock: new FakeClock() });
  log.write("Server", "info", "before");
  await log.flushed();
  await Deno.rename(`${folder}/Server.log`, `${folder}/Server.log.old`);
  log.reopen();
  await log.close();
  const [before, after] = read(tree, "log/Server.log.old", "log/Server.log");
  assertStringIncludes(before, "before");
  assertStringIncludes(after, "[INFO] Opened the log files anew");
});

Deno.test("R10: ServerLog with format json writes an object a line, of tasks too", async () => {
  await using tree = new TempTree({ "log": null });
  const params = { threshold: "info", folder: tree.path("log"), toConsole: false, clock: new FakeClock() } as const;
  const log = await ServerLog.open({ ...params, format: "json" });
  log.write("Server", "info", "two\nlines");
  log.write("Worker-1", "error", "[id f] said", { message: "said", taskId: "id", taskName: "f" });
  await log.close();
  const [server, worker] = read(tree, "log/Server.log", "log/Worker-1.log").map((text) => JSON.parse(text));
  assertEquals([server.level, server.logger, server.message], ["info", "Server", "two\nlines"]);
  assertEquals([worker.level, worker.message, worker.taskId, worker.taskName], ["error", "said", "id", "f"]);
});
