/**
 * What runs of one target are submitted with: made once, and told by its identity.
 *
 * @module
 */

import type { WireTarget } from "../wire/message.ts";
import type { Submission } from "./awaited_results.ts";

/** Targets that are remembered, and how long their texts may be. */
const MAX_TARGETS = 64;
const MAX_CHARS = 4096;

/** Submissions of one caller, by target. */
export class SharedSubmissions {
  #byTarget = new Map<string, Submission>();

  /** That of a target, made where it is not known. */
  of(target: WireTarget, make: () => Submission): Submission {
    const [kind, place, name, within] = target;
    if (place.length > MAX_CHARS) return make();
    const key = `${kind}\n${name}\n${within ?? ""}\n${place}`;
    let submission = this.#byTarget.get(key);
    if (submission !== undefined) return submission;
    submission = make();
    if (this.#byTarget.size === MAX_TARGETS) this.#byTarget.clear();
    this.#byTarget.set(key, submission);
    return submission;
  }
}
