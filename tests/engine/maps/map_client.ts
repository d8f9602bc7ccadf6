/**
 * A client in memory that submits maps: reads what it is sent when it is told to, may lose its connection with all that
 * is on its way, and comes back.
 *
 * @module
 */

import { groupIdOf, itemId, numberOf, prefixOf } from "../../../core/item_id.ts";
import { whenThere } from "../../../core/later.ts";
import { uuidv7 } from "../../../core/uuid.ts";
import type { Profile } from "../../../core/profile.ts";
import type { Submission } from "../../../engine/submission.ts";
import type { Caller } from "../../../engine/caller.ts";
import type { Departure } from "../../../engine/dispatcher.ts";
import { decode } from "../../../wire/codec.ts";
import { type PackedValues, ValuePacker } from "../../../wire/packed_values.ts";
import { EVERYBODY } from "../../helpers/task_record.ts";
import { mapOutbox, resultsOf, type Sent } from "./map_outbox.ts";
import { outcomeOf } from "./map_process.ts";
import type { MapWorld } from "./map_world.ts";

/** A map of this client. */
export interface ClientMap {
  readonly groupId: string;
  readonly submission: Submission;
  readonly inputs: PackedValues;
  /** What is known of each item, by its number. */
  readonly outcomes: Map<number, string>;
  /** Items that it has cancelled by themselves. */
  readonly cancelled: Set<number>;
  isGivenUp: boolean;
}

/** When items may begin, and how often. */
export type MapTimes = Pick<Submission, "startBeforeMs" | "delayMs" | "retry" | "limit">;

/** A client. */
export class MapClient {
  readonly maps: ClientMap[] = [];
  isAway = false;
  #world: MapWorld;
  #caller: Caller;
  #line: { closeReason: Error | null; push(): void };
  #onTheWay: Sent[] = [];
  #first = 1;
  #awaited = new Set<string>();

