/**
 * Mutation testing of `engine/`: `deno task test:mutations`. Breaks one condition or one call after the other in a copy of
 * the tree, and runs the engine's tests against each. A mutant that they let live is a rule that no test holds.
 *
 * `--only=FILE` breaks that file alone, `--every=N` takes each N-th mutant, `--from=N` begins there, `--t3` takes the
 * three that once lived, `--again=FILE` those that an earlier output says live, `--runs=N` and `--seed=N` are for the
 * simulation.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import ts from "typescript";

/** One change of one file. */
interface Mutant {
  readonly file: string;
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly was: string;
}

/** A mutant that makes a test wait for ever dies too; simulations may take longer. */
const LIMIT_MS = 30_000;
const SIMULATION_LIMIT_MS = 60_000;

/** Whole servers in memory: they take as long as all others together, many times over. */
const SIMULATIONS = ["tests/engine/maps", "tests/engine/simulation"];

const SWAPS: Partial<Record<ts.SyntaxKind, string>> = {
  [ts.SyntaxKind.LessThanToken]: "<=",
  [ts.SyntaxKind.LessThanEqualsToken]: "<",
  [ts.SyntaxKind.GreaterThanToken]: ">=",
  [ts.SyntaxKind.GreaterThanEqualsToken]: ">",
  [ts.SyntaxKind.EqualsEqualsEqualsToken]: "!==",
  [ts.SyntaxKind.ExclamationEqualsEqualsToken]: "===",
  [ts.SyntaxKind.PlusToken]: "-",
  [ts.SyntaxKind.MinusToken]: "+",
  [ts.SyntaxKind.PlusEqualsToken]: "-=",
  [ts.SyntaxKind.MinusEqualsToken]: "+=",
};

/** Where one of the three rules stands that no test held. */
const T3: readonly (readonly [file: string, was: string, text: string])[] = [
  ["engine/assignments.ts", " || slots.resuming > 0", ""],
  ["engine/assignments.ts", " || this.#hasEndingWorker()", ""],
  ["engine/waiting.ts", "run.worker.recall();", ""],
];

