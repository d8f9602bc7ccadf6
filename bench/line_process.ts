/**
 * A program of the bench in a process of its own, spoken to in lines.
 *
 * @module
 */

/** A `deno` process. */
export class LineProcess implements AsyncDisposable {
  #process: Deno.ChildProcess;
  #writer: WritableStreamDefaultWriter<Uint8Array>;
  #lines: AsyncGenerator<string>;

  /** Starts it; standard error goes where the bench's own does. */
  constructor(args: readonly string[]) {
    this.#process = new Deno.Command(Deno.execPath(), { args: [...args], stdin: "piped", stdout: "piped" }).spawn();
    this.#writer = this.#process.stdin.getWriter();
    this.#lines = linesOf(this.#process.stdout);
  }

  /** Sends a line. */
  async writeLine(line: string): Promise<void> {
    await this.#writer.write(new TextEncoder().encode(`${line}\n`));
  }

  /** The next line that it writes. */
  async readLine(): Promise<string> {
    const { done, value } = await this.#lines.next();
    if (done) throw new Error("The bench's process ended too early");
    return value;
  }

  /** Ends its input, and waits for it to end. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close();
    await this.#lines.return(undefined);
    await this.#process.status;
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}
