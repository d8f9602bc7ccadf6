/**
 * What this process was given and has not begun: tasks, and items of maps, of which each becomes a task when it is its
 * turn.
 *
 * @module
 */

import { itemId } from "../core/item_id.ts";
import { ownBytes } from "../core/own_bytes.ts";
import type { WireTarget } from "../wire/message.ts";
import type { WireItems, WireTask } from "../wire/worker_message.ts";
import { decode, PackedReader } from "../wire/codec.ts";
import { fromWirePacked } from "../wire/packed_values.ts";
import type { TaskToRun } from "./execute.ts";

/** Items of one push. */
interface Items {
  readonly prefix: string;
  readonly firstNumber: number;
  readonly attempt: number;
  readonly isCareful: boolean;
  readonly target: WireTarget;
  readonly reader: PackedReader;
  readonly count: number;
  /** How many of them have begun. */
  begun: number;
}

/** Tasks in the order in which they are to run. */
export class TaskLine {
  #line: (Given | Items)[] = [];
  #length = 0;
  #lastTarget: WireTarget | null = null;
  #tid: number;

  /** Workers among them are told in which thread they run. */
  constructor(tid: number) {
    this.#tid = tid;
  }

  /** How many there are. */
  get length(): number {
    return this.#length;
  }

  /** Adds tasks as they came. Byte strings in a push are views that the next read overwrites. */
  addTasks(tasks: readonly WireTask[]): void {
    for (const [id, bytes, attempt, target, isStream, host] of tasks) {
      const task = new Given(id, ownBytes(bytes), attempt, this.#targetOf(target), isStream);
      if (host !== undefined) task.place = [host, Deno.pid, this.#tid];
      this.#line.push(task);
      this.#length++;
    }
  }

  /** Adds items as they came. */
  addItems([prefix, firstNumber, attempt, isCareful, target, packed]: WireItems): void {
    const { ends, bytes } = fromWirePacked(packed);
    const reader = new PackedReader({ ends, bytes: ownBytes(bytes) });
    const count = ends.length;
    this.#line.push({
      prefix,
      firstNumber,
      attempt,
      isCareful,
      target: this.#targetOf(target),
      reader,
      count,
      begun: 0,
    });
    this.#length += count;
  }

  /** Takes the next one; undefined when there is none. */
  shift(): TaskToRun | undefined {
    const [first] = this.#line;
    if (first === undefined) return undefined;
    this.#length--;
    if (first instanceof Given) return this.#line.shift() as Given;
    const at = first.begun++;
    if (first.begun === first.count) this.#line.shift();
    return new Item(first, at);
  }

  /** Drops all; gives how many there were. */
  clear(): number {
    const count = this.#length;
    this.#line = [];
    this.#length = 0;
    return count;
  }

  #targetOf(target: WireTarget | null): WireTarget {
    return this.#lastTarget = target ?? this.#lastTarget!;
  }
}

/** A task. */
class Given implements TaskToRun {
  readonly id: string;
  readonly attempt: number;
  readonly target: WireTarget;
  readonly isStream: boolean;
  readonly isItem = false;
  place?: TaskToRun["place"];
  #bytes: Uint8Array;

  constructor(id: string, bytes: Uint8Array, attempt: number, target: WireTarget, isStream: boolean) {
    this.id = id;
    this.attempt = attempt;
    this.target = target;
    this.isStream = isStream;
    this.#bytes = bytes;
  }

  get input(): unknown {
    return decode(this.#bytes);
  }
}

/** Its id is made when somebody asks: most never do. */
class Item implements TaskToRun {
  readonly isStream = false;
  readonly isItem = true;
  #items: Items;
  #at: number;

  constructor(items: Items, at: number) {
    this.#items = items;
    this.#at = at;
  }

  get id(): string {
    return itemId(this.#items.prefix, this.#items.firstNumber + this.#at);
  }

  get input(): unknown {
    return this.#items.reader.read(this.#at);
  }

  get attempt(): number {
    return this.#items.attempt;
  }

  get target(): WireTarget {
    return this.#items.target;
  }

  get isCareful(): boolean {
    return this.#items.isCareful;
  }
}
