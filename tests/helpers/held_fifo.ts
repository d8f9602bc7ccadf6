import { isDoneWithin } from "../../core/done_within.ts";

/** So that what goes on fails the test rather than hangs it. */
const LONG_MS = 30_000;

/** A FIFO that processes hold open: its end says that the last of them is gone. */
export class HeldFifo implements AsyncDisposable {
  readonly path: string;
  #folder: string;
  #reader: Promise<ReadableStreamDefaultReader<Uint8Array>>;
  #text = "";

  constructor() {
    this.#folder = Deno.makeTempDirSync();
    this.path = `${this.#folder}/fifo`;
    const { success } = new Deno.Command("mkfifo", { args: [this.path] }).outputSync();
    if (!success) throw new Error("Cannot make a FIFO");
    // Open as soon as somebody holds it.
    this.#reader = Deno.open(this.path, { read: true }).then((file) => file.readable.getReader());
  }

  /** Resolves when so many have said that they hold it. */
  async held(count: number): Promise<void> {
    while (this.#count() < count) if (!(await this.#read())) throw new Error("All of them are gone");
  }

  /** How many have held it, once nobody does any more. */
  async gone(): Promise<number> {
    const ended = async () => {
      while (await this.#read());
    };
    if (!(await isDoneWithin(ended(), LONG_MS))) throw new Error(`Some of the ${this.#count()} still hold it`);
    return this.#count();
  }

  #count(): number {
    return this.#text.split("\n").length - 1;
  }

  async #read(): Promise<boolean> {
    const { value, done } = await (await this.#reader).read();
    if (value !== undefined) this.#text += new TextDecoder().decode(value);
    return !done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Whoever waits for a first one does not any more.
    const nobody = await Deno.open(this.path, { read: true, write: true });
    const reader = await this.#reader;
    nobody.close();
    await reader.cancel();
    await Deno.remove(this.#folder, { recursive: true });
  }
}
