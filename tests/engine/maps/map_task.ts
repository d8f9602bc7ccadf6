/**
 * A task in memory that maps: it waits for what its items give, or ends before that, or gives them up.
 *
 * @module
 */

import { groupIdOf, numberOf, prefixOf } from "../../../core/item_id.ts";
import { uuidv7 } from "../../../core/uuid.ts";
import type { Caller, Outbox } from "../../../engine/caller.ts";
import type { TaskRun } from "../../../engine/task_run.ts";
import { decode } from "../../../wire/codec.ts";
import { ValuePacker } from "../../../wire/packed_values.ts";
import { mapOutbox, resultsOf, type Sent } from "./map_outbox.ts";
import { outcomeOf } from "./map_process.ts";
import type { MapWorld } from "./map_world.ts";

/** Whether a task with this argument maps. */
export function maps(argument: number): boolean {
  return argument % 11 === 5;
}

/** One that does. */
export class MapTask {
  #world: MapWorld;
  #run: TaskRun;
  #groupId = groupIdOf(uuidv7());
  #outcomes = new Set<number>();
  #count: number;
  #first: number;
  #how: "waits" | "returns" | "gives up";
  #isRefused = false;
  #onTheWay: Sent[] = [];
  /** Items whose results were sent. */
  #sent = 0;

  constructor(world: MapWorld, run: TaskRun, argument: number) {
    this.#world = world;
    this.#run = run;
    this.#first = argument + 1;
    this.#count = 1 + argument % 6;
    this.#how = (["waits", "waits", "returns", "gives up"] as const)[argument % 4];
    this.#submit();
  }

  /** True when it may return: it reads what is on its way. */
  get isDone(): boolean {
    this.#read();
    return this.#isRefused || this.#how === "returns" || this.#outcomes.size === this.#count;
  }

  #submit(): void {
    this.#submitItems();
    if (this.#how !== "gives up") return;
    this.#world.dispatcher.cancel([this.#groupId], true);
    if (this.#run.caller!.outbox.awaited.size > 0) this.#world.violated("a task awaits a map that it has given up");
    this.#isRefused = true;
    // What there was of it is of no use.
    this.#onTheWay = [];
    this.#sent = 0;
    // Once that is over; and who submits it may have ended by then.
    if (this.#count > 3) this.#submitItems();
  }

  #submitItems(): void {
    const packer = new ValuePacker();
    for (let n = 0; n < this.#count; n++) packer.add([this.#first + n]);
    const { profile } = this.#run.task;
    try {
      this.#world.dispatcher.submit(this.#caller, {
        profile,
        tasks: [],
        items: { firstNumber: this.#first, inputs: packer.take(), known: null },
        await: true,
        bound: true,
        followup: false,
        waitForRoom: false,
        group: { id: this.#groupId, chunkSize: null },
        lane: "",
      }, { give() {}, refuse: (error) => this.#refused(error) });
    } catch (error) {
      this.#refused(error);
    }
  }

  #refused(error: unknown): void {
    this.#isRefused = true;
    const { code } = error as { code?: string };
    // What it has given up may have ended alone, and is kept.
    if (code === "DUPLICATE_TASK" && this.#how === "gives up") return;
    if (code !== "DEPTH_EXCEEDED" && code !== "CONNECTION_CLOSED") {
      this.#world.violated(`a task's map is refused: ${error}`);
    }
  }

  get #caller(): Caller {
    const run = this.#run;
    const { owner, clientKey } = run.task.origin;
    const outbox = this.#open();
    return run.caller ??= { run, owner, clientKey, outbox, peer: { closeReason: null, push() {} } };
  }

  #open(): Outbox {
    return mapOutbox({
      onSent: (sent, count) => {
        this.#sent += count;
        const { slot } = this.#run;
        if (this.#sent === this.#count && slot !== "held") {
          this.#world.violated(`all is there, and the slot is ${slot}`);
        }
        this.#onTheWay.push(sent);
      },
      violated: (rule) => this.#world.violated(rule),
    });
  }

  #read(): void {
    const { dispatcher } = this.#world;
    for (const sent of this.#onTheWay.splice(0)) {
      for (const result of resultsOf(sent)) this.#take(...result);
      if ("result" in sent) dispatcher.acknowledge(this.#run.caller!, [sent.result.id]);
      else dispatcher.acknowledgeItems(this.#groupId, sent.items.block.firstNumber + sent.items.from);
    }
  }

  #take(id: string, status: string, payload: Uint8Array): void {
    const number = numberOf(id);
    if (prefixOf(id) !== prefixOf(this.#groupId)) return this.#world.violated(`${id} is no item of the task's map`);
    if (this.#outcomes.has(number)) return this.#world.violated(`item ${number} of a task came twice`);
    this.#outcomes.add(number);
    const { failed, value } = outcomeOf(number);
    const given = decode(payload);
    if (given === value && status === (failed ? "failed" : "succeeded")) return;
    this.#world.requireExcuse(`${number}`, status, given, this.#run.task.profile);
  }
}
