/**
 * The cgroup in which those of limited processes can be made: one that hands controllers on, and is this program's to
 * use. The kernel lets no cgroup hand memory on that has processes itself, the topmost of the machine aside. So it is
 *
 *     the program's own cgroup, where that hands them on already: the program runs in the topmost one, or
 *     the one above it, where the program was put into a leaf of what was handed to it (systemd: `DelegateSubgroup=`).
 *
 * Nothing is moved for it, this program least of all.
 *
 * @module
 */

import { readOrNull } from "./at_path.ts";
import { type CgroupPlace, ownCgroupPlace } from "./cgroup_place.ts";
import { handedOn, handOn } from "./cgroups.ts";
import { parentOf } from "./paths.ts";
import { type Controller, CONTROLLERS } from "./task_cgroup.ts";

/** What there is. */
export interface DelegatedCgroup {
  /** Null where there is none. */
  readonly folder: string | null;
  /** Where the file system that it is in is mounted. */
  readonly top: string | null;
  /** What it hands on. */
  readonly controllers: readonly Controller[];
  /** Why that is not all; null where it is. */
  readonly why: string | null;
}

/** Finds it, and has the one above this program's hand on what it can. */
export function delegatedCgroup(own: CgroupPlace | null = ownCgroupPlace()): DelegatedCgroup {
  if (own === null) return { folder: null, top: null, controllers: [], why: "there is no cgroup of version 2 here" };
  const listed = listedBy(own.folder);
  if (listed.length > 0) return found(own.folder, own, listed);
  const above = cgroupAbove(own);
  if (above === null) {
    const why = `the server's cgroup ${own.folder} hands on no controller, and the one above it is not the server's`;
    return { folder: null, top: own.top, controllers: [], why: `${why}; ${WHAT_TO_DO}` };
  }
  const handed = listedBy(above);
  const more = handOn(CONTROLLERS.filter((each) => !handed.includes(each) && offers(above, each)), above);
  return found(above, own, CONTROLLERS.filter((each) => handed.includes(each) || more.includes(each)));
}

const WHAT_TO_DO = "systemd hands them on with Delegate=yes and DelegateSubgroup=";

function found(folder: string, { top }: CgroupPlace, controllers: readonly Controller[]): DelegatedCgroup {
  const missing = CONTROLLERS.filter((each) => !controllers.includes(each));
  const why = missing.length === 0
    ? null
    : `the cgroup ${folder} does not hand on ${missing.join(", ")}; ${WHAT_TO_DO}`;
  return { folder: controllers.length === 0 ? null : folder, top, controllers, why };
}

/** What systemd calls a cgroup of its own; what is above one is systemd's, also where this program may write there. */
const UNIT = /\.(service|scope|slice|socket|mount|swap)$/;

/** Null where it is another's, not seen, or the topmost of the machine, which alone has no kind. */
function cgroupAbove({ folder, top }: CgroupPlace): string | null {
  if (folder === top || UNIT.test(folder)) return null;
  const above = parentOf(folder);
  return readOrNull(`${above}/cgroup.type`) === null ? null : above;
}

function listedBy(folder: string): Controller[] {
  try {
    return handedOn(folder);
  } catch {
    return [];
  }
}

function offers(folder: string, controller: Controller): boolean {
  return (readOrNull(`${folder}/cgroup.controllers`) ?? "").trim().split(/\s+/).includes(controller);
}
