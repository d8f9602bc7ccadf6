/**
 * The door of a pipeline: so many items may be inside; whoever comes then is refused, or waits. Callers take turns.
 *
 * @module
 */

import { FairLine } from "../core/fair_line.ts";
import { PipelineFull, type TaskError } from "../core/errors.ts";
import { copyOfError } from "../core/own_errors.ts";
import type { Holder, Ticket } from "./ticket.ts";

class Waiter implements Holder {
  readonly entered = Promise.withResolvers<void>();

  constructor(readonly waiters: FairLine<Waiter>, readonly ticket: Ticket) {}

  drop(reason: unknown): void {
    this.waiters.delete(this);
    this.entered.reject(reason);
  }
}

/** The one place that counts what is inside. */
export class Door {
  readonly #capacity: number;
  #inside = 0;
  readonly #waiters = new FairLine<Waiter>();
  #closed: TaskError | null = null;
  #onEmpty: (() => void)[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Most items inside. */
  get capacity(): number {
    return this.#capacity;
  }

  /** Items inside. */
  get inside(): number {
    return this.#inside;
  }

  /** Who waits to come in. */
  get waiting(): number {
    return this.#waiters.size;
  }

  /**
   * Lets an item in; a promise when it has to wait.
   *
   * @throws {PipelineFull} instead of waiting, with `refuse`.
   */
  enter(ticket: Ticket, refuse: boolean): Promise<void> | null {
    if (this.#closed !== null) throw copyOfError(this.#closed);
    if (this.#inside < this.#capacity) {
      this.#inside++;
      return null;
    }
    if (refuse) {
      throw new PipelineFull(
        `Cannot call: the pipeline holds ${this.#inside} items, as many as it may`,
        this.#capacity,
      );
    }
    const waiter = new Waiter(this.#waiters, ticket);
    this.#waiters.push(waiter, ticket.whose);
    ticket.holder = waiter;
    return waiter.entered.promise;
  }

  /** An item is through. Its place goes to whose turn it is. */
  leave(): void {
    const next = this.#waiters.shift();
    if (next !== undefined) {
      next.ticket.holder = null;
      next.entered.resolve();
      return;
    }
    this.#inside--;
    if (this.#inside > 0) return;
    for (const resolve of this.#onEmpty) resolve();
    this.#onEmpty = [];
  }

  /** Resolves when nothing is inside. */
  whenEmpty(): Promise<void> {
    if (this.#inside === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onEmpty.push(resolve));
  }

  /** Lets nobody in any more, not even who waits. */
  close(reason: TaskError): void {
    this.#closed ??= reason;
    for (const waiter of [...this.#waiters]) waiter.drop(copyOfError(reason));
  }
}
