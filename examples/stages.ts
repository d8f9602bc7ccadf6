/** The stages of examples/pipeline.ts. */

import type { StageContext } from "@palpable/palpable/servlets";

/** Takes its time for it. */
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export class GetHead {
  static module = import.meta.url;

  async call(x: string | number[]): Promise<string | number> {
    await sleep(10);
    return x[0];
  }
}

export class GetTail {
  static module = import.meta.url;

  async call(x: string | number[]): Promise<string | number> {
    await sleep(11);
    return x.at(-1)!;
  }
}

export class GetLength {
  static module = import.meta.url;

  async call(x: string | number[]): Promise<number> {
    await sleep(12);
    return x.length;
  }
}

export class Greet {
  static module = import.meta.url;

  call(x: string | number): string {
    return `Hello, ${x}!`;
  }
}

/** Stands for a model that is slow to load, and takes as long for a batch as for a single item. */
export class Model {
  static module = import.meta.url;
  #factor = 0;

  async init({ options }: StageContext<{ factor: number }>): Promise<void> {
    await sleep(20);
    this.#factor = options.factor;
  }

  async callBatch(xs: number[]): Promise<number[]> {
    await sleep(5);
    return xs.map((x) => x * this.#factor);
  }
}

/** Adds up text, or numbers, and repeats the sum. */
export function repeat([head, tail, length]: [string | number, string | number, number]): string | number {
  if (typeof head === "number") return (head + Number(tail)) * length;
  return (head + tail).repeat(length);
}
