/**
 * What is read of a store's file, page by page on its way out of the thread.
 *
 * @module
 */

import type { KeptBlock, KeptPage, KeptResult } from "./changes.ts";

/** Rows of a page. */
const ROWS = 256;
/** A page with as many bytes of results goes too. */
const BYTES = 2 ** 20;

/** Gathers pages. */
export class Pages {
  #send: (page: KeptPage) => void;
  #blocks: KeptBlock[] = [];
  #results: KeptResult[] = [];
  #bytes = 0;

  constructor(send: (page: KeptPage) => void) {
    this.#send = send;
  }

  onProfile(id: number, text: string): void {
    this.#send({ profiles: [[id, text]] });
  }

  onBlock(block: KeptBlock): void {
    if (this.#blocks.push(block) === ROWS) this.flush();
  }

  onResult(result: KeptResult): void {
    this.#bytes += result.payload.length;
    if (this.#results.push(result) === ROWS || this.#bytes >= BYTES) this.flush();
  }

  /** Sends what is there. */
  flush(): void {
    this.#send({ blocks: this.#blocks, results: this.#results });
    [this.#blocks, this.#results, this.#bytes] = [[], [], 0];
  }
}
