/**
 * What the thread does that owns a store's file: one request after the other.
 *
 * @module
 */

import { TaskError } from "../../core/errors.ts";
import { whenThere } from "../../core/later.ts";
import type { KeptPage, Reply, Request } from "./changes.ts";
import { type Faults, NO_FAULTS } from "./faults.ts";
import { isFull } from "./file_errors.ts";
import { unpackBatch } from "./packed_batch.ts";
import { StoreFile } from "./store_file.ts";

/** Answers requests. After a failure it writes nothing any more. */
export class WorkerCore {
  #file: StoreFile | null = null;
  #send: (reply: Reply, transfer: Transferable[]) => void;
  #faults: Faults;

  /** `faults` is for tests. */
  constructor(send: (reply: Reply, transfer: Transferable[]) => void, faults: Faults = NO_FAULTS) {
    this.#send = send;
    this.#faults = faults;
  }

  /** Does what is asked. */
  onRequest(request: Request): void {
    try {
      this.#do(request);
    } catch (error) {
      if (request[0] === "open") {
        const { code, message } = error instanceof TaskError ? error : new TaskError("STORE_UNUSABLE", String(error));
        this.#send(["refused", code, message], []);
      } else if (request[0] === "commit" && isFull(error)) this.#send(["full", request[1]], []);
      else {
        // What the system has lost of it is not known: after a failed fsync a second one may well succeed, and say nothing.
        // It is not closed either: that would put the log into the file. Its thread is ended.
        this.#file = null;
        this.#send(["failed", error instanceof Error ? error.message : String(error)], []);
      }
    }
  }

  #do(request: Request): void {
    if (request[0] === "open") {
      const file = StoreFile.open(request[1], this.#faults);
      try {
        file.read((page) => this.#send(["page", page], buffersOf(page)));
      } catch (error) {
        file.close();
        throw error;
      }
      this.#file = file;
      return this.#send(["opened"], []);
    }
    const file = this.#file;
    if (file === null) return;
    const [what, number] = request;
    if (what === "commit") this.#send(["done", number, file.commit(unpackBatch(request[2]))], []);
    else if (what === "inputs") this.#send(["inputs", number, file.inputs(request[2])], []);
    else if (what === "error") this.#send(["error", number, file.errorOf(request[2])], []);
    else if (what === "copy") this.#copy(file, number, request[2]);
    else {
      this.#file = null;
      // Nothing of a copy that is under way is to be left.
      void whenThere(file.cancelCopy(), () => {
        file.close();
        this.#send(["done", number, "written"], []);
      });
    }
  }

  #copy(file: StoreFile, number: number, to: string): void {
    const refuse = (error: unknown) => this.#send(["notCopied", number, whyNot(error)], []);
    try {
      file.copyTo(to).then((bytes) => this.#send(["copied", number, bytes], []), refuse);
    } catch (error) {
      // Any other failure of a write is one of the store.
      if (!isFull(error)) throw error;
      refuse(error);
    }
  }
}

function whyNot(error: unknown): string {
  return isFull(error) ? "the disk is full; make room" : (error as Error).message;
}

function buffersOf({ blocks = [] }: KeptPage): Transferable[] {
  return blocks.length === 0 ? [] : [blocks[0].rows.buffer as ArrayBuffer];
}
