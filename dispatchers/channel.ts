/**
 * The inside of a queue: what is pushed goes into its lane of the backlog, what comes back waits to be taken. Task
 * queues and `execute` are two faces of it.
 *
 * @module
 */

import { QueueFull, WaitTimeout } from "../core/errors.ts";
import { LinkedList } from "../core/linked_list.ts";
import type { Task } from "../procedures/task.ts";
import type { Outcome, QueueTraits } from "./backend.ts";
import { blame } from "./blame.ts";
import type { Lane, Pusher } from "./backlog.ts";
import { type PushedItem, PushedUnit } from "./pushed_unit.ts";
import { ResultLine } from "./result_line.ts";
import { limitWait, type Waiter, type WaitLimits, WaitLine } from "./wait_line.ts";

/** What a channel needs of its dispatcher. */
export interface ChannelHost {
  tryPush(unit: PushedUnit): boolean;
  lineUp(pusher: Pusher<PushedUnit>): void;
  stepOut(pusher: Pusher<PushedUnit>): boolean;
  /** A unit is in the backlog. */
  admitted(unit: PushedUnit): void;
  /** Gives out what may be given out by now. */
  pump(): void;
  /** All of a unit that was at work is over. */
  ended(): void;
  /** Whoever takes results waits for one. */
  hurry(): void;
  /** A unit's results were all taken. */
  release(lane: Lane<PushedUnit>): void;
  /** Frees the lane and calls off what is at work; gives the pushers that waited. */
  closed(channel: Channel): readonly Pusher<PushedUnit>[];
}

/** How a channel is made. */
export interface ChannelParams {
  readonly host: ChannelHost;
  readonly lane: Lane<PushedUnit>;
  readonly traits: QueueTraits;
  readonly isOrdered: boolean;
}

interface BlockedPush extends Pusher<PushedUnit> {
  refuse(reason: unknown): void;
}

/** One queue of a dispatcher. */
export class Channel {
  readonly lane: Lane<PushedUnit>;
  readonly traits: QueueTraits;
  /** Units at work. */
  readonly atWork: LinkedList<PushedUnit> = new LinkedList();
  /** Called when a result was taken. */
  onTaken: (() => void) | null = null;
  /** Called when the channel is closed from outside. */
  onClosed: (() => void) | null = null;
  #host: ChannelHost;
  #results: ResultLine<PushedUnit>;
  /** Who waits for a result; gets null when there will be none. */
  #takers = new WaitLine<Outcome | null>();
  /** It was taken and given back. */
  #returned: Outcome | null = null;
  #closedBy: (() => unknown) | null = null;
  #outstanding = 0;
  /** Pushes more when there is room for a good many, or when whoever takes results waits. */
  #goOn: (() => void) | null = null;

  constructor({ host, lane, traits, isOrdered }: ChannelParams) {
    this.#host = host;
    this.lane = lane;
    this.traits = traits;
    this.#results = new ResultLine(isOrdered);
  }

  /** Results that were promised by a push and not taken. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** Makes the error of whoever uses the closed channel; null while it is open. */
  get closedBy(): (() => unknown) | null {
    return this.#closedBy;
  }

