/** Stages whose workers are objects in this thread: the same code that runs in a worker, and a way to kill it. */
import { TaskCrashed } from "../../core/errors.ts";
import { isRemoteFunction } from "../../procedures/remote.ts";
import type { StageServlet } from "../../servlets/servlet.ts";
import type { StageWorker } from "../../servlets/stage_worker.ts";
import { decode, encode, sendableError } from "../../wire/codec.ts";
import type { StageAnswer, StageRequest } from "../../wire/stage_batch.ts";
import type { Random } from "./random.ts";
import { StageBody, type StageCode } from "../../process/stage_body.ts";

/** What an item throws for its worker to die in the middle of a batch. */
export const DEATH = "the worker dies of this";

export class InlineWorker implements StageWorker {
  readonly #death = Promise.withResolvers<Error>();
  readonly died = this.#death.promise;
  readonly #body: StageBody;
  #last: Promise<unknown> = Promise.resolve();
  #isDead = false;
  readonly #diesNow: () => boolean;
  isClosed = false;
  /** Batches that it was given. */
  given = 0;

  constructor(code: StageCode, diesNow: () => boolean = () => false) {
    this.#body = new StageBody(code, sendableError);
    this.#diesNow = diesNow;
  }

  request(request: StageRequest): Promise<StageAnswer | null> {
    // Over the wire and back, as it would be.
    const sent = decode(encode(request)) as StageRequest;
    const answer = this.#last.then(() => this.#isDead ? new Promise<never>(() => {}) : this.#body.handle(sent));
    this.#last = answer.catch(() => {});
    return answer.then((answer) => decode(encode(answer)) as StageAnswer | null);
  }

  async work(items: Uint8Array): Promise<StageAnswer> {
    this.given++;
    const answer = await this.request(["work", items]);
    if (this.#isDead) return await new Promise<never>(() => {});
    if (this.#diesNow() || new TextDecoder().decode(answer![3]).includes(DEATH)) {
      this.die();
      return await new Promise<never>(() => {});
    }
    return answer!;
  }

  die(): void {
    this.#isDead = true;
    this.#death.resolve(new TaskCrashed("The worker was killed", { exitCode: null, signal: "SIGKILL" }));
  }

  async close({ force }: { force: boolean }): Promise<void> {
    if (!force && !this.#isDead && !this.isClosed) await this.request(["end"]);
    this.isClosed = true;
  }
}

/** Makes inline workers, and knows them all. */
export class InlineHost {
  readonly workers: InlineWorker[] = [];
  deaths = 0;

  /** Workers die, after a batch was worked on and before its answer is given, at this rate. */
  constructor(private readonly fate: { random: Random; deathRate: number } | null = null) {}

  readonly hire = async (stage: StageServlet, workerIndex: number): Promise<StageWorker> => {
    const { target, name, batchSize, options } = stage;
    const code = isRemoteFunction(target) ? (await import(target.module))[target.name] : target;
    const worker = new InlineWorker(code, () => this.#isFatal());
    this.workers.push(worker);
    await worker.request(["start", { name, workerIndex, batchSize, options }]);
    return worker;
  };

  #isFatal(): boolean {
    if (this.fate === null || this.fate.random.next() >= this.fate.deathRate) return false;
    this.deaths++;
    return true;
  }
}
