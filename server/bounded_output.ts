/**
 * Lines on their way out of the server, to where nobody may be reading: a pipe, a terminal, a disk. Writing never holds
 * the server up: one write is under way at a time, in a thread of the runtime's, and what comes meanwhile waits, up to
 * a bound. Beyond it lines are dropped, and how many is said where they are missing.
 *
 * @module
 */

import type { Clock } from "../core/clock.ts";

/** One line, with its line break, and which of an output's files it is for. */
export interface OutputLine {
  readonly file: string;
  readonly text: string;
}

/** That some of the lines could not be written. */
export interface Loss {
  readonly cause: unknown;
  isLost(line: OutputLine): boolean;
}

/** What an output is built from. */
export interface BoundedOutputParams {
  /** Writes lines in order, and says which are lost; when it throws all are. */
  write(lines: readonly OutputLine[]): Promise<Loss | void>;
  /** The line that stands where lines are missing. */
  notice(dropped: number): OutputLine;
  /** Lines begin to be lost: null when there is no room, else what the system says. Not told again until all is well. */
  onLoss?(cause: unknown): void;
  /** Characters that may wait. */
  maxChars: number;
  clock: Clock;
}

/** What a line takes besides its characters. */
const LINE_CHARS = 64;

/** A line that waits, and for how many it stands: a notice for those that are missing. */
interface Waiting extends OutputLine {
  readonly count: number;
}

/** Never blocks, never grows without end, never throws. */
export class BoundedOutput {
  #params: BoundedOutputParams;
  #waiting: Waiting[] = [];
  #chars = 0;
  #dropped = 0;
  #isFull = false;
  #isLosing = false;
  #pumping: Promise<void> | null = null;

  constructor(params: BoundedOutputParams) {
    this.#params = params;
  }

  /** Puts a line in the queue, or drops it when there is no room. */
  add(line: OutputLine): void {
    if (this.#isFull || this.#chars + sizeOf(line) > this.#params.maxChars) {
      this.#isFull = true;
      this.#lose(1, null);
      return;
    }
    this.#tell();
    this.#push(line, 1);
    this.#pumping ??= this.#pump();
  }

  /** Resolves when all is written, or after so many milliseconds. */
  async flushed(withinMs: number): Promise<void> {
    if (this.#pumping === null) return;
    const late = Promise.withResolvers<void>();
    const cancel = this.#params.clock.schedule(withinMs, late.resolve);
    await Promise.race([this.#pumping, late.promise]);
    cancel();
  }

  async #pump(): Promise<void> {
    // What else is said in this turn leaves in the same write.
    await null;
    while (this.#waiting.length > 0) {
      const lines = this.#waiting;
      this.#waiting = [];
      const loss = await this.#write(lines);
      if (loss !== null) {
        this.#lose(lines.reduce((sum, line) => loss.isLost(line) ? sum + line.count : sum, 0), loss.cause);
      }
      for (const line of lines) this.#chars -= sizeOf(line);
      // Not before half of it is free: else there would be a notice for every few lines.
      if (this.#chars <= this.#params.maxChars / 2) this.#isFull = false;
      // After a failure the next line tells: a notice alone would only fail too.
      if (loss === null && !this.#isFull) {
        this.#tell();
        this.#isLosing = false;
      }
    }
    this.#pumping = null;
  }

  async #write(lines: readonly Waiting[]): Promise<Loss | null> {
    try {
      return await this.#params.write(lines) ?? null;
    } catch (cause) {
      return { cause, isLost: () => true };
    }
  }

  #push(line: OutputLine, count: number): void {
    this.#waiting.push({ ...line, count });
    this.#chars += sizeOf(line);
  }

  #tell(): void {
    if (this.#dropped === 0) return;
    this.#push(this.#params.notice(this.#dropped), this.#dropped);
    this.#dropped = 0;
  }

  #lose(count: number, cause: unknown): void {
    this.#dropped += count;
    if (this.#isLosing) return;
    this.#isLosing = true;
    this.#params.onLoss?.(cause);
  }
}

function sizeOf({ text }: OutputLine): number {
  return text.length + LINE_CHARS;
}
