/**
 * The order in which what lies in tables in memory is listed: by their shards, and in each by id. A task keeps its place
 * from its submission until its result is taken, wherever it lies meanwhile, so a listing that goes on behind the last
 * id that it had has each task once. No table is kept in another order for that, and a page costs as much as a shard or
 * two.
 *
 * @module
 */

import { SHARDS } from "../core/sharded_map.ts";
import type { TaskPage, TaskView } from "./task_view.ts";

/** A page that has looked at more tasks goes on with the next call, however few of them were meant. */
const MOST_LOOKED = 5000;

/** Gives what is meant of one shard, in any order, to `found`, and how much it looked at. */
export type Look = (shard: number, found: (view: TaskView) => void) => number;

/** The page behind a place, which is "" for the beginning. */
export function pageBehind(place: string, most: number, look: Look): TaskPage {
  const tasks: TaskView[] = [];
  let [shard, last] = [parseInt(place.slice(0, 2) || "0", 16), place.slice(2)];
  for (let looked = 0; shard < SHARDS; shard++, last = "") {
    if (looked > MOST_LOOKED || tasks.length === most) return { tasks, next: placeOf(shard, "") };
    const found: TaskView[] = [];
    looked += look(shard, (view) => view.id > last && found.push(view));
    found.sort((a, b) => a.id < b.id ? -1 : 1);
    const room = most - tasks.length;
    tasks.push(...found.slice(0, room));
    if (found.length > room) return { tasks, next: placeOf(shard, tasks.at(-1)!.id) };
  }
  return { tasks, next: null };
}

function placeOf(shard: number, id: string): string {
  return shard.toString(16).padStart(2, "0") + id;
}
