/**
 * Programs of others that do what this package does. Each says in one JSON line which version it is, and then, for each
 * line that it is sent, does the work that the line names and says how many milliseconds that took. It ends with its
 * input.
 *
 * @module
 */

/** It is not on this machine. */
export class PeerMissing extends Error {
  override name = "PeerMissing";
}

interface Parts {
  name: string;
  version: string;
  process: Deno.ChildProcess;
  answers: AsyncGenerator<unknown>;
  /** All that it will have written to standard error. */
  complaints: Promise<string>;
}

interface Greeting {
  version: string;
}

interface Run {
  ms: number;
}

/** What they can be asked for; not each can do all. */
export type PeerWork = "squares" | "echo" | "submit";

/** The program, running. */
export class PeerProcess implements AsyncDisposable {
  /** What it is called. */
  readonly name: string;
  /** Its version, and what it needs besides. */
  readonly version: string;
  #parts: Parts;
  #requests: WritableStreamDefaultWriter<Uint8Array>;

  private constructor(parts: Parts) {
    this.name = parts.name;
    this.version = parts.version;
    this.#parts = parts;
    this.#requests = parts.process.stdin.getWriter();
  }

  /** Starts it; a program that is not there, or ends before it says what it is, is a missing peer. */
  static async start(
    name: string,
    program: string,
    args: readonly string[],
    env: Record<string, string> = {},
  ): Promise<PeerProcess> {
    const pipes = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
    const command = new Deno.Command(program, { args: [...args], env, ...pipes });
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
    if (!done) return new PeerProcess({ name, version: (value as Greeting).version, process, answers, complaints });
    await process.stdin.close();
    await process.status;
    throw new PeerMissing(`${program} ended at once: ${reasonIn(await complaints)}`);
  }

  /** Milliseconds that it takes for this work. */
  async ms(work: PeerWork): Promise<number> {
    await this.#requests.write(new TextEncoder().encode(`${work}\n`));
    const { done, value } = await this.#parts.answers.next();
    if (done) throw new Error(`Cannot measure ${this.name}: its process ended: ${await this.#parts.complaints}`);
    return (value as Run).ms;
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { process, answers, complaints } = this.#parts;
    // It may have ended before, and then its input is gone.
    await this.#requests.close().catch(() => {});
    await process.status;
    await complaints;
    await answers.return(undefined);
  }
}

/** Values that a program writes, one JSON line each. */
export async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<unknown> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) yield JSON.parse(line);
  }
}

/** The line that says it: what stands around it are stack traces, above or below. */
function reasonIn(complaints: string): string {
  const lines = complaints.trimEnd().split("\n");
  return lines.find((line) => /error/i.test(line)) ?? lines.at(-1)!;
}
