/**
 * Items on their way through pipelines, by the ids that their clients gave them. A client that lost its connection may
 * come back and ask for one again: it goes on, and is not begun anew, and what came out is kept until the client has it.
 *
 *     under way ──► over ──► forgotten (the client has it, has left, or too much is held)
 *         └────────────────► dropped (the client does not want it, has left, or too much is held)
 *
 * A task has one connection, which ends with it: nobody else may ask for its items, and none of them is kept.
 *
 * @module
 */

import { TaskCancelled, TaskError } from "../core/errors.ts";
import type { Ticker } from "../core/ticker.ts";
import type { Caller } from "../engine/caller.ts";
import { ABSENCE_MS } from "../engine/left_behind.ts";
import type { Calls } from "../wire/message.ts";
import { invalid } from "./shapes.ts";

/**
 * Most that is held for clients that may ask again, in bytes: what came out and was not taken, and items whose clients are
 * away. What is let go of for want of room runs again when it is asked for.
 */
const MAX_HELD_BYTES = 64 * 1024 * 1024;

/** What an item takes besides its bytes, about. */
const BYTES_PER_ITEM = 512;

/** One item. */
export class Passage {
  readonly id: string;
  /** Of the pipeline. */
  readonly name: string;
  /** Whose it is; null while its client is away. */
  caller: Caller | null;
  /** When a client that is away is given up, in monotonic milliseconds. */
  absentUntil = Infinity;
  result!: Promise<Uint8Array>;
  isOver = false;
  /** What it takes, about: the item, or what came out of it. */
  bytes: number;
  #dropped: { readonly reason: unknown } | null = null;
  #drop: (reason: unknown) => void = () => {};

  constructor({ id, name, item }: Calls["pipe"]["body"], caller: Caller) {
    this.id = id;
    this.name = name;
    this.caller = caller;
    this.bytes = item.length + BYTES_PER_ITEM;
  }

  /** From now on this gives it up. @throws why it was given up before. */
  heldBy(drop: (reason: unknown) => void): void {
    if (this.#dropped !== null) throw this.#dropped.reason;
    this.#drop = drop;
  }

  /** Nobody wants it. */
  drop(reason: unknown): void {
    if (this.#dropped !== null) return;
    this.#dropped = { reason };
    this.#drop(reason);
  }
}

/** All of a server. */
export class Passages {
  #byId = new Map<string, Passage>();
  #byCaller = new Map<Caller, Set<Passage>>();
  /** Those that are over, or whose clients are away; oldest first. */
  #held = new Set<Passage>();
  #heldBytes = 0;
  #ticker: Ticker;

  /** The absence of clients is told by the ticker. */
  constructor(ticker: Ticker) {
    this.#ticker = ticker;
  }

  /** How many are known. */
  get size(): number {
    return this.#byId.size;
  }

  /**
   * What comes of an item that is known, for whoever asks for it now; null for one that is not.
   *
   * @throws {TaskError} `INVALID_REQUEST` for an id that an item of another pipeline has, or of a task; in a task for any
   * that is known.
   */
  resume({ id, name }: Calls["pipe"]["body"], caller: Caller): Promise<Uint8Array> | null {
    const passage = this.#byId.get(id);
    if (passage === undefined) return null;
    if (passage.name !== name || isTask(caller) || isTask(passage.caller)) {
      throw invalid(`pipe.id must be new for each item: "${id}" is one of another pipeline, or of another caller`);
    }
    this.#take(passage);
    this.#give(passage, caller);
    if (!passage.isOver) this.#release(passage);
    return passage.result;
  }

  /** Begins an item; `go` takes it through, and does not throw. */
  begin(
    request: Calls["pipe"]["body"],
    caller: Caller,
    go: (passage: Passage) => Promise<Uint8Array>,
  ): Promise<Uint8Array> {
    const passage = new Passage(request, caller);
    this.#byId.set(passage.id, passage);
    this.#give(passage, caller);
    passage.result = go(passage);
    passage.result.then(
      (output) => this.#onOver(passage, output.length),
      // What a stopping server has dropped is for the next one.
      (error) => isStopping(error) ? this.#forget(passage) : this.#onOver(passage, 0),
    );
    return passage.result;
  }

  /** The caller wants nothing more of these, or has what came out. Those that are none of its own are passed over. */
  leave(ids: readonly string[], caller: Caller): void {
    for (const id of ids) {
      const passage = this.#byId.get(id);
      if (passage?.caller === caller) this.#end(passage);
    }
  }

  /** The caller's session has ended: for good, or it may be back in a while and ask again. */
  leaveAll(caller: Caller, isForGood: boolean): void {
    const own = [...this.#byCaller.get(caller) ?? []];
    this.#byCaller.delete(caller);
    if (isForGood) return own.forEach((passage) => this.#end(passage));
    if (own.length === 0) return;
    const now = this.#ticker.clock.now();
    for (const passage of own) {
      passage.caller = null;
      passage.absentUntil = now + ABSENCE_MS;
      this.#hold(passage);
    }
    this.#ticker.after(ABSENCE_MS, () => {
      for (const passage of own) if (passage.absentUntil <= this.#ticker.clock.now()) this.#end(passage);
    });
  }

  #give(passage: Passage, caller: Caller): void {
    passage.caller = caller;
    passage.absentUntil = Infinity;
    const own = this.#byCaller.get(caller);
    if (own === undefined) this.#byCaller.set(caller, new Set([passage]));
    else own.add(passage);
  }

  #take(passage: Passage): void {
    if (passage.caller === null) return;
    const own = this.#byCaller.get(passage.caller);
    own?.delete(passage);
    if (own?.size === 0) this.#byCaller.delete(passage.caller);
  }

  #onOver(passage: Passage, bytes: number): void {
    // Given up, and forgotten, before it came out.
    if (this.#byId.get(passage.id) !== passage) return;
    if (isTask(passage.caller)) return this.#forget(passage);
    this.#release(passage);
    passage.isOver = true;
    passage.bytes = bytes + BYTES_PER_ITEM;
    this.#hold(passage);
  }

  #hold(passage: Passage): void {
    if (this.#held.has(passage)) return;
    this.#held.add(passage);
    this.#heldBytes += passage.bytes;
    for (const oldest of this.#held) {
      if (this.#heldBytes <= MAX_HELD_BYTES) return;
      this.#end(oldest);
    }
  }

  #release(passage: Passage): void {
    if (this.#held.delete(passage)) this.#heldBytes -= passage.bytes;
  }

  #end(passage: Passage): void {
    this.#forget(passage);
    if (!passage.isOver) passage.drop(left());
  }

  #forget(passage: Passage): void {
    if (this.#byId.get(passage.id) === passage) this.#byId.delete(passage.id);
    this.#release(passage);
    this.#take(passage);
  }
}

function isTask(caller: Caller | null): boolean {
  return caller !== null && caller.run !== null;
}

function isStopping(error: unknown): boolean {
  return error instanceof TaskError && error.code === "SERVER_STOPPING" && !Object.hasOwn(error, "stage");
}

function left(): TaskCancelled {
  return new TaskCancelled("The caller has left");
}
