/**
 * Which unit of work goes next, and who may add one. Pure: no timers, no promises.
 *
 * Each queue has a lane. A unit that is pushed waits in its lane until it is taken, in turn with the units of other
 * lanes; from then on it occupies one of the lane's places, until all its results were popped. A unit is taken only when
 * its lane has a place for it, so that nothing ever waits to deliver a result.
 *
 *     pushers in line ──► parked (its lane has no place) ──► eligible ──► taken: occupies a place ──► released
 *
 * The bound on what waits holds for the eligible units of all lanes together, and for the parked ones of each lane by
 * itself: an eligible unit is taken as soon as the workers get to it, while a parked one depends on who pops that very
 * queue, and must not keep others out.
 *
 * @module
 */

import { Fifo } from "../core/fifo.ts";
import { type Linked, LinkedList } from "../core/linked_list.ts";

/** A push that waits for room. */
export interface Pusher<Unit> {
  readonly unit: Unit;
  /** Called when the unit is in. */
  admitted(): void;
}

/** One queue's part of the backlog. */
export interface Lane<Unit> extends Linked<Lane<Unit>> {
  /** Units that may be taken and not released. */
  readonly places: number;
  /** Units that may wait without a place for them. */
  readonly parking: number;
  occupied: number;
  readonly waiting: Fifo<Unit>;
  readonly pushers: Fifo<Pusher<Unit>>;
  isOpen: boolean;
  /** It stands in the line of those with eligible units. */
  isInTurn: boolean;
}

/** What a lane may hold. */
export interface LaneLimits {
  /** Units that are at work or have results that were not popped, at most. */
  places: number;
  /** Units that wait beyond the places, at most. @default {the backlog's size} */
  parking?: number;
}

/** The waiting units of all queues of one dispatcher. */
export class Backlog<Unit> {
  readonly size: number;
  /** Eligible units of all lanes. */
  #eligible = 0;
  /** Lanes with eligible units; the first one's turn is next. */
  #turns = new LinkedList<Lane<Unit>>();
  /** Lanes with pushers that wait for room among the eligible only, so there is none; the first one's turn is next. */
  #shut = new Set<Lane<Unit>>();
  #lanes = 0;

  /** At most `size` eligible units wait. */
  constructor(size: number) {
    this.size = size;
  }

  /** How many lanes are open. */
  get lanes(): number {
    return this.#lanes;
  }

  /** A lane of its own for a queue. */
  open({ places, parking = this.size }: LaneLimits): Lane<Unit> {
    this.#lanes++;
    const lines = { waiting: new Fifo<Unit>(), pushers: new Fifo<Pusher<Unit>>() };
    return { places, parking, occupied: 0, ...lines, isOpen: true, isInTurn: false, before: null, after: null };
  }

