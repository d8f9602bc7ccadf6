/**
 * From what was in a store's file to tasks and results again.
 *
 * @module
 */

import type { Result } from "../../engine/result.ts";
import type { QueueItem } from "../../engine/task.ts";
import { TaskBlock } from "../../engine/task_block.ts";
import type { Claim, Origins } from "../../engine/task_store.ts";
import type { UnfinishedTasks } from "../unfinished_tasks.ts";
import { DiskBlock, type DiskIndex } from "./disk_index.ts";
import type { DiskLetters } from "./disk_letters.ts";
import type { DiskProfiles } from "./disk_profiles.ts";
import type { DiskResults } from "./disk_results.ts";
import type { DiskRuns } from "./disk_runs.ts";
import { damaged } from "./file_errors.ts";
import type { Journal } from "./journal.ts";
import type { Kept } from "./kept.ts";
import { ownOf, resultFrom } from "./stored_results.ts";

/** What takes it up. */
export interface TakeUpParts {
  path: string;
  profiles: DiskProfiles;
  disk: DiskIndex;
  onDisk: DiskResults;
  letters: DiskLetters;
  runs: DiskRuns;
  tasks: Pick<UnfinishedTasks, "get">;
  journal: Pick<Journal, "touch" | "tell">;
  /** The time of day. */
  now(): number;
  /** Of a block these tasks are not over; their arguments are in the file. */
  onTasks(id: number, block: TaskBlock): void;
}

/** What there is again: tasks, and results that are kept on. */
export interface TakenUp extends Omit<Claim, "unique"> {
  readonly results: readonly Result[];
  /** How those ended that are dead letters, without their errors. */
  readonly failed: readonly Result[];
}

type Read = ReturnType<Origins["read"]>;

/**
 * Takes all of it up.
 *
 * @throws {TaskError} `STORE_UNUSABLE` when what belongs together is not all there.
 */
export function takeUp(kept: Kept, origins: Origins, parts: TakeUpParts): TakenUp {
  const { path, profiles, disk, onDisk, letters, journal, onTasks } = parts;
  for (const [id, text] of kept.profiles) profiles.takeUp(id, text);
  /** That of the latest: what was submitted together lies together. */
  let latest: { profile: number; own: string; read: Read } | null = null;
  const originOf = (profile: number, own: string): Read => {
    if (latest !== null && latest.profile === profile && latest.own === own) return latest.read;
    if (!profiles.has(profile)) throw damaged(path, `request ${profile} is missing`);
    const stored = { profile: profiles.textOf(profile), own };
    const read = origins.read(stored);
    onDisk.know(read.origin, stored);
    if (read.refusal !== null) letters.refuse(read.origin, read.refusal);
    latest = { profile, own, read };
    return read;
  };
  const items: QueueItem[] = [];
  const refused: { items: QueueItem[]; error: NonNullable<Read["refusal"]> }[] = [];
  for (const { id, profile, origin: own, rows, over } of kept.blocks) {
    const { origin, refusal } = originOf(profile, own);
    profiles.useAgain(profile);
    const there = new DiskBlock(id, profile, rows, over);
    disk.takeUp(there);
    journal.touch();
    if (there.left === 0) continue;
    const block = TaskBlock.kept(origin, rows, (row) => there.isOver(row));
    onTasks(id, block);
    if (refusal === null) items.push(block);
    else refused.push({ items: [block], error: refusal });
  }
  const results = kept.results.map(({ id, profile, about, payload }) => {
    const { origin } = originOf(profile, ownOf(about));
    profiles.useAgain(profile);
    return resultFrom(id, about, payload, origin);
  });
  const dead = kept.letters.map((letter) => {
    const { origin } = originOf(letter.profile, ownOf(letter.about));
    profiles.useAgain(letter.profile);
    return [letter, origin] as const;
  });
  profiles.tidy();
  const failed = letters.takeUp(dead);
  return { items, refused, results, failed, begun: begunOf(kept, parts) };
}

function begunOf(kept: Kept, { runs: onDisk, tasks, journal, now }: TakeUpParts): Claim["begun"] {
  return kept.runs.flatMap((one) => {
    const { id, runs } = onDisk.takeUp(one, now());
    const task = tasks.get(id);
    if (task !== undefined) return [{ task, runs }];
    // It is over, or lost.
    for (const change of onDisk.end(id)) journal.tell(change);
    return [];
  });
}
