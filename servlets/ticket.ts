/**
 * An item's right to go on. It is dropped when nobody wants the item any more: the caller's time is over, or another
 * part of an ensemble has failed. No stage begins with what was dropped.
 *
 * @module
 */

/** What holds an item that has not begun. */
export interface Holder {
  /** Lets go of it, with the reason. */
  drop(reason: unknown): void;
}

/** One item's, or one branch's of it. */
export class Ticket {
  /** Whose the item is: those of one stand in line behind each other, and all take turns. */
  readonly whose: unknown;
  /** Where the item waits. */
  holder: Holder | null = null;
  /** The item's place in the pipeline is free, from the moment at which it is dropped. */
  onDropped: (() => void) | null = null;
  /** The stage that the item waits in or is worked on by, for messages. */
  stage = "";
  #reason: { reason: unknown } | null = null;
  #branches: Ticket[] | null = null;

  constructor(whose?: unknown) {
    this.whose = whose;
  }

  /** Why it was dropped, in a box; null while it holds. */
  get dropped(): { reason: unknown } | null {
    return this.#reason;
  }

  /** Where the item is: of several branches, the first that is not done. */
  get place(): string {
    return this.#branches?.find((branch) => branch.place !== "")?.place ?? this.stage;
  }

  /** Tickets for as many branches; dropped with this one. */
  branch(count: number): Ticket[] {
    const branches = Array.from({ length: count }, () => new Ticket(this.whose));
    if (this.#reason !== null) { for (const branch of branches) branch.drop(this.#reason.reason); }
    return this.#branches = branches;
  }

  /** The branches have come together. */
  join(): void {
    this.#branches = null;
  }

  /** Nobody wants the item any more. */
  drop(reason: unknown): void {
    if (this.#reason !== null) return;
    this.#reason = { reason };
    const { holder } = this;
    this.holder = null;
    holder?.drop(reason);
    this.onDropped?.();
    for (const branch of this.#branches ?? []) branch.drop(reason);
  }
}
