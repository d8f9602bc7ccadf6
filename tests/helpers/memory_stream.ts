import type { ByteStream } from "../../wire/transport.ts";

/** How a {@linkcode MemoryStream} behaves. */
export interface MemoryStreamOptions {
  /** Bytes that one write takes at most, asked for each write. @default {all} */
  bytesPerWrite?: () => number;
  /** Bytes that one read gives at most, asked for each read. @default {as many as there are} */
  bytesPerRead?: () => number;
}

/** One end of a connection in memory. */
export class MemoryStream implements ByteStream {
  /** What each write took, in order. */
  readonly writes: Uint8Array[] = [];
  closeCount = 0;
  other!: MemoryStream;
  /** Called after each write; may cut the connection. */
  onWrite: (bytes: Uint8Array) => void = () => {};
  #options: MemoryStreamOptions;
  #inbox: Uint8Array[] = [];
  #ended = false;
  #failure: Error | null = null;
  #wake: () => void = () => {};
  #gate: PromiseWithResolvers<void> | null = null;

  constructor(options: MemoryStreamOptions) {
    this.#options = options;
  }

  /** Holds writes back, as a full socket does, until {@linkcode MemoryStream.release}. */
  hold(): void {
    this.#gate ??= Promise.withResolvers();
  }

  /** Lets writes through again. */
  release(): void {
    this.#gate?.resolve();
    this.#gate = null;
  }

  async read(into: Uint8Array): Promise<number | null> {
    while (this.#inbox.length === 0) {
      if (this.#failure !== null) throw this.#failure;
      if (this.#ended) return null;
      await new Promise<void>((wake) => this.#wake = wake);
    }
    const chunk = this.#inbox[0];
    const count = Math.min(chunk.length, into.length, this.#options.bytesPerRead?.() ?? Infinity);
    into.set(chunk.subarray(0, count));
    if (count === chunk.length) this.#inbox.shift();
    else this.#inbox[0] = chunk.subarray(count);
    return count;
  }

  async write(bytes: Uint8Array): Promise<number> {
    await this.#gate?.promise;
    if (this.#failure !== null) throw this.#failure;
    if (this.other.closeCount > 0) throw new Deno.errors.BrokenPipe("The other end is closed");
    const count = Math.min(bytes.length, this.#options.bytesPerWrite?.() ?? Infinity);
    const chunk = bytes.slice(0, count);
    this.writes.push(chunk);
    this.other.#deliver(chunk);
    this.onWrite(chunk);
    return count;
  }

  /** What was sent before still arrives. */
  close(): void {
    this.closeCount++;
    this.#fail(new Deno.errors.BadResource("Bad resource ID"));
    this.#inbox = [];
    this.other.#ended = true;
    this.other.#wake();
  }

  /** Breaks the connection, both ways; what is under way is lost. */
  cut(): void {
    for (const end of [this, this.other]) {
      end.#inbox = [];
      end.#fail(new Deno.errors.ConnectionReset("Connection reset by peer"));
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake();
    this.release();
  }

  #deliver(chunk: Uint8Array): void {
    if (chunk.length > 0) this.#inbox.push(chunk);
    this.#wake();
  }
}

/** Two ends of a connection in memory. */
export function memoryStreams(options: MemoryStreamOptions = {}): [MemoryStream, MemoryStream] {
  const a = new MemoryStream(options);
  const b = new MemoryStream(options);
  a.other = b;
  b.other = a;
  return [a, b];
}

/** Gives all that waits in the microtask queue, and what that leads to, its turn. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
