/** One shape of a project: what a task of it answers, beside what `deno run` answers in the same folder. */
import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { remote, TaskError } from "../../mod.ts";
import type { ServerOptions } from "../../server.ts";
import { Bystander } from "../bad_input/bystander.ts";
import { snapshot } from "../helpers/snapshot.ts";
import { Variables } from "../helpers/recording_host.ts";
import { TempTree } from "../helpers/temp_tree.ts";

/** What a row of the table says. */
export interface Shape {
  /** By their paths; what is no text becomes JSON. */
  files: Record<string, unknown>;
  /** The module whose export `f` is called. @default {"main.ts"} */
  main?: string;
  /** The folder of which `deno install` installs the packages before; none when it is absent. */
  install?: string;
  /** Whatever else is done to the folder before. */
  prepare?(tree: TempTree): void | Promise<void>;
  /** `deno run` refuses it, since it would have to install packages first; the task answers this. */
  answers?: unknown;
  /** Both refuse it, or the task alone where `only` says so; what the task's error says, each of them. */
  refused?: readonly string[];
  only?: "task";
  /** Behind the second wall the task refuses it, and its error says each of these. */
  refusedBehindWall?: readonly string[];
  ignore?: boolean;
  options?: ServerOptions;
  /** With a cache that has nothing: what was fetched before is not compared with a lock file again. */
  newCache?: boolean;
}

/** What rows that are registered from now on have besides. */
export const around: { options: ServerOptions; name: string } = { options: {}, name: "" };

/** A test of a row. */
export function testShape(name: string, shape: Shape): void {
  const { refusedBehindWall: refused } = shape;
  const walled = around.options.wall === undefined || refused === undefined ? {} : { refused, only: "task" as const };
  const row = { ...shape, ...walled, options: { ...shape.options, ...around.options } };
  Deno.test({ name: around.name + name, ignore: shape.ignore, fn: () => compare(row) });
}

async function compare(shape: Shape): Promise<void> {
  const texts = Object.entries(shape.files).map(([path, content]) =>
    [path, typeof content === "string" ? content : JSON.stringify(content)] as const
  );
  await using tree = new TempTree(Object.fromEntries(texts));
  if (shape.install !== undefined) await install(tree.path(shape.install));
  await shape.prepare?.(tree);
  await using cache = shape.newCache ? new TempTree() : null;
  using _variables = new Variables(cache === null ? {} : { DENO_DIR: cache.root });
  const main = shape.main ?? "main.ts";
  const before = await snapshot(tree.root);
  const task = await answerOfTask(tree.url(main), shape.options);
  assertEquals(await snapshot(tree.root), before, "nothing is written into the project");
  const run = await answerOfRun(tree, main);
  if (shape.refused !== undefined) {
    assertInstanceOf(task, TaskError, `the task answered ${Deno.inspect(task)}`);
    for (const part of shape.refused) assertStringIncludes(task.message, part);
    assert(!/--allow-\w+ flag/.test(task.message), task.message);
    assertEquals("error" in run, shape.only !== "task", Deno.inspect(run));
    return;
  }
  if ("answers" in shape) {
    assertStringIncludes(run.error ?? "it ran", "deno install");
    assertEquals(task, shape.answers);
    return;
  }
  assert(run.error === undefined, run.error);
  assertEquals(task, run.value);
}

async function answerOfTask(url: string, options?: ServerOptions): Promise<unknown> {
  await using bystander = await Bystander.start(options);
  // deno-lint-ignore no-explicit-any
  return await bystander.client.run(remote<any>(url).f).catch((error) => error);
}

/** By a main module beside the other, since `deno run` looks for the project from its main module. */
async function answerOfRun(tree: TempTree, main: string): Promise<{ value?: unknown; error?: string }> {
  const folder = main.includes("/") ? main.slice(0, main.lastIndexOf("/") + 1) : "";
  const name = `${folder}run_it.mts`;
  const file = main.slice(folder.length);
  tree.write(name, `const { f } = await import("./${file}"); console.log("\\n" + JSON.stringify(await f()));`);
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", name],
    cwd: tree.root,
    env: { NO_COLOR: "1" },
  }).output();
  const [said, wrong] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return success ? { value: JSON.parse(said.trimEnd().split("\n").at(-1)!) } : { error: wrong };
}

async function install(folder: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["install", "--quiet"],
    cwd: folder,
    env: { NO_COLOR: "1" },
  }).output();
  assert(success, new TextDecoder().decode(stderr));
}

/** Puts a line behind what is installed, to be told from what a registry has. */
export function patch(tree: TempTree, path: string, line = "module.exports.patched = true;"): void {
  const file = Deno.realPathSync(tree.path(path));
  const text = Deno.readTextFileSync(file);
  // Deno links what it installs to its cache: the file there is not to be changed with it.
  Deno.removeSync(file);
  Deno.writeTextFileSync(file, `${text}\n${line}\n`);
}
