/**
 * Histories that tests of the checker make up.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { Rule } from "./book.ts";
import { check } from "./checker.ts";
import type { Entry, Mark, NewEntry, Rules } from "./history.ts";

/** A history by hand: each thing happens a second after the one before, a server's processes begin with it. */
export class Hand {
  readonly entries: Entry[] = [];
  readonly marks: Mark[] = [];
  #now = 0;
  #startedAt = 0;

  note(entry: NewEntry): this {
    this.entries.push({ at: this.#now += 1000, ...entry } as Entry);
    if (entry.what === "started") this.#startedAt = this.#now;
    return this;
  }

  mark(id: string, what: Mark["what"], more: Partial<Mark> = {}): this {
    const [at, born] = [this.#now += 1000, this.#startedAt + 1];
    this.marks.push({ at, key: id, id, attempt: 1, born, what, ...more });
    return this;
  }

  accept(id: string, rules: Rules = { attempts: 1 }): this {
    return this.note({ what: "asked", key: id, rules }).note({ what: "accepted", key: id, id });
  }

  run(id: string, more: Partial<Mark> = {}): this {
    return this.mark(id, "begin", more).mark(id, "end", more);
  }

  end(id: string, value = "done", status = "succeeded", isTaken = true): this {
    return this.note({ what: "seen", id, status, value, isTaken });
  }

  /** Fails, and whoever waits for it has that. */
  fail(id: string, value = "no"): this {
    return this.run(id).end(id, value, "failed");
  }

  retry(id: string): this {
    return this.note({ what: "retrying", id }).note({ what: "retried", id });
  }

  discard(id: string): this {
    return this.note({ what: "discarding", id }).note({ what: "discarded", id });
  }

  list(...ids: string[]): this {
    return this.note({ what: "letters", from: this.#now + 1, ids });
  }

  pause(): this {
    return this.note({ what: "pausing" }).note({ what: "paused" });
  }

  resume(): this {
    return this.note({ what: "resuming" }).note({ what: "resumed" });
  }

  restart(): this {
    return this.note({ what: "lost" }).note({ what: "started" });
  }

  get broken(): string[] {
    return check(this).map(({ rule, of }) => `${rule}: ${of}`);
  }
}

/** One with its first server. */
export const begun = (): Hand => new Hand().note({ what: "started" });

/** Nothing is under way any more. */
export const OVER = { what: "over" } as const;

/** What is against a rule, of whom, and a history with that in it alone. */
export type Case = readonly [rule: string, of: string, what: string, hand: Hand];

/** Tests that the checker finds each of these, and that each of these rules has one. */
export function testCases(cases: readonly Case[], rules: Readonly<Record<string, Rule>>): void {
  for (const [rule, of, what, hand] of cases) {
    Deno.test(`check() finds what is against "${rule}": ${what}`, () => assertEquals(hand.broken, [`${rule}: ${of}`]));
  }

  Deno.test("these rules have a case each", () => {
    const tried = new Set(cases.map(([rule]) => rule));
    assertEquals(Object.keys(rules).filter((rule) => !tried.has(rule)), []);
  });
}
