/**
 * What a scenario leaves to chance: its seed decides.
 *
 * @module
 */

import { Random } from "../../helpers/random.ts";
import type { Scenario } from "./scenario.ts";

/** Chances of one scenario. */
export class Chances {
  #scenario: Scenario;
  #random: Random;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#random = new Random(scenario.seed);
  }

  /** From 0 up to, not including, 1. */
  next(): number {
    return this.#random.next();
  }

  readonly latencyMs = (): number => this.#scenario.latencyMs * (0.1 + 0.9 * this.#random.next());

  readonly startMs = (): number => this.#scenario.startMs * (0.1 + 0.9 * this.#random.next());

  chance(probability: number): boolean {
    return this.#random.next() < probability;
  }

  fateOfStart(): "spawns" | "spawns late" | "fails" | "fails late" {
    const fails = this.chance(this.#scenario.failedStarts);
    const isLate = this.chance(0.2);
    return fails ? isLate ? "fails late" : "fails" : isLate ? "spawns late" : "spawns";
  }

  diesEarly(): boolean {
    return this.chance(this.#scenario.failedStarts / 2);
  }
}
