/**
 * The `ssh` program as a process of ours: what it says, and its end.
 *
 * @module
 */

import { OutputTap } from "../host/output_tap.ts";

/** How much of the output is kept, in characters. */
const MAX_OUTPUT_CHARS = 64 * 1024;
/** For the server there to end by itself, in milliseconds; then ssh is killed, which closes the connection. */
const CLOSE_MS = 5000;
/** For output that something else than ssh holds back, in milliseconds. */
const OUTPUT_GRACE_MS = 500;

/** A running `ssh`. The other side is told to end by the end of standard input, also when this program dies. */
export class SshProcess {
  /** Resolves when the process is reaped, its group is dead and its output is read. */
  readonly ended: Promise<Deno.CommandStatus>;
  #child: Deno.ChildProcess;
  #writer: WritableStreamDefaultWriter<Uint8Array>;
  #output = "";
  #isOver = false;
  #onLine = Promise.withResolvers<void>();

  /** Starts it and writes the first line; throws what the system says when there is no such program. */
  constructor(program: string, args: readonly string[], firstLine: string) {
    // A group of its own: Ctrl-C in this program's terminal is not for it, and what it starts is ended with it.
    const pipes = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
    this.#child = new Deno.Command(program, { args: [...args], ...pipes, detached: true }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    // Where it does not arrive, ssh has ended, and its end tells why.
    this.#writer.write(new TextEncoder().encode(`${firstLine}\n`)).catch(() => {});
    const tap = new OutputTap(this.#child.stdout, this.#child.stderr, {
      onLine: (_stream, line) => this.#keep(line),
      onFlood: () => {},
      maxBytes: Infinity,
    });
    this.ended = this.#watch(tap);
  }

  /** The end of what ssh and the other side wrote. */
  get output(): string {
    return this.#output;
  }

  /** Resolves with true when a line like this is in the output, with false when the process has ended without. */
  async says(pattern: RegExp): Promise<boolean> {
    while (!pattern.test(this.#output)) {
      if (this.#isOver) return false;
      await this.#onLine.promise;
    }
    return true;
  }

  /** Lets the other side end, then ends what is left. Closing twice is fine. */
  async close(): Promise<void> {
    const timer = setTimeout(() => this.kill(), CLOSE_MS);
    this.#writer.close().catch(() => {});
    await this.ended;
    clearTimeout(timer);
  }

  /** Ends the process and its group at once; sshd sees the closed connection. Does nothing when it is over. */
  kill(): void {
    if (!this.#isOver) this.#killGroup();
  }

  async #watch(tap: OutputTap): Promise<Deno.CommandStatus> {
    const status = await this.#child.status;
    // What ssh started, such as a ProxyCommand, may live on in its group.
    this.#killGroup();
    this.#isOver = true;
    const timer = setTimeout(() => void tap.cancel(), OUTPUT_GRACE_MS);
    await tap.done;
    clearTimeout(timer);
    this.#wake();
    return status;
  }

  #keep(line: string): void {
    this.#output = `${this.#output}${line}\n`.slice(-MAX_OUTPUT_CHARS);
    this.#wake();
  }

  #wake(): void {
    this.#onLine.resolve();
    this.#onLine = Promise.withResolvers();
  }

  #killGroup(): void {
    try {
      Deno.kill(-this.#child.pid, "SIGKILL");
    } catch {
      // Nothing of the group is left.
    }
  }
}
