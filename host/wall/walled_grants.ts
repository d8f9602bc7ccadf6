/**
 * What was granted, as it is mounted: a file stays what it was when it was mounted, though another takes its place, and
 * what was not there is not mounted. So a process that is to be used again is right only where the very same is there.
 *
 * @module
 */

import type { Profile } from "../../core/profile.ts";
import { statOrNull } from "../at_path.ts";
import type { ProcessGrants } from "../process_host.ts";

/** What was there. */
interface Known {
  readonly given: ProcessGrants;
  readonly identities: string;
  readonly grants: ProcessGrants;
}

/** By profile. */
export class WalledGrants {
  #known = new WeakMap<Profile, Known>();

  /** The grants; another object when they have come to be another, or something else lies there. */
  asMounted(profile: Profile, given: ProcessGrants): ProcessGrants {
    const { read, write } = given.permissions;
    const paths = [...(read === true ? [] : read), ...(write === true ? [] : write)];
    if (paths.length === 0) return given;
    const identities = paths.map(identityOf).join();
    const known = this.#known.get(profile);
    if (known?.given === given && known.identities === identities) return known.grants;
    const grants = { ...given };
    this.#known.set(profile, { given, identities, grants });
    return grants;
  }
}

/** Which file it is; empty where there is none. */
function identityOf(path: string): string {
  const info = statOrNull(path);
  return info === null ? "" : `${info.dev}:${info.ino}`;
}
