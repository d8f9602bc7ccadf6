/**
 * What was in a store's file when it was opened, until the server says what it is to make of it.
 *
 * @module
 */

import type { KeptBlock, KeptPage, KeptResult } from "./changes.ts";

/** All pages. */
export class Kept {
  readonly profiles: (readonly [id: number, text: string])[] = [];
  readonly blocks: KeptBlock[] = [];
  readonly results: KeptResult[] = [];

  add({ profiles = [], blocks = [], results = [] }: KeptPage): void {
    for (const profile of profiles) this.profiles.push(profile);
    for (const block of blocks) this.blocks.push(block);
    for (const result of results) this.results.push(result);
  }
}