  /** Adds a unit if there is room and nobody stands in line for it. */
  tryPush(lane: Lane<Unit>, unit: Unit): boolean {
    if (lane.pushers.length > 0 || !this.#hasRoom(lane)) return false;
    this.#admit(lane, unit);
    return true;
  }

  /** Stands in line until there is room. */
  lineUp(lane: Lane<Unit>, pusher: Pusher<Unit>): void {
    lane.pushers.push(pusher);
    this.#letIn(lane);
  }

  /** Leaves the line; false when the unit is in already. */
  stepOut(lane: Lane<Unit>, pusher: Pusher<Unit>): boolean {
    const before = lane.pushers.length;
    lane.pushers.retain((other) => other !== pusher);
    if (lane.pushers.length === before) return false;
    this.#letIn(lane);
    return true;
  }

  /** The next unit whose lane has a place for its results; undefined when there is none. */
  take(): { lane: Lane<Unit>; unit: Unit } | undefined {
    const lane = this.#turns.first;
    if (lane === null) return undefined;
    const unit = lane.waiting.shift()!;
    lane.occupied++;
    this.#eligible--;
    this.#leaveTurns(lane);
    if (eligibleIn(lane) > 0) this.#joinTurns(lane);
    this.#letAllIn();
    return { lane, unit };
  }

  /**
   * Takes a unit out of its turn: it is over, and its results have their place. False for one that is not here, or waits
   * for a place.
   */
  takeOut(lane: Lane<Unit>, unit: Unit): boolean {
    if (!lane.isOpen) return false;
    const eligible = eligibleIn(lane);
    const at = [...lane.waiting].indexOf(unit);
    if (at < 0 || at >= eligible) return false;
    lane.waiting.retain((other) => other !== unit);
    lane.occupied++;
    this.#eligible += eligibleIn(lane) - eligible;
    if (eligibleIn(lane) === 0) this.#leaveTurns(lane);
    this.#letAllIn();
    return true;
  }

  /** The results of a unit were popped: its place is free. */
  release(lane: Lane<Unit>): void {
    if (!lane.isOpen) return;
    const before = eligibleIn(lane);
    lane.occupied--;
    this.#eligible += eligibleIn(lane) - before;
    if (eligibleIn(lane) > 0) this.#joinTurns(lane);
    this.#letIn(lane);
  }

  /** Frees what waits in a lane; gives it back. */
  close(lane: Lane<Unit>): { units: Unit[]; pushers: Pusher<Unit>[] } {
    if (!lane.isOpen) return { units: [], pushers: [] };
    this.#eligible -= eligibleIn(lane);
    lane.isOpen = false;
    this.#lanes--;
    this.#leaveTurns(lane);
    this.#shut.delete(lane);
    const left = { units: drain(lane.waiting), pushers: drain(lane.pushers) };
    this.#letAllIn();
    return left;
  }

  #joinTurns(lane: Lane<Unit>): void {
    if (lane.isInTurn) return;
    lane.isInTurn = true;
    this.#turns.push(lane);
  }

  #leaveTurns(lane: Lane<Unit>): void {
    if (!lane.isInTurn) return;
    lane.isInTurn = false;
    this.#turns.remove(lane);
  }

  /** A lane's next unit would have a place, or may be parked. */
  #hasRoom(lane: Lane<Unit>): boolean {
    return wouldBeEligible(lane) ? this.#eligible < this.size : parkedIn(lane) < lane.parking;
  }

  #admit(lane: Lane<Unit>, unit: Unit): void {
    if (wouldBeEligible(lane)) {
      this.#eligible++;
      this.#joinTurns(lane);
    }
    lane.waiting.push(unit);
  }

  /** Lets in those of a lane's pushers that there is room for now. */
  #letIn(lane: Lane<Unit>): void {
    while (lane.pushers.length > 0 && this.#hasRoom(lane)) this.#letOneIn(lane);
    // A lane that stays keeps its turn.
    if (lane.pushers.length > 0 && wouldBeEligible(lane)) this.#shut.add(lane);
    else if (this.#shut.size > 0) this.#shut.delete(lane);
  }

  /** One of each lane in turn, until the room is used up. */
  #letAllIn(): void {
    // Most often there is none, and to ask a set for its first costs more than to ask for its size.
    while (this.#shut.size > 0 && this.#eligible < this.size) {
      const [lane] = this.#shut;
      this.#letOneIn(lane);
      this.#shut.delete(lane);
      // Behind the others; a lane without a place left parks what it may.
      if (lane.pushers.length === 0) continue;
      if (wouldBeEligible(lane)) this.#shut.add(lane);
      else this.#letIn(lane);
    }
  }

  #letOneIn(lane: Lane<Unit>): void {
    const pusher = lane.pushers.shift()!;
    this.#admit(lane, pusher.unit);
    pusher.admitted();
  }
}

/** Units of a lane that wait and have a place. */
function eligibleIn(lane: Lane<unknown>): number {
  return Math.min(lane.waiting.length, lane.places - lane.occupied);
}

function parkedIn(lane: Lane<unknown>): number {
  return lane.waiting.length - eligibleIn(lane);
}

function wouldBeEligible(lane: Lane<unknown>): boolean {
  return lane.waiting.length < lane.places - lane.occupied;
}

function drain<T>(line: Fifo<T>): T[] {
  const items: T[] = [];
  while (line.length > 0) items.push(line.shift()!);
  return items;
}
