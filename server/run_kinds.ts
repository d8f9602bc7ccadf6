/**
 * Runs that a client has many of are told of in two parts: once what they have in common, under a number, and then only
 * their ids and arguments. No reply says that they are accepted: the result does. Those that are not are named, and the
 * client submits them in the usual way, whose answer says why.
 *
 * @module
 */

import { ask, type Later } from "../core/later.ts";
import type { Profile } from "../core/profile.ts";
import type { Submission } from "../engine/submission.ts";
import type { Caller } from "../engine/caller.ts";
import type { Dispatcher } from "../engine/dispatcher.ts";
import type { Profiles } from "./profiles.ts";
import { type Durability, durabilityOf } from "./durability.ts";
import { MAX_KIND_SOURCE_CHARS, MAX_KINDS } from "../wire/kind_limits.ts";
import { invalid, list, object, show } from "./shapes.ts";
import { parseSubmit, parseTasks, type SubmitRequest } from "./submit_request.ts";

/** Characters of all of a kind, as JSON: it is kept for as long as the connection lives. */
const MAX_KIND_CHARS = 256 * 1024;

/**
 * Submissions of one client that wait for room, which takes memory: others come by calls, of which only so many are
 * read.
 */
const MAX_WAITING = 1000;

type Tasks = SubmitRequest["tasks"];

interface Kind {
  readonly request: SubmitRequest & Durability;
  /** The latest: it is made anew when a path that was granted leads elsewhere. */
  profile: Profile | null;
}

/** What runs are submitted with. */
export interface RunKindsParams {
  dispatcher: Pick<Dispatcher, "submit">;
  profiles: Pick<Profiles, "profileFor" | "isAsMade">;
  /** Whether tasks can outlive the server. */
  keepsTasks: boolean;
}

/** What runs of one client have in common, by the numbers that it gives. */
export class RunKinds {
  #params: RunKindsParams;
  #kinds = new WeakMap<Caller, (Kind | undefined)[]>();
  /** Submissions of each that wait for room. */
  #waiting = new WeakMap<Caller, number>();

  constructor(params: RunKindsParams) {
    this.#params = params;
  }

  /** The client says what runs of this number have in common. What cannot be used is none: its runs are refused. */
  define(caller: Caller, body: unknown): void {
    const [given, common] = list(body, "kind");
    const number = requireNumber(given);
    const kinds = this.#kinds.get(caller) ?? [];
    kinds[number] = kindOf(common, this.#params.keepsTasks);
    this.#kinds.set(caller, kinds);
  }

  /** Accepts runs; those that are not accepted are named. Where they do not come in together, each stands for itself. */
  run(caller: Caller, body: unknown): void {
    const [given, listed] = list(body, "runs");
    const number = requireNumber(given);
    const tasks = parseTasks(listed);
    const kind = this.#kinds.get(caller)?.[number];
    const common = kind === undefined ? null : this.#commonOf(kind);
    if (common !== null && this.#accepts(caller, { ...common, waitForRoom: false }, tasks)) return;
    const refused = tasks.filter((task) => common === null || !this.#accepts(caller, common, [task]));
    if (refused.length > 0) caller.peer.push("refused", refused.map(([id]) => id));
  }

  /** False when they are refused at once; those that are refused later are named then. */
  #accepts(caller: Caller, common: Submission, tasks: Tasks): boolean {
    const waitForRoom = common.waitForRoom && this.#waitingOf(caller) < MAX_WAITING;
    const submission = { ...common, waitForRoom, tasks };
    let accepted: Later<number>;
    try {
      accepted = ask<number>((answer) => this.#params.dispatcher.submit(caller, submission, answer));
    } catch {
      return false;
    }
    if (accepted instanceof Promise) void this.#wait(caller, tasks.map(([id]) => id), accepted);
    return true;
  }

  async #wait(caller: Caller, ids: readonly string[], accepted: Promise<number>): Promise<void> {
    this.#waiting.set(caller, this.#waitingOf(caller) + 1);
    try {
      await accepted;
    } catch {
      caller.peer.push("refused", ids);
    }
    this.#waiting.set(caller, this.#waitingOf(caller) - 1);
  }

  #waitingOf(caller: Caller): number {
    return this.#waiting.get(caller) ?? 0;
  }

  /** Once for all runs of one push: each path that was granted is looked up. Null for what is not allowed. */
  #commonOf(kind: Kind): Submission | null {
    try {
      const { profiles } = this.#params;
      const isCurrent = kind.profile !== null && profiles.isAsMade(kind.profile);
      if (!isCurrent) kind.profile = profiles.profileFor(kind.request, null);
      return { ...kind.request, profile: kind.profile! };
    } catch {
      return null;
    }
  }
}

function kindOf(common: unknown, keepsTasks: boolean): Kind | undefined {
  try {
    const request = parseSubmit({ ...object(common, "kind"), tasks: [], items: undefined });
    const { target, await: isAwaited, profile, group } = request;
    const isLong = target.kind === "source" && target.text.length > MAX_KIND_SOURCE_CHARS ||
      JSON.stringify(common).length > MAX_KIND_CHARS;
    if (isLong || !isAwaited || profile.stream || group !== null || request.unique) return undefined;
    return { request: { ...request, ...durabilityOf(request, keepsTasks) }, profile: null };
  } catch {
    // Submitted in the usual way it is answered with what is wrong.
    return undefined;
  }
}

function requireNumber(number: unknown): number {
  if (Number.isInteger(number) && (number as number) >= 0 && (number as number) < MAX_KINDS) return number as number;
  throw invalid(`a kind of runs must have a number below ${MAX_KINDS}: it is ${show(number)}`);
}
