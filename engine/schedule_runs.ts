/**
 * The runs of one schedule: which of them are unfinished, and what becomes of a due time meanwhile.
 *
 * @module
 */

import { hash } from "node:crypto";
import type { KeptSchedule, Schedule, ScheduleSpec } from "./schedule.ts";

/** Due times that wait for the runs before them. */
export const MAX_WAITING_RUNS = 100;

/** What is to be done with a due time. */
export type DueDecision = "run" | "wait" | "skip";

/** Unfinished runs, and due times that wait for their end. */
export class ScheduleRuns {
  /** When each was due. */
  #unfinished = new Map<string, number>();
  #waiting: number[] = [];

  /** Decides on a due time; one that is to wait waits from now on. */
  due(at: number, overlap: ScheduleSpec["overlap"]): DueDecision {
    if (overlap === "allow" || (this.#unfinished.size === 0 && this.#waiting.length === 0)) return "run";
    if (overlap === "skip" || this.#waiting.length >= MAX_WAITING_RUNS) return "skip";
    this.#waiting.push(at);
    return "wait";
  }

  /** A run begins. */
  begin(id: string, at: number): void {
    this.#unfinished.set(id, at);
  }

  /** All that is not over. */
  get left(): Pick<KeptSchedule, "unfinished" | "waiting"> {
    return { unfinished: [...this.#unfinished], waiting: [...this.#waiting] };
  }

  /** These have waited in an earlier life of the server. True when nothing is unfinished that they wait for. */
  restore(waiting: readonly number[]): boolean {
    this.#waiting.push(...waiting);
    return waiting.length > 0 && this.#unfinished.size === 0;
  }

  /** A run is over. True when due times wait for that, or for another. */
  end(id: string): boolean {
    this.#unfinished.delete(id);
    return this.#waiting.length > 0;
  }

  /** Takes the due time that has waited for longest, when nothing is unfinished any more. */
  takeWaiting(): number | undefined {
    return this.#unfinished.size === 0 ? this.#waiting.shift() : undefined;
  }

  /** Lets go of what waits; gives how many due times that were. */
  dropWaiting(): number {
    return this.#waiting.splice(0).length;
  }
}

/**
 * The id of the run of a due time: a UUID of version 5, in the namespace of the schedule's timing. Whoever asks for that
 * run a second time, another server or the next life of this one, asks for the same task.
 */
export function runIdOf({ uid, anchorAt }: Schedule, at: number): string {
  const namespace = Uint8Array.fromHex(uid.replaceAll("-", ""));
  const bytes = hash("sha1", concat(namespace, new TextEncoder().encode(`${anchorAt} ${at}`)), "buffer");
  bytes[6] = 0x50 | bytes[6] & 0x0f;
  bytes[8] = 0x80 | bytes[8] & 0x3f;
  return bytes.toString("hex", 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function concat(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
