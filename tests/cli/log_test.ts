/** The server's log, as the command has it written. */
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { Client } from "../../mod.ts";
import { Gate } from "../helpers/gate.ts";
import { Home, type Serving } from "../helpers/program.ts";

const IS_UNIX = Deno.build.os !== "windows";

function connect(home: Home, { address }: Serving): Promise<Client> {
  return Client.connect({ address, authkeyFile: home.authkeyFile });
}

/** The objects of a log file. */
async function objectsIn(path: string): Promise<Record<string, unknown>[]> {
  return (await Deno.readTextFile(path)).trimEnd().split("\n").map((line) => JSON.parse(line));
}

Deno.test("R10: SIGHUP has serve open its log files anew, and ends nothing", { ignore: !IS_UNIX }, async () => {
  await using home = await Home.make();
  await using serving = await home.serve(["--address=127.0.0.1:0", "--log-folder=logs"]);
  await using client = await connect(home, serving);
  using gate = new Gate();
  const { result } = await gate.send(client);
  await Deno.rename(`${home.folder}/logs/Server.log`, `${home.folder}/logs/Server.log.old`);
  serving.process.kill("SIGHUP");
  await serving.line(/Opened the log files anew/);
  gate.open();
  assertEquals(await result, "passed");
  serving.process.kill("SIGTERM");
  assertEquals(await serving.ended(), 0);
  assertStringIncludes(await Deno.readTextFile(`${home.folder}/logs/Server.log.old`), "Listening on");
  const text = await Deno.readTextFile(`${home.folder}/logs/Server.log`);
  assertMatch(text, /Opened the log files anew\n(.*\n)*.*Stopping \(drain\)\n(.*\n)*.*Stopped\n$/);
});

Deno.test("R10: SIGHUP means nothing to a server without log files, nor in a drain", { ignore: !IS_UNIX }, async () => {
  await using home = await Home.make();
  await using serving = await home.serve();
  await using client = await connect(home, serving);
  for (let i = 0; i < 3; i++) serving.process.kill("SIGHUP");
  using gate = new Gate();
  const { result } = await gate.send(client);
  serving.process.kill("SIGTERM");
  await serving.line(/Stopping \(drain\)/);
  serving.process.kill("SIGHUP");
  gate.open();
  assertEquals(await result, "passed");
  assertEquals(await serving.ended(), 0);
});

Deno.test("R10: --log-format=json writes an object a line, with the task that a line is of", async () => {
  await using home = await Home.make();
  await using serving = await home.serve([
    ...["--address=127.0.0.1:0", "--workers=1", "--log-level=debug", "--log-format=json", "--log-folder=logs"],
  ]);
  await using client = await connect(home, serving);
  const handle = await client.with({ name: "talk" }).submit(() => console.log("first\nsecond \u202e"));
  await handle.result();
  await assertRejects(() => client.run(() => Promise.reject(new RangeError("bad"))), RangeError);
  await client.quit();
  assertEquals(await serving.ended(), 0);
  const names = Array.from(Deno.readDirSync(`${home.folder}/logs`), ({ name }) => name);
  const all = (await Promise.all(names.map((name) => objectsIn(`${home.folder}/logs/${name}`)))).flat();
  for (const { time, level, logger, message } of all) {
    assertMatch(`${time}`, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert(["debug", "info", "warning", "error"].includes(`${level}`), `${level}`);
    assert(/^(Server|Worker-\d+)$/.test(`${logger}`) && typeof message === "string");
  }
  const said = all.filter(({ taskId }) => taskId === handle.id && `${taskId}` !== "");
  assertEquals(
    said.filter(({ logger }) => logger !== "Server").map(({ level, message, taskName }) => [
      level,
      message,
      taskName,
    ]),
    [["info", "first\nsecond \\u{202e}", "talk"]],
  );
  assert(all.some(({ level, message }) => level === "error" && `${message}`.includes("RangeError: bad")));
  // The console has the same lines, behind what the command says itself.
  const printed = serving.output.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  assertEquals(printed.filter(({ logger }) => logger === "Server").at(-1).message, "Stopped");
});

Deno.test("R10: log files of serve are put aside at their size", async () => {
  await using home = await Home.make();
  await using serving = await home.serve([
    ...["--address=127.0.0.1:0", "--workers=1", "--log-max-mb=1", "--log-keep=1", "--log-folder=logs"],
  ]);
  await using client = await connect(home, serving);
  const talk = async () => {
    for (let i = 0; i < 300; i++) {
      console.log("x".repeat(8000));
      if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve));
    }
  };
  // Of 2.4 MB each.
  for (let i = 0; i < 3; i++) await client.run(talk);
  await client.quit();
  assertEquals(await serving.ended(), 0);
  let total = 0;
  for (const { name } of Deno.readDirSync(`${home.folder}/logs`)) {
    const { size } = Deno.statSync(`${home.folder}/logs/${name}`);
    assert(size <= 2 ** 20, `${name}: ${size}`);
    if (name.startsWith("Worker")) total += size;
  }
  assert(total > 2 ** 20 && total <= 2 * 2 ** 20 + 10_000, `${total}`);
});
