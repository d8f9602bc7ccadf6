/** O1, O2, O4: what tasks of a dispatcher say is printed by the program that runs them, and heard by the task above. */
import { assert, assertEquals } from "@std/assert";
import { remote, task } from "../../mod.ts";
import { KINDS } from "../dispatchers/every_dispatcher.ts";
import { soon } from "../endings/iterator_case.ts";
import { LAST } from "../fixtures/talkers.ts";
import { lineLike, startPair } from "../fixtures/pair.ts";
import { ROOT, Serving } from "../helpers/program.ts";
import { TempTree } from "../helpers/temp_tree.ts";

const talkers = remote<typeof import("../fixtures/talkers.ts")>(import.meta.resolve("../fixtures/talkers.ts"));
const PROGRAM = new URL("../fixtures/dispatching_program.ts", import.meta.url).href;

/** A program of its own that runs this task: what it prints is what its user sees. */
function start(kind: string, name: string, argument: unknown = null, options: object = {}): Serving {
  const args = ["run", "-A", "--no-check", PROGRAM, JSON.stringify([kind, name, argument, options])];
  return new Serving(
    new Deno.Command(Deno.execPath(), { args, cwd: ROOT, env: { NO_COLOR: "1" }, stdout: "piped", stderr: "piped" })
      .spawn(),
  );
}

const words = new RegExp(`${LAST}$`);

/** What a task says last, and how its caller hears of its end; null where that is the end of the program. */
const ENDS: Record<string, readonly [talker: string, outcome: string | null, options?: object]> = {
  "ProcessDispatcher exits": ["exits", "TaskCrashed"],
  "ProcessDispatcher logs much and exits": ["logsLastAndExits", "TaskCrashed"],
  "ProcessDispatcher throws later": ["throwsLater", "TaskCrashed"],
  "ProcessDispatcher takes all memory": ["takesAllMemory", "TaskCrashed", { memoryMb: 32 }],
  "ProcessDispatcher loops until its time is over": ["computes", "TaskTimeout", { timeoutMs: 1000 }],
  "ThreadDispatcher exits": ["exits", "TaskCrashed"],
  "ThreadDispatcher logs much and exits": ["logsLastAndExits", "TaskCrashed"],
  "ThreadDispatcher throws later": ["throwsLater", "TaskCrashed"],
  "ThreadDispatcher loops until its time is over": ["computes", "TaskTimeout", { timeoutMs: 200 }],
  "InlineDispatcher exits": ["exits", null],
  "InlineDispatcher logs much and exits": ["logsLastAndExits", null],
  "InlineDispatcher throws later": ["throwsLater", null],
};

for (const [name, [talker, outcome, options]] of Object.entries(ENDS)) {
  const [kind] = name.split(" ");
  Deno.test(`O1: the last line of a task of a ${name} is printed`, async () => {
    await using program = start(kind, talker, null, options);
    await program.line(words);
    if (outcome !== null) await program.line(new RegExp(`^outcome ${outcome}$`));
    else await program.ended();
  });
}

for (const kind of ["ProcessDispatcher", "ThreadDispatcher", "InlineDispatcher"]) {
  Deno.test(`O1: what a task of a ${kind} prints and logs comes in one order, ahead of its outcome`, async () => {
    await using program = start(kind, "saysByAllWays");
    await program.ended();
    const said = program.output.split("\n").flatMap((line) => /(printed|logged) (\d)$/.exec(line)?.[2] ?? []);
    assertEquals(said.toSorted(), ["1", "2", "3", "4", "5", "6", "7"]);
    // Warnings and errors may be on another stream.
    assertEquals(said.filter((n) => "125".includes(n)), ["1", "2", "5"]);
    assert(program.output.includes("outcome value"), program.output);
  });

  for (const talker of ["saysAndComputesUntil", "logsAndComputesUntil"]) {
    Deno.test(`O2: a line of a task of a ${kind} that ${talker} is told is printed meanwhile`, async () => {
      await using tree = new TempTree();
      const path = tree.path("stop");
      const permissions = kind === "ProcessDispatcher" ? { permissions: { read: [path] } } : {};
      await using program = start(kind, talker, path, permissions);
      await program.line(words);
      await Deno.writeTextFile(path, "");
      await program.line(/^outcome value$/);
    });
  }
}

const SAID = ["info printed 1", "info logged 2", "error printed 3", "error logged 4", "info logged 5"];
const ALL = [...SAID, "warning printed 6", "warning logged 7"];

for (const [kind, make] of Object.entries(KINDS)) {
  Deno.test(`O4: a task of a ${kind} hears its subtask from the first line on, also when that has ended`, async () => {
    await using dispatcher = await make();
    const results = dispatcher.execute([task(talkers.follows)]);
    assertEquals((await soon("the task", results.next())).value, [ALL, ALL, [1]]);
  });

  Deno.test(`O4: a task of a ${kind} does not wait for lines of what nobody knows`, async () => {
    await using dispatcher = await make();
    const results = dispatcher.execute([task(talkers.listensTo, crypto.randomUUID())]);
    assertEquals((await soon("the task", results.next())).value, []);
  });
}

Deno.test("O4: a task at a server hears nothing of a task that is not below it, whether that runs or has ended", async () => {
  await using pair = await startPair();
  const said = lineLike(pair.client, words);
  const running = await pair.client.submit(talkers.computes);
  await said;
  const ended = await pair.client.submit(talkers.says, "secret");
  await ended.result();
  for (const { id } of [running, ended]) {
    assertEquals(await soon("the task", pair.client.run(talkers.listensTo, id)), []);
  }
  assertEquals((await Array.fromAsync(pair.client.logs(ended.id))).map(({ text }) => text), ["secret"]);
});
