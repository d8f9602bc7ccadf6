/** Random trees of servlets over numbers, and what they come to when they are simply evaluated. */
import { remote } from "../../procedures/remote.ts";
import type { Servlet } from "../../procedures/servlet.ts";
import { ensemble, processServlet, sequential, switchBy, threadServlet } from "../../servlets/mod.ts";
import { type Arithmetic, sum } from "../fixtures/stages.ts";
import type { Random } from "../helpers/random.ts";

const stages = remote<typeof import("../fixtures/stages.ts")>(import.meta.resolve("../fixtures/stages.ts"));

/** What an item may come to: one value, or one of these errors. */
export type Expected = { value: number } | { errors: { stage: string; message: string }[] };

export interface RandomTree {
  servlet: Servlet<number, number>;
  evaluate(x: number): Expected;
}

export interface TreeOptions {
  random: Random;
  depth: number;
  maxAttempts: number;
}

/** A tree; leaves have names of their own. */
export function randomTree({ random, depth, maxAttempts }: TreeOptions): RandomTree {
  let lastLeaf = 0;
  return grow(depth);

  function grow(depth: number): RandomTree {
    const kind = depth === 0 ? "leaf" : random.pick(["leaf", "sequential", "ensemble", "ensemble", "switch"] as const);
    if (kind === "leaf") return leaf();
    const parts = Array.from({ length: random.int(1, 3) }, () => grow(depth - 1));
    if (kind === "sequential") return inSequence(parts);
    return kind === "switch" ? choice(parts) : together(parts, random.int(0, 1) === 1);
  }

  function leaf(): RandomTree {
    const name = `leaf ${++lastLeaf}`;
    const options: Arithmetic = {
      factor: random.int(1, 9),
      plus: random.int(0, 9),
      refuses: random.pick([0, 0, 5, 7, 8]),
    };
    const common = {
      name,
      options,
      maxAttempts,
      workers: random.int(1, 2),
      batchSize: random.int(1, 4),
      batchWaitMs: random.pick([0, "auto"] as const),
    };
    const make = random.pick([processServlet, threadServlet] as const) as typeof threadServlet;
    return {
      servlet: random.int(0, 1) === 0 ? make(stages.Op, common) : make(stages.OpBatch, common),
      evaluate: (x) =>
        options.refuses !== 0 && x % options.refuses === 0
          ? { errors: [{ stage: name, message: `${name} refuses ${x}` }] }
          : { value: (x * options.factor + options.plus) % 1009 },
    };
  }

  function inSequence(parts: RandomTree[]): RandomTree {
    return {
      servlet: parts.map(({ servlet }) => servlet).reduce((before, next) => sequential(before, next)),
      evaluate(x) {
        let now: Expected = { value: x };
        for (const part of parts) if ("value" in now) now = part.evaluate(now.value);
        return now;
      },
    };
  }

  function together(parts: RandomTree[], failFast: boolean): RandomTree {
    const all = ensemble(parts.map(({ servlet }) => servlet), { failFast });
    return {
      servlet: sequential(all, threadServlet(stages.sum, { name: "sum", maxAttempts })) as Servlet<number, number>,
      evaluate(x) {
        const outcomes = parts.map((part) => part.evaluate(x));
        const errors = outcomes.flatMap((outcome) => "errors" in outcome ? outcome.errors : []);
        if (failFast && errors.length > 0) return { errors };
        if (outcomes.every((outcome) => "errors" in outcome)) {
          return { errors: [{ stage: "", message: `All ${parts.length} parts of the ensemble failed` }] };
        }
        return { value: sum(outcomes.map((outcome) => "value" in outcome ? outcome.value : new Error())) };
      },
    };
  }

  function choice(parts: RandomTree[]): RandomTree {
    const name = `switch ${++lastLeaf}`;
    const count = parts.length;
    // Now and then it picks what there is not.
    const choose = (x: number) => x % 11 === 10 ? count : x % count;
    Object.defineProperty(choose, "name", { value: name });
    return {
      servlet: switchBy(choose, ...parts.map(({ servlet }) => servlet)) as Servlet<number, number>,
      evaluate(x) {
        const index = choose(x);
        if (index < count) return parts[index].evaluate(x);
        return { errors: [{ stage: name, message: `Cannot go on from the switch ${name}: it picked ${count}` }] };
      },
    };
  }
}
