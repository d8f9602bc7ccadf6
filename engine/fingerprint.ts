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
 * holds. It is compared with that of one other only, which has the same id: nobody can look for two that are alike.
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

function textOf(target: Target): string {
  return target.kind === "source" ? target.text : `${target.module} ${target.name}`;
}

function digest(data: Uint8Array | string): number {
  return parseInt(hash("sha256", data, "hex").slice(0, DIGITS), 16);
}
