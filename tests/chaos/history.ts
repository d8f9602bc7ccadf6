/**
 * What the driver of the kill matrix has seen, and what its tasks say of themselves: all that the checker judges by. All
 * times are of one machine's wall clock.
 *
 * @module
 */

import { isFinal, isState } from "../../core/task_state.ts";

/** What tasks of one key are held to. */
export interface Rules {
  /** So often may it be run where no server is lost. */
  readonly attempts: number;
  /** So often may it begin, whatever is lost. @default {no limit} */
  readonly mostBegins?: number;
  /** It does not begin before. @default {at any time} */
  readonly notBefore?: number;
}

type Dealing = "retrying" | "retried" | "discarding" | "discarded";

/** What the driver has seen. A key is the driver's own name of a task: the server gives an id to what it accepts. */
export type Entry =
  /** A server listens, or is gone. */
  | { readonly at: number; readonly what: "started" | "lost" }
  /** For a long time it has done nothing of what it was asked, and no fault had come yet. */
  | { readonly at: number; readonly what: "stuck" }
  /** A task is about to be submitted; of a schedule, all its runs have the one key. */
  | { readonly at: number; readonly what: "asked"; readonly key: string; readonly rules: Rules }
  | { readonly at: number; readonly what: "accepted"; readonly key: string; readonly id: string }
  | { readonly at: number; readonly what: "refused"; readonly key: string; readonly code: string }
  /** How a task ended; once its result is taken the server may forget it. */
  | {
    readonly at: number;
    readonly what: "seen";
    readonly id: string;
    readonly status: string;
    readonly value: string;
    readonly isTaken: boolean;
  }
  /** The server says that it knows of no such task. */
  | { readonly at: number; readonly what: "unknown"; readonly id: string }
  /** The server says that it has cancelled it. */
  | { readonly at: number; readonly what: "cancelled"; readonly id: string }
  /** A dead letter is about to be run again, or dropped; the server says that it is. */
  | { readonly at: number; readonly what: Dealing; readonly id: string }
  /** The dead letters that there were, some time from then on. */
  | { readonly at: number; readonly what: "letters"; readonly from: number; readonly ids: readonly string[] }
  /** The server is about to be paused, or resumed; it says that it is, and that this lasts. */
  | { readonly at: number; readonly what: "pausing" | "paused" | "resuming" | "resumed" }
  /** What the server says when it is asked. */
  | { readonly at: number; readonly what: "pause seen"; readonly isPaused: boolean }
  /** So many due times of a schedule are over, and that is what became of them. */
  | {
    readonly at: number;
    readonly what: "fired";
    readonly key: string;
    readonly due: number;
    readonly runs: number;
    readonly skipped: number;
    /** So many more may have been refused: the disk was full. */
    readonly refused: number;
  }
  /** Nothing is under way any more. */
  | { readonly at: number; readonly what: "over" };

/** Those of one kind. */
export type EntryOf<What extends Entry["what"]> = Entry extends infer One
  ? One extends Entry ? What extends One["what"] ? One : never : never
  : never;

/** An entry before its time is known. */
export type NewEntry = Entry extends infer One ? One extends Entry ? Omit<One, "at"> : never : never;

/** A line that a task has written. */
export interface Mark {
  readonly at: number;
  readonly key: string;
  readonly id: string;
  readonly attempt: number;
  /** When its process began: one of a server that is gone may go on for a moment. */
  readonly born: number;
  /** `step`: a step with this name runs. `recorded`: its value is kept. */
  readonly what: "begin" | "end" | "step" | "recorded";
  readonly step?: string;
  /** While it runs it has one of so many places under this name. */
  readonly holds?: { readonly name: string; readonly places: number };
}

/** All of it. */
export interface History {
  readonly entries: readonly Entry[];
  readonly marks: readonly Mark[];
}

/** The marks in a file. A task that was killed while it wrote leaves a part of a line. */
export function readMarks(text: string): Mark[] {
  return text.split("\n").flatMap((line) => {
    try {
      return line === "" ? [] : [JSON.parse(line) as Mark];
    } catch {
      return [];
    }
  });
}

/** True for the status of a task that has ended. */
export function isOver(status: string): boolean {
  return isState(status) && isFinal(status);
}
