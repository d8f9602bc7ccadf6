/** The stages of the pipeline, which stay loaded in processes of their own. */

import type { StageContext } from "@palpable/palpable/servlets";

/** Puts known words in the place of others that are one letter away. It reads its dictionary once, as it is loaded. */
export class Corrector {
  #known = new Set<string>();

  async init({ options }: StageContext<{ dictionary: string }>): Promise<void> {
    this.#known = new Set((await Deno.readTextFile(options.dictionary)).trim().split("\n"));
  }

  call(line: string): string {
    return line.split(" ").map((word) => this.#known.has(word) ? word : this.#near(word) ?? word).join(" ");
  }

  #near(word: string): string | undefined {
    return [...this.#known].find((known) => isOneLetterAway(word, known));
  }
}

/** Whether a letter that is changed, added or left out makes one word of the other. */
function isOneLetterAway(a: string, b: string): boolean {
  let same = 0;
  while (same < a.length && a[same] === b[same]) same++;
  const [restOfA, restOfB] = [a.slice(same), b.slice(same)];
  return restOfA.slice(1) === restOfB.slice(1) || restOfA.slice(1) === restOfB || restOfA === restOfB.slice(1);
}

export function countWords(line: string): number {
  return line.split(" ").length;
}

export function report([text, words]: [string, number]): { text: string; words: number } {
  return { text, words };
}
