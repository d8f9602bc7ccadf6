/**
 * The kill matrix: `deno task chaos`. Servers with a store end in every way one after the other, while clients go on, and
 * a checker looks for what must not have happened.
 *
 * `--kills=N` ends so many servers, `--seed=N` chooses what is done, `--break=NAME` breaks the store first, `--breaks` in
 * each way in turn, `--only=TEXT` has the faults alone with that in their names, `--minutes=N` begins no server after so
 * many, `--write` puts the table into docs/durability.md. Ends with 1 when the store has lost something, or a broken one
 * was not found out.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { markdownTable, withMarked } from "../../tools/markdown_table.ts";
import { Random } from "../helpers/random.ts";
import { type Break, BREAKS } from "./breaks.ts";
import type { Violation } from "./checker.ts";
import { type Ended, runChain } from "./driver.ts";
import { canTrace, type Fault, FAULTS, TRACED } from "./faults.ts";

/** Servers that follow each other on one store. */
const CHAIN = 25;
/** Enough to find any of the breaks: most take three servers, one that only counts attempts wrong takes some more. */
const BREAK_KILLS = 100;
const PAGE = new URL("../../docs/durability.md", import.meta.url);

const args = parseArgs(Deno.args, {
  string: ["seed", "kills", "break", "only", "minutes"],
  boolean: ["breaks", "write"],
  default: { seed: "1", kills: "200", minutes: "10" },
  unknown: (arg) => {
    throw new Error(`Cannot understand ${arg}: see the head of tests/chaos/main.ts`);
  },
});

/** So many faults, each as often as the others, in an order of its own. */
function faultsFor(kinds: readonly Fault[], count: number, random: Random): Fault[] {
  const faults: Fault[] = [];
  while (faults.length < count) {
    const round = kinds.slice(0, count - faults.length);
    while (round.length > 0) faults.push(...round.splice(random.int(0, round.length - 1), 1));
  }
  return faults;
}

class Matrix {
  readonly #counts = new Map<string, { times: number; violations: number }>();
  /** What servers have done, over all chains. */
  readonly #done = new Map<string, number>();
  times = 0;
  violations = 0;

  readonly add = ({ fault, byFault, violations }: Ended): void => {
    const name = byFault ? fault.name : FAULTS[0].name;
    const count = this.#counts.get(name) ?? { times: 0, violations: 0 };
    this.#counts.set(name, { times: count.times + 1, violations: count.violations + violations.length });
    this.times++;
    this.violations += violations.length;
    say(name, violations);
  };

  /** Takes what one chain has done; gives it as text. */
  count(done: ReadonlyMap<string, number>): string {
    for (const [name, count] of done) this.#done.set(name, (this.#done.get(name) ?? 0) + count);
    return textOf(done);
  }

  get done(): string {
    return textOf(this.#done);
  }

  table(kinds: readonly Fault[]): string {
    const names = [...new Set([...kinds.map(({ name }) => name), ...this.#counts.keys()])];
    const rows = names.map((name) => {
      const { times, violations } = this.#counts.get(name) ?? { times: 0, violations: 0 };
      return [name, `${times}`, `${violations}`];
    });
    return markdownTable(["how the server ended", "times", "violations"], [
      ...rows,
      ["all", `${this.times}`, `${this.violations}`],
    ]);
  }
}

function textOf(counts: ReadonlyMap<string, number>): string {
  return Array.from(counts, ([name, count]) => `${name} ${count}`).toSorted().join(", ");
}

function say(name: string, violations: readonly Violation[]): void {
  for (const { rule, of, text, evidence } of violations) {
    console.log(`VIOLATION (${name}) of "${rule}": ${of} ${text}`);
    for (const one of evidence) console.log(`  ${one}`);
  }
}

/** True when the checker finds a broken store out. */
async function isFound(name: string, breakage: Break, kinds: readonly Fault[], seed: number): Promise<boolean> {
  const random = new Random(seed);
  const rules = new Set<string>();
  let servers = 0;
  const onEnded = ({ violations }: Ended) => {
    servers++;
    for (const { rule } of violations) rules.add(rule);
  };
  await runChain({ random, faults: faultsFor(kinds, BREAK_KILLS, random), breakage, onEnded });
  const how = rules.size === 0 ? "NOT FOUND" : `found after ${servers}: ${[...rules].join(", ")}`;
  console.log(`${name} (${breakage.about}): ${how}`);
  return rules.size > 0;
}

async function runMatrix(kinds: readonly Fault[], seed: number, kills: number): Promise<boolean> {
  const until = Date.now() + Number(args.minutes) * 60_000;
  const random = new Random(seed);
  const faults = faultsFor(kinds, kills, random);
  const matrix = new Matrix();
  while (faults.length > 0 && Date.now() < until) {
    const chain = { random, faults: faults.splice(0, CHAIN), breakage: null, onEnded: matrix.add };
    const done = matrix.count(await runChain(chain));
    console.log(`${matrix.times} of ${kills}; accepted and done: ${done}`);
  }
  const table = matrix.table(kinds);
  console.log(`\n${table}\n\nAccepted and done: ${matrix.done}\n`);
  if (faults.length > 0) console.log(`${faults.length} were left out: ${args.minutes} minutes are over`);
  if (args.write) {
    const ended = faults.length > 0 ? `, which its \`--minutes\` ended after ${matrix.times} servers` : "";
    const command = `\`deno task chaos --seed=${seed} --kills=${kills}\`${ended}`;
    const written = `${command}.\n\n${table}\n\nMeanwhile servers have accepted and done: ${matrix.done}.`;
    await Deno.writeTextFile(PAGE, withMarked(await Deno.readTextFile(PAGE), "deno task chaos --write", written));
  }
  return matrix.violations === 0;
}

const isTraced = await canTrace();
if (!isTraced) console.log("strace is not here, or may not trace: what it does to system calls is left out");
const kinds = [...FAULTS, ...isTraced ? TRACED : []].filter(({ name }) => name.includes(args.only ?? ""));
const seed = Number(args.seed);
const kills = Number(args.kills);
let isGood = true;
if (args.break === undefined && kills > 0) isGood = await runMatrix(kinds, seed, kills);
const breaks = args.break === undefined ? args.breaks ? Object.keys(BREAKS) : [] : [args.break];
for (const name of breaks) {
  if (!Object.hasOwn(BREAKS, name)) {
    throw new Error(`Cannot break ${name}: there are ${Object.keys(BREAKS).join(", ")}`);
  }
  isGood = await isFound(name, BREAKS[name], kinds, seed) && isGood;
}
Deno.exit(isGood ? 0 : 1);