  /** Pushes a unit if there is room; else gives what waits for room. */
  push(items: readonly PushedItem[], limits: WaitLimits): null | Promise<void> {
    if (this.#closedBy !== null) return Promise.reject(this.#closedBy());
    const unit = new PushedUnit(this, items);
    if (this.#tryPush(unit)) return null;
    const { timeoutMs } = limits;
    if (timeoutMs === 0) return Promise.reject(fullError(this.lane.places));
    return new Promise<void>((resolve, reject) => {
      let letGo: (() => void) | null = null;
      const pusher: BlockedPush = {
        unit,
        admitted: () => {
          letGo?.();
          this.admit(unit);
          resolve();
        },
        refuse(reason) {
          letGo?.();
          reject(reason);
        },
      };
      const onTimeout = () => new WaitTimeout(`The task was not pushed: there was no room within ${timeoutMs} ms`);
      letGo = limitWait(limits, onTimeout, (reason) => {
        if (this.#host.stepOut(pusher)) pusher.refuse(reason);
      });
      // There may be room for it by now.
      this.#host.lineUp(pusher);
    });
  }

  /**
   * Pushes a unit of the open channel: true when it is in, else `onIn` is called when it is, unless the channel is closed
   * before. For whoever pushes so much that a promise for each would be felt.
   */
  offer(items: readonly PushedItem[], onIn: () => void): boolean {
    const unit = new PushedUnit(this, items);
    if (this.#tryPush(unit)) return true;
    this.#host.lineUp(new Offer(unit, onIn));
    return false;
  }

  /**
   * Has `goOn` called when there are places for an eighth of what the queue may have, or when somebody waits for a
   * result: whoever pushes one for each that is taken does little else.
   */
  whenRoomy(goOn: () => void): void {
    this.#goOn = goOn;
    if (this.#takers.length > 0 || this.#isRoomy) this.#wake();
  }

  get #isRoomy(): boolean {
    const { places, occupied, waiting } = this.lane;
    return places - occupied - waiting.length >= places >> 3;
  }

  #wake(): void {
    if (this.#goOn === null) return;
    const goOn = this.#goOn;
    this.#goOn = null;
    // In a turn of its own: whoever makes room is in the middle of something, which the source may be too.
    queueMicrotask(goOn);
  }

  #tryPush(unit: PushedUnit): boolean {
    if (!this.#host.tryPush(unit)) return false;
    this.admit(unit);
    this.#host.pump();
    return true;
  }

  /** A unit is in the backlog: its results have their place behind those of the units before it. */
  admit(unit: PushedUnit): void {
    this.#outstanding += unit.size;
    this.#results.expect(unit);
    this.#host.admitted(unit);
  }

  /** Takes in the outcome of an item of a unit at work: of a task, or of what is none. */
  settle(unit: PushedUnit, index: number, outcome: Outcome, task: Task | null): void {
    if (unit.left === 0) {
      this.atWork.remove(unit);
      this.#host.ended();
    }
    if (this.#closedBy === null) this.#add(unit, index, task === null ? outcome : blame(task, outcome));
    this.#host.pump();
  }

  #add(unit: PushedUnit, index: number, outcome: Outcome): void {
    this.#results.add(unit, index, outcome);
    while (this.#takers.length > 0 && this.#results.hasNext) {
      const next = this.#results.take()!;
      // Given before its place is free: that may bring further results, which come after this one.
      this.#takers.give(next.outcome);
      this.#onTaken(next.unit);
    }
  }

  /** The next result; undefined when there is none yet. */
  tryTake(): Outcome | undefined {
    if (this.#returned !== null) {
      const outcome = this.#returned;
      this.#returned = null;
      return outcome;
    }
    const next = this.#results.take();
    if (next === undefined) return undefined;
    this.#onTaken(next.unit);
    return next.outcome;
  }

  /** The next result unless it is a failure. */
  tryTakeSuccess(): Outcome | undefined {
    return this.#returned !== null || this.#results.isNextFailed ? undefined : this.tryTake();
  }

  /** Whoever took this does not want it: it is the next result again, for who has waited longest. */
  giveBack(outcome: Outcome): void {
    if (this.#closedBy === null && !this.#takers.give(outcome)) this.#returned = outcome;
  }

  /** Waits for a result; null when the channel is closed first. */
  take(limits: WaitLimits, onTimeout: () => unknown): Promise<Outcome | null> {
    if (this.#closedBy !== null) return Promise.resolve(null);
    if (limits.timeoutMs === 0) return Promise.reject(onTimeout());
    this.#host.hurry();
    this.#wake();
    return this.#takers.wait(limits, onTimeout);
  }

  /** Stands in line for a result of the open channel, with those who `take`. */
  enter(take: (outcome: Outcome | null) => void): Waiter<Outcome | null> {
    this.#host.hurry();
    this.#wake();
    return this.#takers.enter(take);
  }

  /** Waits for no result any more. */
  leave(taker: Waiter<Outcome | null>): void {
    this.#takers.leave(taker);
  }

  /** Wakes all who wait, and drops what was not taken. Closing twice is fine. */
  close(reason: () => unknown): void {
    if (this.#closedBy !== null) return;
    this.#closedBy = reason;
    for (const pusher of this.#host.closed(this)) (pusher as BlockedPush).refuse(reason());
    while (this.#takers.give(null));
    this.#results = new ResultLine(false);
    this.#returned = null;
    this.#outstanding = 0;
    this.onClosed?.();
  }

  #onTaken(unit: PushedUnit): void {
    this.#outstanding--;
    if (unit.taken === unit.size) this.#host.release(this.lane);
    if (this.#goOn !== null && this.#isRoomy) this.#wake();
    this.onTaken?.();
  }
}

/** A push of somebody who is told when it is in, and needs no promise for that. */
class Offer implements BlockedPush {
  readonly unit: PushedUnit;
  #onIn: () => void;

  constructor(unit: PushedUnit, onIn: () => void) {
    this.unit = unit;
    this.#onIn = onIn;
  }

  admitted(): void {
    this.unit.channel.admit(this.unit);
    this.#onIn();
  }

  /** The channel tells of its end itself. */
  refuse(): void {}
}

function fullError(places: number): QueueFull {
  return new QueueFull("Cannot push the task: the queue or its dispatcher is full", places);
}
