/**
 * Runs that a client has many of are told of in two parts: once what they have in common, under a number, and then only
 * their ids and arguments. No reply says that they are accepted: the result does. Those that are not are named, and the
 * client submits them in the usual way, whose answer says why.
 *
 * @module
 */

import type { Profile } from "../core/profile.ts";
import type { Submission } from "../engine/admission.ts";
import type { Caller } from "../engine/caller.ts";
import type { Dispatcher } from "../engine/dispatcher.ts";
import type { Profiles } from "./profiles.ts";
import { parseSubmit, parseTasks, type SubmitRequest } from "./requests.ts";
import { invalid, list, object, show } from "./shapes.ts";

/** Kinds that a client may have at a time, the characters of a source, and of all of a kind: more is submitted in the usual way. */
export const MAX_KINDS = 64;
const MAX_TEXT_CHARS = 64 * 1024;
const MAX_KIND_CHARS = 256 * 1024;

type Tasks = SubmitRequest["tasks"];

interface Kind {
  readonly request: SubmitRequest;
  /** The latest: it is made anew when a path that was granted leads elsewhere. */
  profile: Profile | null;
}

/** What runs of one client have in common, by the numbers that it gives. */
export class RunKinds {
  #dispatcher: Pick<Dispatcher, "submit">;
  #profiles: Profiles;
  #kinds = new WeakMap<Caller, (Kind | undefined)[]>();

  constructor(dispatcher: Pick<Dispatcher, "submit">, profiles: Profiles) {
    this.#dispatcher = dispatcher;
    this.#profiles = profiles;
  }

  /** The client says what runs of this number have in common. What cannot be used is none: its runs are refused. */
  define(caller: Caller, body: unknown): void {
    const [given, common] = list(body, "kind");
    const number = requireNumber(given);
    const kinds = this.#kinds.get(caller) ?? [];
    kinds[number] = kindOf(common);
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

  /** False when they are refused at once. Who is told later was told to wait. */
  #accepts(caller: Caller, common: Submission, tasks: Tasks): boolean {
    const refuse = () => caller.peer.push("refused", tasks.map(([id]) => id));
    try {
      this.#dispatcher.submit(caller, { ...common, tasks }, { give() {}, refuse });
      return true;
    } catch {
      return false;
    }
  }

  /** Once for all runs of one push: each path that was granted is looked up. Null for what is not allowed. */
  #commonOf(kind: Kind): Submission | null {
    try {
      const isCurrent = kind.profile !== null && this.#profiles.isAsMade(kind.profile);
      if (!isCurrent) kind.profile = this.#profiles.profileFor(kind.request, null);
      return { ...kind.request, profile: kind.profile! };
    } catch {
      return null;
    }
  }
}

function kindOf(common: unknown): Kind | undefined {
  try {
    const request = parseSubmit({ ...object(common, "kind"), tasks: [], items: undefined });
    const { target, await: isAwaited, profile, group } = request;
    // All of it is kept for as long as the connection lives.
    const isLong = target.kind === "source" && target.text.length > MAX_TEXT_CHARS ||
      JSON.stringify(common).length > MAX_KIND_CHARS;
    return isLong || !isAwaited || profile.stream || group !== null ? undefined : { request, profile: null };
  } catch {
    // Submitted in the usual way it is answered with what is wrong.
    return undefined;
  }
}

function requireNumber(number: unknown): number {
  if (Number.isInteger(number) && (number as number) >= 0 && (number as number) < MAX_KINDS) return number as number;
  throw invalid(`a kind of runs must have a number below ${MAX_KINDS}: it is ${show(number)}`);
}