  constructor(world: MapWorld) {
    this.#world = world;
    [this.#caller, this.#line] = this.#open();
  }

  /** The number of its present session. */
  get owner(): string {
    return this.#caller.owner;
  }

  /** What it waits for. */
  get isWaiting(): boolean {
    return this.maps.some(({ isGivenUp, outcomes, inputs }) => !isGivenUp && outcomes.size < inputs.ends.length);
  }

  submit(profile: Profile, count: number, chunkSize: number | null, times: MapTimes): void {
    const packer = new ValuePacker();
    for (let n = 0; n < count; n++) packer.add([this.#first + n]);
    const inputs = packer.take();
    const groupId = groupIdOf(uuidv7());
    const submission: Submission = {
      profile,
      tasks: [],
      items: { firstNumber: this.#first, inputs, known: null },
      await: true,
      bound: true,
      followup: false,
      waitForRoom: true,
      ...times,
      group: { id: groupId, chunkSize },
      lane: groupId,
    };
    this.#first += count;
    this.maps.push({ groupId, submission, inputs, outcomes: new Map(), cancelled: new Set(), isGivenUp: false });
    if (!this.isAway) this.#send(submission);
  }

  /** Reads what is on its way, and acknowledges it. */
  read(): void {
    const { dispatcher } = this.#world;
    for (const sent of this.#onTheWay.splice(0)) {
      for (const [id, ...rest] of resultsOf(sent)) {
        if (!("result" in sent && this.#awaited.delete(id))) this.#take(id, ...rest);
      }
      if ("result" in sent) dispatcher.acknowledge(this.#caller, [sent.result.id]);
      else {
        const { block, from } = sent.items;
        dispatcher.acknowledgeItems(block.origin.group!.id, block.firstNumber + from);
      }
    }
  }

  cancelItem(which: number): void {
    const map = this.maps[which % this.maps.length];
    if (map === undefined || this.isAway) return;
    const number = map.submission.items!.firstNumber + which % map.inputs.ends.length;
    map.cancelled.add(number);
    this.#world.dispatcher.cancel([itemId(prefixOf(map.groupId), number)], false);
  }

  /** Somebody looks at an item. */
  lookUp(which: number): void {
    const id = this.#itemAt(which);
    if (id !== undefined) void this.#world.dispatcher.lookUp(id);
  }

  /** Waits for an item of another's. It is answered, unless nobody knows it. */
  awaitItemOf(other: MapClient, which: number): void {
    const id = other.#itemAt(which);
    if (id === undefined || this.isAway) return;
    this.#world.shared.add(id);
    whenThere(this.#world.dispatcher.await(this.#caller, [id]), (unknown) => {
      if (unknown.length === 0) this.#awaited.add(id);
    });
  }

  /** Items of others that it waits for. */
  get awaited(): ReadonlySet<string> {
    return this.#awaited;
  }

  #itemAt(which: number): string | undefined {
    const map = this.maps[which % this.maps.length];
    if (map === undefined) return undefined;
    return itemId(prefixOf(map.groupId), map.submission.items!.firstNumber + which % map.inputs.ends.length);
  }

  /** Nobody wants the map any more. */
  giveUp(which: number): void {
    const map = this.maps[which % this.maps.length];
    if (map === undefined || this.isAway) return;
    map.isGivenUp = true;
    this.#world.dispatcher.cancel([map.groupId], true);
  }

  leave(how: Departure): void {
    if (this.isAway) return;
    this.isAway = true;
    this.#onTheWay = [];
    this.#awaited.clear();
    this.#line.closeReason = new Error(how);
    this.#world.dispatcher.leave(this.#caller, how);
    if (how === "bye") { for (const map of this.maps) map.isGivenUp = true; }
  }

  comeBack(): void {
    if (!this.isAway) return;
    this.isAway = false;
    [this.#caller, this.#line] = this.#open();
    for (const { submission, inputs, outcomes, isGivenUp } of this.maps) {
      if (isGivenUp || outcomes.size === inputs.ends.length) continue;
      const items = submission.items!;
      const known = Uint8Array.from(inputs.ends, (_, n) => outcomes.has(items.firstNumber + n) ? 1 : 0);
      this.#send({ ...submission, items: { ...items, known } });
    }
  }

  #send(submission: Submission): void {
    const line = this.#line;
    this.#world.onSubmit(submission);
    const refuse = (error: unknown) => {
      const { message } = error as Error;
      if (line.closeReason === null && !this.#world.isStopping && message !== "The map was given up") {
        this.#world.violated(`refused: ${message}`);
      }
    };
    try {
      this.#world.dispatcher.submit(this.#caller, submission, { give() {}, refuse });
    } catch (error) {
      refuse(error);
    }
  }

  #take(id: string, status: string, payload: Uint8Array): void {
    const map = this.maps.find(({ groupId }) => prefixOf(groupId) === prefixOf(id));
    const number = numberOf(id);
    if (map === undefined) return this.#world.violated(`${id} is none of its items`);
    if (map.outcomes.has(number)) return this.#world.violated(`item ${number} came twice`);
    map.outcomes.set(number, status);
    const { failed, value } = outcomeOf(number);
    const given = decode(payload);
    if (given === value && status === (failed ? "failed" : "succeeded")) return;
    if (status === "cancelled" && map.cancelled.has(number)) return;
    // What another awaits of one that has left for good is kept for that one, and known to both.
    if (status === "cancelled" && this.#world.shared.has(id)) return;
    this.#world.requireExcuse(id, status, given, map.submission.profile);
  }

  #open(): [Caller, { closeReason: Error | null; push(): void }] {
    const line = { closeReason: null, push: () => {} };
    const outbox = mapOutbox({
      onSent: (sent) => {
        if (line.closeReason === null) this.#onTheWay.push(sent);
      },
      violated: (rule) => this.#world.violated(rule),
    });
    const caller = { run: null, outbox, peer: line, owner: this.#world.nextOwner(), clientKey: EVERYBODY };
    return [caller, line];
  }
}
