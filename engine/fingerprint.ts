/**
 * Tells a repeated submission from a different one with the same id.
 *
 * @module
 */

import type { Profile } from "../core/profile.ts";

/** More bytes than this are sampled, not read whole: this guards against mistakes, not against forgers. */
const MAX_BYTES = 4096;

/** A number that equal submissions share. */
export function fingerprint(profile: Profile, input: Uint8Array): number {
  let hash = mix(ofTarget(profile), input.length);
  const step = Math.max(1, Math.floor(input.length / MAX_BYTES));
  for (let i = 0; i < input.length; i += step) hash = mix(hash, input[i]);
  return hash;
}

const known = new WeakMap<Profile, number>();

function ofTarget(profile: Profile): number {
  let hash = known.get(profile);
  if (hash === undefined) {
    const { target } = profile;
    hash = mixText(0x811c9dc5, target.kind === "source" ? target.text : `${target.module} ${target.name}`);
    known.set(profile, hash);
  }
  return hash;
}

function mixText(hash: number, text: string): number {
  const step = Math.max(1, Math.floor(text.length / MAX_BYTES));
  for (let i = 0; i < text.length; i += step) hash = mix(hash, text.charCodeAt(i));
  return hash;
}

/** One step of FNV-1a. */
function mix(hash: number, value: number): number {
  return Math.imul(hash ^ value, 0x01000193);
}
