/**
 * The thread that owns a store's file, from outside: what it is asked, and what comes back.
 *
 * @module
 */

import { TaskError } from "../../core/errors.ts";
import type { Batch, FileOptions, IdBytes, KeptPage, Reply, Request } from "./changes.ts";
import { packBatch } from "./packed_batch.ts";

/** What comes of the thread besides answers. */
export interface ThreadEvents {
  onDone(number: number, blocks: "written" | "full"): void;
  onFull(number: number): void;
  /** It writes nothing any more. */
  onFailed(message: string): void;
}

/** Never called: names the thread's main module, so that it gets into the cache together with this one. */
const _worker = () => import("./worker.ts");

/** A thread with an open file. */
export class FileThread {
  #worker: Worker;
  #events: ThreadEvents | null = null;
  #asked = 0;
  #inputs = new Map<number, (inputs: readonly Uint8Array[]) => void>();
  #errors = new Map<number, (payload: Uint8Array | null) => void>();
  #copies = new Map<number, PromiseWithResolvers<number>>();
  #closing: (() => void) | null = null;

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  /**
   * Starts it, and has it open and read the file; `main` is its main module.
   *
   * @throws {TaskError} `STORE_UNUSABLE` or `STORE_IN_USE`.
   */
  static async open(
    options: FileOptions,
    onPage: (page: KeptPage) => void,
    main: URL = new URL("./worker.ts", import.meta.url),
  ): Promise<FileThread> {
    const worker = new Worker(main, { type: "module", name: `store ${options.path}` });
    const thread = new FileThread(worker);
    const { promise: opened, resolve, reject } = Promise.withResolvers<void>();
    worker.onmessage = ({ data }: MessageEvent<Reply>) => {
      if (data[0] === "page") onPage(data[1]);
      else if (data[0] === "opened") resolve();
      else if (data[0] === "refused") reject(new TaskError(data[1], data[2]));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new TaskError("STORE_UNUSABLE", `Cannot use ${options.path} as a store: ${event.message}`));
    };
    try {
      thread.#ask(["open", options]);
      await opened;
    } catch (error) {
      worker.terminate();
      throw error;
    }
    return thread;
  }

  /** From now on these hear of it. */
  listen(events: ThreadEvents): void {
    this.#events = events;
    this.#worker.onmessage = ({ data }: MessageEvent<Reply>) => this.#onReply(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(event.message);
    };
  }

  /** Has a batch written. */
  commit(number: number, batch: Batch): void {
    const packed = packBatch(batch);
    this.#worker.postMessage(["commit", number, packed] satisfies Request, [packed.bytes.buffer as ArrayBuffer]);
  }

  /** The arguments in these blocks. Never comes when they cannot be read: the thread has failed then. */
  inputs(blocks: readonly number[]): Promise<readonly Uint8Array[]> {
    return new Promise((resolve) => {
      this.#inputs.set(++this.#asked, resolve);
      this.#ask(["inputs", this.#asked, blocks]);
    });
  }

  /** What a dead letter has failed with, or null where there is none. Never comes when that cannot be read. */
  errorOf(letter: IdBytes): Promise<Uint8Array | null> {
    return new Promise((resolve) => {
      this.#errors.set(++this.#asked, resolve);
      this.#ask(["error", this.#asked, letter]);
    });
  }

  /** Has what is committed copied to a new file; gives its bytes. Why not, where that fails, is the message of an error. */
  copy(to: string): Promise<number> {
    const copied = Promise.withResolvers<number>();
    this.#copies.set(++this.#asked, copied);
    this.#ask(["copy", this.#asked, to]);
    return copied.promise;
  }

  /** Has the file closed, and ends the thread. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#closing = resolve;
      this.#ask(["close", 0]);
    });
    this.#worker.terminate();
  }

  /** Ends the thread at once. */
  end(): void {
    this.#worker.terminate();
  }

  #onReply(reply: Reply): void {
    switch (reply[0]) {
      case "done":
        if (this.#closing !== null) return this.#closing();
        return this.#events!.onDone(reply[1], reply[2]);
      case "full":
        return this.#events!.onFull(reply[1]);
      case "inputs": {
        const resolve = this.#inputs.get(reply[1])!;
        this.#inputs.delete(reply[1]);
        return resolve(reply[2]);
      }
      case "error": {
        const resolve = this.#errors.get(reply[1])!;
        this.#errors.delete(reply[1]);
        return resolve(reply[2]);
      }
      case "copied":
        return this.#copyEnded(reply[1], (copy) => copy.resolve(reply[2]));
      case "notCopied":
        return this.#copyEnded(reply[1], (copy) => copy.reject(new Error(reply[2])));
      case "failed":
        this.#fail(reply[1]);
    }
  }

  #copyEnded(number: number, end: (copy: PromiseWithResolvers<number>) => void): void {
    const copy = this.#copies.get(number)!;
    this.#copies.delete(number);
    end(copy);
  }

  #fail(message: string): void {
    this.#closing?.();
    for (const number of [...this.#copies.keys()]) this.#copyEnded(number, (copy) => copy.reject(new Error(message)));
    this.#events!.onFailed(message);
  }

  #ask(request: Request): void {
    this.#worker.postMessage(request);
  }
}
