/**
 * Tasks that were submitted and are not waited for, by the signals that cancel them.
 *
 * @module
 */

import { onAbort } from "../core/abort.ts";

/** Those of one signal. */
class Group {
  readonly ids = new Set<string>();
  readonly self: WeakRef<Group> = new WeakRef<Group>(this);
  letGo: () => void = () => {};
}

/** Cancels them when their signal aborts, and lets go of the signal once the ends of all of them are known. */
export class SignalledTasks {
  /** A group is held by its signal alone: with one that is dropped goes all that was kept for it. */
  #groups = new WeakMap<AbortSignal, Group>();
  #groupOf = new Map<string, WeakRef<Group>>();
  #dropped = new FinalizationRegistry<Set<string>>((ids) => this.#forgetAll(ids));
  #cancel: (ids: string[]) => void;

  /** `cancel` is given all tasks of a signal at once. */
  constructor(cancel: (ids: string[]) => void) {
    this.#cancel = cancel;
  }

  /** A task is to end with the signal; at once when that has aborted. */
  add(signal: AbortSignal, id: string): void {
    if (signal.aborted) return this.#cancel([id]);
    const group = this.#groups.get(signal) ?? this.#open(signal);
    group.ids.add(id);
    this.#groupOf.set(id, group.self);
  }

  /** These have ended, or nothing is known of them. Others may be among them. */
  forget(ids: readonly string[]): void {
    if (this.#groupOf.size === 0) return;
    for (const id of ids) {
      const group = this.#groupOf.get(id)?.deref();
      if (!this.#groupOf.delete(id) || group === undefined) continue;
      group.ids.delete(id);
      if (group.ids.size === 0) group.letGo();
    }
  }

  /** Lets go of all signals. */
  clear(): void {
    this.forget([...this.#groupOf.keys()]);
  }

  #open(signal: AbortSignal): Group {
    const group = new Group();
    this.#groups.set(signal, group);
    this.#dropped.register(group, group.ids);
    const stop = onAbort(signal, () => {
      this.#forgetAll(group.ids);
      this.#cancel([...group.ids]);
    });
    group.letGo = () => {
      this.#groups.delete(signal);
      stop();
    };
    return group;
  }

  #forgetAll(ids: Iterable<string>): void {
    for (const id of ids) this.#groupOf.delete(id);
  }
}
