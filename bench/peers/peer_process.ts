/**
 * A peer that is a program of its own. It says in one JSON line what it is, and then, for each line that it is sent,
 * squares all numbers and says how many milliseconds that took. It ends with its input.
 *
 * @module
 */

import { type Peer, PeerMissing } from "./peer.ts";

interface Greeting {
  version: string;
}

interface Run {
  ms: number;
}

/** The program, running. */
export class PeerProcess implements Peer {
  readonly name: string;
  readonly version: string;
  #process: Deno.ChildProcess;
  #requests: WritableStreamDefaultWriter<Uint8Array>;
  #answers: AsyncGenerator<unknown>;

  private constructor(name: string, version: string, process: Deno.ChildProcess, answers: AsyncGenerator<unknown>) {
    this.name = name;
    this.version = version;
    this.#process = process;
    this.#requests = process.stdin.getWriter();
    this.#answers = answers;
  }

  /** Starts it; a program that is not there, or ends before it says what it is, is a missing peer. */
  static async start(name: string, program: string, args: readonly string[]): Promise<PeerProcess> {
    const command = new Deno.Command(program, { args: [...args], stdin: "piped", stdout: "piped", stderr: "piped" });
    let process: Deno.ChildProcess;
    try {
      process = command.spawn();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) throw new PeerMissing(`there is no ${program}`);
      throw error;
    }
    const complaints = new Response(process.stderr).text();
    const answers = linesOf(process.stdout);
    const { done, value } = await answers.next();
    if (!done) return new PeerProcess(name, (value as Greeting).version, process, answers);
    await process.stdin.close();
    throw new PeerMissing(`${program} ended at once: ${lastLineOf(await complaints)}`);
  }

  /** All numbers. */
  async squaresMs(): Promise<number> {
    await this.#requests.write(new TextEncoder().encode("squares\n"));
    const { done, value } = await this.#answers.next();
    if (done) throw new Error(`Cannot measure ${this.name}: its process ended`);
    return (value as Run).ms;
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#requests.close();
    await this.#process.status;
    await this.#answers.return(undefined);
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<unknown> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) yield JSON.parse(line);
  }
}

function lastLineOf(text: string): string {
  return text.trimEnd().split("\n").at(-1)!;
}
