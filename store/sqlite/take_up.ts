/**
 * From what was in a store's file to tasks and results again.
 *
 * @module
 */

import type { Origin, QueueItem } from "../../engine/task.ts";
import { TaskBlock } from "../../engine/task_block.ts";
import type { Claim, Origins, StoredOrigin } from "../../engine/task_store.ts";
import type { KeptLetter, KeptResult } from "./changes.ts";
import type { DiskBlock } from "./disk_index.ts";
import type { DiskProfiles } from "./disk_profiles.ts";
import { damaged } from "./file_errors.ts";
import type { Kept } from "./kept.ts";
import { ownOf } from "./stored_results.ts";

/** Whom taking up has to do with. */
export interface TakeUpParams {
  origins: Origins;
  path: string;
  profiles: DiskProfiles;
  /** Tasks, or results, come from there; that is how it lies in the file, and why they can run no more, or null. */
  onOrigin(origin: Origin, stored: StoredOrigin, refusal: Read["refusal"]): void;
  /** A block is in the file. */
  onBlock(id: number, profile: number, rows: Uint32Array, over: Uint8Array | null): DiskBlock;
  /** Of which these are not over. */
  onTasks(id: number, block: TaskBlock): void;
  onResult(result: KeptResult, origin: Origin): void;
  onLetter(letter: KeptLetter, origin: Origin): void;
}

type Read = ReturnType<Origins["read"]>;

/**
 * Takes all of it up.
 *
 * @throws {TaskError} `STORE_UNUSABLE` when what belongs together is not all there.
 */
export function takeUp(kept: Kept, params: TakeUpParams): Omit<Claim, "begun"> {
  const { origins, path, profiles } = params;
  for (const [id, text] of kept.profiles) profiles.takeUp(id, text);
  /** That of the latest: what was submitted together lies together. */
  let latest: { profile: number; own: string; read: Read } | null = null;
  const originOf = (profile: number, own: string): Read => {
    if (latest !== null && latest.profile === profile && latest.own === own) return latest.read;
    if (!profiles.has(profile)) throw damaged(path, `request ${profile} is missing`);
    const stored = { profile: profiles.textOf(profile), own };
    const read = origins.read(stored);
    params.onOrigin(read.origin, stored, read.refusal);
    latest = { profile, own, read };
    return read;
  };
  const items: QueueItem[] = [];
  const refused: { items: QueueItem[]; error: NonNullable<Read["refusal"]> }[] = [];
  for (const { id, profile, origin: own, rows, over } of kept.blocks) {
    const { origin, refusal } = originOf(profile, own);
    profiles.useAgain(profile);
    const disk = params.onBlock(id, profile, rows, over);
    if (disk.left === 0) continue;
    const block = TaskBlock.kept(origin, rows, (row) => disk.isOver(row));
    params.onTasks(id, block);
    if (refusal === null) items.push(block);
    else refused.push({ items: [block], error: refusal });
  }
  for (const result of kept.results) {
    const { origin } = originOf(result.profile, ownOf(result.about));
    profiles.useAgain(result.profile);
    params.onResult(result, origin);
  }
  for (const letter of kept.letters) {
    const { origin } = originOf(letter.profile, ownOf(letter.about));
    profiles.useAgain(letter.profile);
    params.onLetter(letter, origin);
  }
  profiles.tidy();
  return { items, refused };
}
