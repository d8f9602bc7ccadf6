/**
 * Pulls the tasks of an `execute` from their source, and gives them to its channel in chunks, as there is room.
 *
 * @module
 */

import { Source } from "../core/source.ts";
import { Task } from "../procedures/task.ts";
import type { Channel } from "./channel.ts";
import type { PushedItem } from "./pushed_unit.ts";

/**
 * A chunk that is not full leaves when its source has given nothing for so many milliseconds, or twice that: what comes
 * next may be a long time away, and may depend on what these give.
 */
const PAUSE_MS = 5;

/** What to pull, and for whom. */
export interface TaskFeedParams {
  readonly channel: Channel;
  readonly tasks: Iterable<unknown> | AsyncIterable<unknown>;
  /** Tasks in a chunk, at most; null where whoever runs them cuts the chunks. */
  readonly chunkSize: number | null;
  /** The source is at its end; by an error, where there is a reason. Not called once the feed was stopped. */
  onEnd(reason: { readonly error: unknown } | null): void;
}

/** The tasks of one `execute` on their way in. */
export class TaskFeed {
  #params: TaskFeedParams;
  #chunkSize: number;
  #source: Source | null = null;
  #state: "pulling" | "over" = "pulling";
  #chunk: PushedItem[] = [];
  /** While a chunk waits for room: a channel that is closed first never lets it in, and then nobody is to go on. */
  #room: PromiseWithResolvers<void> | null = null;
  /** Items that were asked for. */
  #pulls = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(params: TaskFeedParams) {
    this.#params = params;
    this.#chunkSize = params.chunkSize ?? 1;
  }

  /** Never throws: what the source raises is the reason of its end. */
  begin(): void {
    try {
      this.#source = new Source(this.#params.tasks);
    } catch (error) {
      return this.#end({ error });
    }
    if (this.#source.isAsync) void this.#pullLater(this.#source);
    else this.#pull(this.#source);
  }

  /** Pulls no more; resolves when the source has ended, if it does so at once. */
  async stop(): Promise<void> {
    this.#close();
    await this.#source?.leave();
  }

  /** As much as there is room for. No promise for each: many tasks take less than one costs. */
  #pull(source: Source): void {
    let last: { readonly reason: { readonly error: unknown } | null } | null = null;
    const { channel } = this.#params;
    const onIn = () => channel.whenRoomy(goOn);
    const goOn = () => {
      while (this.#state === "pulling" && last === null) {
        let chunk: PushedItem[] = [];
        try {
          const step = source.next() as IteratorResult<unknown>;
          if (step.done) last = { reason: null };
          // A list that has room for one: a list that grows has room for seventeen, and there are many.
          else chunk = [toItem(step.value)];
          if (last === null && this.#fill(chunk, source)) last = { reason: null };
        } catch (error) {
          last = { reason: { error } };
        }
        if (this.#state !== "pulling") return;
        if (chunk.length > 0 && !this.#params.channel.offer(chunk, onIn)) return;
      }
      if (last !== null) this.#end(last.reason);
    };
    goOn();
  }

  /** True when the source has no more. */
  #fill(chunk: PushedItem[], source: Source): boolean {
    while (chunk.length < this.#chunkSize) {
      const step = source.next() as IteratorResult<unknown>;
      if (step.done) return true;
      chunk.push(toItem(step.value));
    }
    return false;
  }

  async #pullLater(source: Source): Promise<void> {
    let reason: { readonly error: unknown } | null = null;
    try {
      while (this.#state === "pulling") {
        this.#pulls++;
        if (this.#chunk.length > 0) this.#watch();
        const step = await source.next();
        if (step.done) break;
        this.#chunk.push(toItem(step.value));
        if (this.#chunk.length >= this.#chunkSize && this.#room === null) this.#flush();
        // Most often there is none, and an `await` of nothing is a turn.
        if (this.#room !== null) await this.#room.promise;
      }
    } catch (error) {
      reason = { error };
    }
    // One that left in a pause may be in line.
    await this.#room?.promise;
    this.#flush();
    await this.#room?.promise;
    this.#end(reason);
  }

  /** One timer goes on from item to item: to make and clear one for each would be felt. */
  #watch(): void {
    const seen = this.#pulls;
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      if (this.#chunk.length === 0 || this.#room !== null) return;
      if (this.#pulls === seen) this.#flush();
      else this.#watch();
    }, PAUSE_MS);
  }

  #flush(): void {
    if (this.#chunk.length === 0 || this.#state === "over") return;
    const chunk = this.#chunk;
    this.#chunk = [];
    if (!this.#params.channel.offer(chunk, this.#onRoom)) this.#room = Promise.withResolvers<void>();
  }

  /** In a turn of its own: a chunk may be let in while it is being offered. */
  #onRoom = (): void =>
    queueMicrotask(() => {
      this.#room?.resolve();
      this.#room = null;
    });

  #end(reason: { readonly error: unknown } | null): void {
    if (this.#state === "over") return;
    this.#close();
    this.#params.onEnd(reason);
  }

  #close(): void {
    this.#state = "over";
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

function toItem(value: unknown): PushedItem {
  if (value instanceof Task) return value;
  return new TypeError(`Cannot execute what is not a task: the iterable gave ${describe(value)}`);
}

function describe(value: unknown): string {
  return value === null ? "null" : typeof value === "object" ? "an object" : `a value of type ${typeof value}`;
}
