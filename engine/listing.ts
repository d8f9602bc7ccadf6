/**
 * Looks at tasks without touching them: at one by its id, or at many by what they are, page by page. A map whose items
 * have numbers is listed as one thing, under the id of its group.
 *
 * @module
 */

import { isOfGroup } from "../core/item_id.ts";
import { type Later, whenThere } from "../core/later.ts";
import type { Groups } from "./groups.ts";
import type { KnownTasks } from "./known_tasks.ts";
import { pageBehind } from "./task_pages.ts";
import type { TaskStore } from "./task_store.ts";
import { type TaskFilter, type TaskPage, type TaskView, viewOf, viewOfLetter } from "./task_view.ts";

/** What a place in the list begins with, while it is among tasks, and behind them among maps. */
const TASKS = "t";
const MAPS = "m";

/** Where tasks are looked for. */
export interface ListingParams {
  store: TaskStore;
  groups: Groups;
  tasks: KnownTasks;
}

/** The list of all tasks. */
export class Listing {
  #params: ListingParams;

  constructor(params: ListingParams) {
    this.#params = params;
  }

  /** What is known of a task, a map or an item; undefined when nothing is. */
  view(id: string): Later<TaskView | undefined> {
    const { groups, tasks } = this.#params;
    const ofGroup = isOfGroup(id) ? groups.views.view(id) : undefined;
    if (ofGroup !== undefined) return ofGroup;
    // Its error may lie on a disk, and is not looked at.
    const letter = this.#params.store.letterOf(id);
    return letter !== undefined ? viewOfLetter(letter) : whenThere(tasks.lookUp(id), (found) => found && viewOf(found));
  }

  /** Up to `most` of those that are meant, behind a place that an earlier page gave ("": from the beginning). */
  page(filter: TaskFilter, place: string, most: number): Later<TaskPage> {
    const { store, groups } = this.#params;
    if (place.startsWith(MAPS)) {
      const page = pageBehind(place.slice(1), most, (shard, found) => groups.views.look(shard, filter, found));
      return { ...page, next: page.next && MAPS + page.next };
    }
    return whenThere(store.list(filter, place.slice(1), most), ({ tasks, next }) => {
      return { tasks, next: next === null ? MAPS : TASKS + next };
    });
  }
}