/** All that a file can be broken by. */
function mutantsOf(file: string, code: string): Mutant[] {
  const source = ts.createSourceFile(file, code, ts.ScriptTarget.Latest, true);
  const mutants: Mutant[] = [];
  const replace = (node: ts.Node, text: string, start = node.getStart(source), end = node.getEnd()) => {
    const line = source.getLineAndCharacterOfPosition(start).line + 1;
    mutants.push({ file, line, start, end, text, was: code.slice(start, end) });
  };
  const negate = (condition: ts.Expression) => replace(condition, `!(${condition.getText(source)})`);
  const visit = (node: ts.Node): void => {
    if (ts.isIfStatement(node) || ts.isWhileStatement(node)) negate(node.expression);
    if (ts.isConditionalExpression(node)) negate(node.condition);
    if (ts.isForStatement(node) && node.condition !== undefined) negate(node.condition);
    if (ts.isReturnStatement(node) && node.expression !== undefined && isCondition(node.expression)) {
      negate(node.expression);
    }
    if (ts.isBinaryExpression(node)) {
      const { left, right, operatorToken: operator } = node;
      const isLogical = operator.kind === ts.SyntaxKind.AmpersandAmpersandToken ||
        operator.kind === ts.SyntaxKind.BarBarToken;
      if (isLogical) {
        replace(node, left.getText(source));
        replace(node, right.getText(source));
      }
      const swap = SWAPS[operator.kind];
      if (swap !== undefined) replace(operator, swap);
    }
    if (ts.isExpressionStatement(node) && ts.isCallExpression(withoutVoid(node.expression))) replace(node, ";");
    if (ts.isPostfixUnaryExpression(node) || ts.isPrefixUnaryExpression(node)) {
      const operand = node.operand.getText(source);
      if (node.operator === ts.SyntaxKind.PlusPlusToken) replace(node, `${operand}--`);
      if (node.operator === ts.SyntaxKind.MinusMinusToken) replace(node, `${operand}++`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return mutants;
}

function withoutVoid(expression: ts.Expression): ts.Expression {
  return ts.isVoidExpression(expression) ? expression.expression : expression;
}

function isCondition(expression: ts.Expression): boolean {
  return ts.isBinaryExpression(expression) && (SWAPS[expression.operatorToken.kind]?.includes("=") ||
    expression.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken ||
    expression.operatorToken.kind === ts.SyntaxKind.BarBarToken);
}

/** A copy of the tree in which one mutant after the other is tried. */
class Copy {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  static async make(root: string): Promise<Copy> {
    const folder = await Deno.makeTempDir({ prefix: "mutants" });
    for (
      const name of ["client", "core", "engine", "host", "links", "procedures", "process", "server", "store", "wire"]
    ) {
      await copyFolder(`${root}/${name}`, `${folder}/${name}`);
    }
    for (const name of ["engine", "helpers", "store"]) {
      await copyFolder(`${root}/tests/${name}`, `${folder}/tests/${name}`);
    }
    for (const name of ["deno.json", "deno.lock"]) await Deno.copyFile(`${root}/${name}`, `${folder}/${name}`);
    return new Copy(folder);
  }

  /** True when the tests fail. */
  async kills({ file, start, end, text }: Mutant, args: readonly string[]): Promise<boolean> {
    const path = `${this.folder}/${file}`;
    const code = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, code.slice(0, start) + text + code.slice(end));
    try {
      return await this.fails(args, file);
    } finally {
      await Deno.writeTextFile(path, code);
    }
  }

  /** True when the tests fail, or do not end in time: first those that mirror the file, last the simulations. */
  async fails(args: readonly string[], file = ""): Promise<boolean> {
    const names = [...Deno.readDirSync(`${this.folder}/tests/engine`)].map(({ name }) => name)
      .filter((name) => name.endsWith("_test.ts"));
    const role = file.slice("engine/".length, -".ts".length);
    const mirrored = file === "" ? [] : names.filter((name) => name.startsWith(role));
    const others = names.filter((name) => !mirrored.includes(name));
    const paths = (some: string[]) => some.map((name) => `tests/engine/${name}`);
    for (const tests of [paths(mirrored), [...paths(others), "tests/store"], SIMULATIONS]) {
      const limitMs = tests === SIMULATIONS ? SIMULATION_LIMIT_MS : LIMIT_MS;
      if (tests.length > 0 && await this.#fail(tests, args, limitMs)) return true;
    }
    return false;
  }

  async #fail(tests: readonly string[], args: readonly string[], limitMs: number): Promise<boolean> {
    const command = new Deno.Command(Deno.execPath(), {
      args: ["test", "-A", "--no-check", "--fail-fast", ...tests, "--", "--no-shrink", ...args],
      cwd: this.folder,
      stdout: "null",
      stderr: "null",
    });
    const process = command.spawn();
    const timer = setTimeout(() => process.kill("SIGKILL"), limitMs);
    const { success } = await process.status;
    clearTimeout(timer);
    return !success;
  }
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory, isFile } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(`${from}/${name}`, `${to}/${name}`);
    else if (isFile) await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

const args = parseArgs(Deno.args, {
  string: ["again", "only", "every", "from", "runs", "seed"],
  boolean: ["t3", "list"],
  default: { every: "1", from: "0", runs: "400", seed: "1" },
});
const root = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

async function findMutants(): Promise<Mutant[]> {
  const mutants: Mutant[] = [];
  const names = [...Deno.readDirSync(`${root}/engine`)].map(({ name }) => `engine/${name}`).sort();
  for (const file of names) {
    if (args.only !== undefined && file !== `engine/${args.only}`) continue;
    const code = await Deno.readTextFile(`${root}/${file}`);
    if (!args.t3) mutants.push(...mutantsOf(file, code));
    for (const [, was, text] of T3.filter(([name]) => args.t3 && name === file)) {
      const start = code.indexOf(was);
      if (start < 0) throw new Error(`Cannot find "${was}" in ${file}: say where the rule stands now`);
      const line = code.slice(0, start).split("\n").length;
      mutants.push({ file, line, start, end: start + was.length, text, was });
    }
  }
  if (args.again !== undefined) {
    const lived = await Deno.readTextFile(args.again);
    const names = new Set(lived.split("\n"));
    return mutants.filter((mutant) => names.has(`lives: ${nameOf(mutant)}`));
  }
  return mutants.filter((_, at) => at >= Number(args.from) && (at - Number(args.from)) % Number(args.every) === 0);
}

const nameOf = ({ file, line, was, text }: Mutant) =>
  `${file}:${line}: ${was.replace(/\s+/g, " ")} → ${
    text === "" || text === ";" ? "(nothing)" : text.replace(/\s+/g, " ")
  }`;

const mutants = await findMutants();
if (args.list) {
  for (const mutant of mutants) console.log(nameOf(mutant));
  Deno.exit();
}
const copies = await Promise.all(Array.from({ length: navigator.hardwareConcurrency }, () => Copy.make(root)));
const testArgs = [`--runs=${args.runs}`, `--seed=${args.seed}`];
const survivors: Mutant[] = [];
const left = mutants.values();
try {
  if (await copies[0].fails(testArgs)) throw new Error("Cannot try mutants: the tests fail without any");
  await Promise.all(copies.map(async (copy) => {
    for (const mutant of left) {
      if (await copy.kills(mutant, testArgs)) continue;
      survivors.push(mutant);
      console.log(`lives: ${nameOf(mutant)}`);
    }
  }));
} finally {
  for (const { folder } of copies) await Deno.remove(folder, { recursive: true });
}
const killed = mutants.length - survivors.length;
console.log(`${killed} of ${mutants.length} mutants died: ${(100 * killed / mutants.length).toFixed(1)} %`);
