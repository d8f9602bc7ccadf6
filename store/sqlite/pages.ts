/**
 * What is read of a store's file, page by page on its way out of the thread.
 *
 * @module
 */

import type { KeptBlock, KeptLetter, KeptPage, KeptResult, KeptRuns, KeptSchedule, KeptStepValue } from "./changes.ts";

/** Rows of a page. */
const ROWS = 256;
/** A page with as many numbers of blocks goes: a block that is left over keeps them all in memory. 16 KiB. */
const NUMBERS = 4096;
/** A page with as many bytes of results, or of steps, goes too. */
const BYTES = 2 ** 20;

/** Gathers pages. */
export class Pages {
  #send: (page: KeptPage) => void;
  #blocks: KeptBlock[] = [];
  #results: KeptResult[] = [];
  #letters: KeptLetter[] = [];
  #runs: KeptRuns[] = [];
  #steps: KeptStepValue[] = [];
  #bytes = 0;
  #numbers = 0;

  constructor(send: (page: KeptPage) => void) {
    this.#send = send;
  }

  onProfile(id: number, text: string): void {
    this.#send({ profiles: [[id, text]] });
  }

  onBlock(block: KeptBlock): void {
    this.#numbers += block.rows.length;
    if (this.#blocks.push(block) === ROWS || this.#numbers >= NUMBERS) this.flush();
  }

  onResult(result: KeptResult): void {
    this.#bytes += result.payload.length;
    if (this.#results.push(result) === ROWS || this.#bytes >= BYTES) this.flush();
  }

  onLetter(letter: KeptLetter): void {
    if (this.#letters.push(letter) === ROWS) this.flush();
  }

  onRuns(runs: KeptRuns): void {
    if (this.#runs.push(runs) === ROWS) this.flush();
  }

  onStep(step: KeptStepValue): void {
    this.#bytes += step.value.length;
    if (this.#steps.push(step) === ROWS || this.#bytes >= BYTES) this.flush();
  }

  onSchedule(schedule: KeptSchedule): void {
    this.#send({ schedules: [schedule] });
  }

  /** Sends what is there. */
  flush(): void {
    this.#send({
      blocks: this.#together(),
      results: this.#results,
      letters: this.#letters,
      runs: this.#runs,
      steps: this.#steps,
    });
    [this.#blocks, this.#results, this.#letters, this.#runs, this.#steps] = [[], [], [], [], []];
    [this.#bytes, this.#numbers] = [0, 0];
  }

  /** The numbers of all blocks in one piece: to hand a piece over costs as much as some hundred of them. */
  #together(): KeptBlock[] {
    const all = new Uint32Array(this.#numbers);
    let at = 0;
    return this.#blocks.map((block) => {
      const rows = all.subarray(at, at += block.rows.length);
      rows.set(block.rows);
      return { ...block, rows };
    });
  }
}
