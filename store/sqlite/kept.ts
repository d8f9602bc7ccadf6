/**
 * What was in a store's file when it was opened, until the server says what it is to make of it.
 *
 * @module
 */

import type { KeptBlock, KeptLetter, KeptPage, KeptResult, KeptRuns, KeptSchedule, KeptStepValue } from "./changes.ts";

/** All pages. */
export class Kept {
  identity = "";
  readonly profiles: (readonly [id: number, text: string])[] = [];
  readonly blocks: KeptBlock[] = [];
  readonly results: KeptResult[] = [];
  readonly letters: KeptLetter[] = [];
  readonly runs: KeptRuns[] = [];
  readonly schedules: KeptSchedule[] = [];
  readonly steps: KeptStepValue[] = [];

  add(
    {
      identity = this.identity,
      profiles = [],
      blocks = [],
      results = [],
      letters = [],
      runs = [],
      schedules = [],
      steps = [],
    }: KeptPage,
  ): void {
    this.identity = identity;
    for (const profile of profiles) this.profiles.push(profile);
    for (const block of blocks) this.blocks.push(block);
    for (const result of results) this.results.push(result);
    for (const letter of letters) this.letters.push(letter);
    for (const one of runs) this.runs.push(one);
    for (const schedule of schedules) this.schedules.push(schedule);
    for (const step of steps) this.steps.push(step);
  }
}
