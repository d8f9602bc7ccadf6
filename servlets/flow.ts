/**
 * The way of an item through a tree of servlets. There are no queues between stages: an item goes on when the one
 * before has given its output, and all that bounds a pipeline is its door.
 *
 * @module
 */

import { EnsembleFailed, StageFailed } from "../core/errors.ts";
import { isThenable } from "../core/notify.ts";
import { showValue } from "../core/show_value.ts";
import type { AnyServlet } from "../procedures/servlet.ts";
import { sendableError } from "../wire/codec.ts";
import type { DecodeBudget } from "../wire/decode_budget.ts";
import { Parcel } from "./parcel.ts";
import { describedOf, type EnsembleServlet, type StageServlet, type SwitchServlet } from "./servlet.ts";
import { asStageError } from "./stage_error.ts";
import type { Ticket } from "./ticket.ts";

/** Takes an item through. */
export type Flow = (parcel: Parcel, ticket: Ticket) => Promise<Parcel>;

/**
 * The flow of a tree, whose stages `flowOfStage` gives, each once for each place where it stands. The budget bounds
 * what is made of the lists that ensembles give.
 */
export function flowOf(
  servlet: AnyServlet,
  flowOfStage: (stage: StageServlet) => Flow,
  budget: DecodeBudget,
): Flow {
  const node = describedOf(servlet);
  if (node.kind === "stage") return flowOfStage(node);
  const parts = node.parts.map((part) => flowOf(part, flowOfStage, budget));
  switch (node.kind) {
    case "sequential":
      return async (parcel, ticket) => {
        for (const part of parts) parcel = await part(parcel, ticket);
        return parcel;
      };
    case "ensemble":
      return ensembleFlow(node, parts, budget);
    case "switch":
      return switchFlow(node, parts);
  }
}

function ensembleFlow({ failFast }: EnsembleServlet, parts: readonly Flow[], budget: DecodeBudget): Flow {
  return async (parcel, ticket) => {
    const branches = ticket.branch(parts.length);
    const outputs = parts.map(async (part, i) => {
      const output = await part(parcel, branches[i]);
      branches[i].stage = "";
      return output;
    });
    try {
      if (failFast) return Parcel.ofList(await Promise.all(outputs), budget);
      return Parcel.ofList(gather(await Promise.allSettled(outputs), ticket), budget);
    } catch (error) {
      // What has not begun need not begin.
      for (const branch of branches) branch.drop(error);
      throw error;
    } finally {
      ticket.join();
    }
  };
}

function gather(outputs: readonly PromiseSettledResult<Parcel>[], ticket: Ticket): Parcel[] {
  if (ticket.dropped !== null) throw ticket.dropped.reason;
  const errors = outputs.flatMap((output) => output.status === "rejected" ? [output.reason as Error] : []);
  if (errors.length === outputs.length) {
    const [first] = errors;
    throw new EnsembleFailed(
      `All ${errors.length} parts of the ensemble failed; the first: ${first.name}: ${first.message}`,
      errors,
    );
  }
  return outputs.map((output) =>
    output.status === "fulfilled" ? output.value : Parcel.of(sendableError(output.reason))
  );
}

function switchFlow({ choose }: SwitchServlet, parts: readonly Flow[]): Flow {
  const name = choose.name || "switch";
  return async (parcel, ticket) => {
    if (ticket.dropped !== null) throw ticket.dropped.reason;
    ticket.stage = name;
    const index = await chosen(choose, parcel, ticket, name);
    const part = Number.isInteger(index) ? parts[index] : undefined;
    if (part === undefined) {
      throw new StageFailed(
        `Cannot go on from the switch ${name}: it picked ${showValue(index)}, and its parts are 0 to ${
          parts.length - 1
        }`,
        name,
      );
    }
    return await part(parcel, ticket);
  };
}

async function chosen(choose: SwitchServlet["choose"], parcel: Parcel, ticket: Ticket, name: string): Promise<number> {
  try {
    const index = choose(parcel.value as never);
    if (!isThenable(index)) return index as number;
    const { promise, reject } = Promise.withResolvers<never>();
    ticket.holder = { drop: reject };
    return await Promise.race([index, promise]);
  } catch (error) {
    throw ticket.dropped !== null && ticket.dropped.reason === error ? error : asStageError(error, name);
  }
}
