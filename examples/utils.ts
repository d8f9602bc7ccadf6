/** What the examples run as tasks. A task's process loads this module; the examples themselves only name it. */

import { currentMessenger, type Messenger, Procedure, remote, RetryLater, TaskFailed } from "@palpable/palpable";

const self = remote<typeof import("./utils.ts")>(import.meta.url);

/** The square of a number. */
export function square(x: number): number {
  return x * x;
}

/** Twice a number. */
export function double(x: number): number {
  console.log(`processing ${x}`); // becomes a line of the task's log
  return 2 * x;
}

/** Sorts by having each half sorted by a task of its own, and waiting for both: blocked tasks lend their slot. */
export async function mergeSort(numbers: number[]): Promise<number[]> {
  if (numbers.length < 2) return numbers;
  const middle = numbers.length >> 1;
  const messenger = currentMessenger();
  const [left, right] = await Promise.all([
    messenger.run(self.mergeSort, numbers.slice(0, middle)),
    messenger.run(self.mergeSort, numbers.slice(middle)),
  ]);
  const merged: number[] = [];
  while (left.length > 0 && right.length > 0) merged.push(left[0] <= right[0] ? left.shift()! : right.shift()!);
  return [...merged, ...left, ...right];
}

/** The first line of a text file. */
export async function firstLine(path: string): Promise<string> {
  return (await Deno.readTextFile(path)).split("\n", 1)[0];
}

/** Orders in a shop that does not answer at first, then asks for patience; it has no ice. */
export function order(item: string): string {
  const { attempt } = currentMessenger();
  if (item === "") throw new TaskFailed("nothing is ordered", null, { retry: false });
  if (attempt === 1 || item === "ice") throw new Error("the shop does not answer");
  if (attempt === 2) throw new RetryLater({ delayMs: 30, message: "the shop is busy" });
  return `${item}, at attempt ${attempt}`;
}

/** Never ends by itself, and never looks up. */
export function spin(): never {
  for (;;);
}

/** Waits to be cancelled, and cleans up when it is. */
export async function waitForCancel(): Promise<void> {
  const { signal } = currentMessenger();
  const cancelled = new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  // An open handle keeps the event loop of the task's process alive.
  const alive = setInterval(() => {}, 1000);
  await cancelled.finally(() => clearInterval(alive));
}

/** Are all the numbers odd? */
export class CheckIfOdd extends Procedure<boolean> {
  static override module = import.meta.url;

  constructor(readonly numbers: number[]) {
    super();
  }

  run(): boolean {
    return this.numbers.every((n) => n % 2 !== 0);
  }
}

/** Doubles numbers, provided that a subtask finds them all odd. */
export class DoubleOddNumbers extends Procedure<number[]> {
  static override module = import.meta.url;

  constructor(readonly numbers: number[]) {
    super();
  }

  async run(messenger: Messenger): Promise<number[]> {
    messenger.info("check if the numbers are all odd");
    if (!await messenger.run(new CheckIfOdd(this.numbers))) {
      throw new TaskFailed("the given numbers are not all odd", this.numbers);
    }
    return this.numbers.map(double);
  }
}

/** One step of Euclid's algorithm; the next step is a task to be followed up. */
export class Gcd extends Procedure<number> {
  static override module = import.meta.url;

  constructor(readonly a: number, readonly b: number) {
    super();
  }

  async run(messenger: Messenger): Promise<number> {
    const [small, large] = this.a < this.b ? [this.a, this.b] : [this.b, this.a];
    if (small > 0) await messenger.submit(new Gcd(large % small, small), { needFollowup: true });
    return large;
  }
}

/** The primes below a limit, one by one. */
export function* primes(limit = Infinity): Generator<number> {
  for (let n = 2; n < limit; n++) {
    let divisor = 2;
    while (divisor * divisor <= n && n % divisor !== 0) divisor++;
    if (divisor * divisor > n) yield n;
  }
}

/** Says the longest word so far whenever there is a longer one; returns how many there were. */
export async function* longest(): AsyncGenerator<string, number> {
  let [longest, count] = ["", 0];
  for await (const word of currentMessenger().inbox as AsyncIterable<string>) {
    count++;
    if (word.length > longest.length) yield longest = word;
  }
  return count;
}

/** What a nightly schedule tells of some figures. */
export function report(figures: number[], most: number): string {
  const largest = figures.toSorted((a, b) => b - a).slice(0, most);
  return `the ${most} largest of ${figures.length}: ${largest.join(", ")}`;
}

/** Charges for an item and ships it, each once, however often the task begins: each says so in a ledger. */
export async function fulfil(item: string, ledger: string): Promise<string> {
  const messenger = currentMessenger();
  const receipt = await messenger.step("charge", () => {
    Deno.writeTextFileSync(ledger, `charged for ${item}\n`, { append: true });
    return 41;
  });
  messenger.info(`receipt ${receipt} for ${item}`);
  // At first the van is late.
  if (messenger.attempt === 1) await new Promise((resolve) => setTimeout(resolve, 600_000));
  await messenger.step("ship", () => Deno.writeTextFileSync(ledger, `shipped ${item}\n`, { append: true }));
  return `${item}: receipt ${receipt}, shipped at attempt ${messenger.attempt}`;
}

/** Fetches a text from a server that may be busy. */
export async function download(url: string): Promise<string> {
  const response = await fetch(url);
  const text = await response.text();
  if (!response.ok) throw new Error(`${url}: ${response.status}`); // worth another attempt
  return text;
}
