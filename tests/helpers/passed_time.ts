/** Time that passes at once for all in this process that measures how much of it has: servers, clients and the test. */
export class PassedTime implements Disposable {
  readonly #now = performance.now;
  #passedMs = 0;

  constructor() {
    performance.now = () => this.#now.call(performance) + this.#passedMs;
  }

  /** What is measured from here on is so much later. Timers that are set already do not hear of it. */
  pass(ms: number): void {
    this.#passedMs += ms;
  }

  /** What has really passed since the process began, in milliseconds. */
  get realMs(): number {
    return this.#now.call(performance);
  }

  [Symbol.dispose](): void {
    performance.now = this.#now;
  }
}
