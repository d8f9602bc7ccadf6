/**
 * Tells a repeated submission from a different one with the same id.
 *
 * @module
 */

import { hash } from "node:crypto";
import type { Profile, Target } from "../core/profile.ts";

/** Hexadecimal digits of a hash that a number holds exactly. */
const DIGITS = 13;

/** One more than the lower half of a fingerprint may be. */
const LOW = 2 ** 32;

/**
 * A whole number below 2^52 that equal submissions share: SHA-256 of all that was submitted, as much of it as a number
 * holds. It is compared with that of one other only, which has the same id, and only whoever gave that can want to fool
 * himself.
 */
export function fingerprint(profile: Profile, input: Uint8Array): number {
  const ofTask = digest(input);
  const target = fingerprintOf(profile);
  const high = Math.floor(ofTask / LOW) ^ Math.floor(target / LOW);
  return high * LOW + ((ofTask ^ target) >>> 0);
}

const known = new WeakMap<Profile, number>();

function fingerprintOf(profile: Profile): number {
  let ofTarget = known.get(profile);
  if (ofTarget === undefined) known.set(profile, ofTarget = digest(textOf(profile.target)));
  return ofTarget;
}

/** Never the bytes of arguments too: the two hashes are put into one by XOR. */
function textOf(target: Target): string {
  return `target ${JSON.stringify(target)}`;
}

function digest(data: Uint8Array | string): number {
  return parseInt(hash("sha256", data, "hex").slice(0, DIGITS), 16);
}
