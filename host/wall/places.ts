/**
 * Paths that are to be found behind the wall, with the links on the way to them. Looked up synchronously: a start must
 * not wait, and all of it lies where programs were loaded from before.
 *
 * @module
 */

import { linkOrNull, realPathOrNull } from "../at_path.ts";

/** Collects canonical paths, and links by which they are named. */
export class Places {
  readonly paths: Set<string> = new Set();
  readonly links: Map<string, string> = new Map();

  /** Also what others have collected. */
  constructor(...others: readonly Places[]) {
    for (const each of others) this.addAll(each);
  }

  /** What others have collected. */
  addAll({ paths, links }: Places): void {
    for (const path of paths) this.paths.add(path);
    for (const [path, target] of links) this.links.set(path, target);
  }

  /** A path, under this name too. False when nothing is there. */
  add(path: string, real: string | null = realPathOrNull(path)): boolean {
    if (real === null) return false;
    this.paths.add(real);
    if (real !== path) this.links.set(path, real);
    return true;
  }

  /** A folder at the top which on many systems is a link into `/usr`; what is in it only where `isWhole`. */
  addTop(path: string, isWhole: boolean): void {
    const target = linkOrNull(path);
    if (target !== null) this.links.set(path, target);
    else if (isWhole) this.add(path);
  }
}
