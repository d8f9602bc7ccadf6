/** Stages that the bench of servlets runs. */

import type { StageContext } from "../servlets/mod.ts";

/** As little as a stage can do. */
export class Same {
  static module = import.meta.url;
  call<T>(x: T): T {
    return x;
  }
}

/** The same for a batch. */
export class SameBatch {
  static module = import.meta.url;
  callBatch(xs: number[]): number[] {
    return xs;
  }
}

/** Takes 12 ms, as the slowest stage of the example. */
export async function slowest(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 12));
}

/** The milliseconds of so many calls of the slowest stage, with nothing around it. */
export async function timeSlowest(count: number): Promise<number> {
  const from = performance.now();
  for (let i = 0; i < count; i++) await slowest();
  return performance.now() - from;
}

/** What of `examples/stages.ts` is measured; that file imports this package by its name, which the bench has no need of. */
export interface ExampleStages {
  GetHead: new () => { call(x: string | number[]): Promise<string | number> };
  GetTail: new () => { call(x: string | number[]): Promise<string | number> };
  GetLength: new () => { call(x: string | number[]): Promise<number> };
  Greet: new () => { call(x: string | number): string };
  Model: new () => {
    init(context: StageContext<{ factor: number }>): Promise<void>;
    callBatch(xs: number[]): Promise<number[]>;
  };
  repeat(parts: [string | number, string | number, number]): string | number;
}
