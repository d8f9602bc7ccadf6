/**
 * Ends every worker process when the server is gone, also after a SIGKILL that leaves the server no word, and also a
 * worker that is in an endless loop and cannot notice its closed socket.
 *
 * A small `sh` holds the read end of a pipe from the server. The server writes `+ PID` before a process gets its task
 * and `- PID` when it is reaped; when the pipe ends, whatever is left is killed, each as a process group. On Windows
 * there is no such shell: there workers leave when they see the closed socket.
 *
 * @module
 */

const SCRIPT = `
trap '' INT TERM HUP
live=
while read -r op pid; do
  if [ "$op" = + ]; then live="$live $pid"; continue; fi
  left=
  for p in $live; do [ "$p" = "$pid" ] || left="$left $p"; done
  live=$left
done
for p in $live; do kill -9 "-$p" || kill -9 "$p"; done
`;

/** Watches over the server from a process of its own. */
export class OrphanReaper {
  #process: Deno.ChildProcess | null;
  #writer: WritableStreamDefaultWriter<Uint8Array> | null;
  #encoder = new TextEncoder();

  /** Starts the watching process. */
  constructor() {
    this.#process = Deno.build.os === "windows" ? null : new Deno.Command("/bin/sh", {
      args: ["-c", SCRIPT],
      stdin: "piped",
      stdout: "null",
      stderr: "null",
      clearEnv: true,
      cwd: "/",
      // A group of its own: Ctrl-C in the server's terminal is not for it.
      detached: true,
    }).spawn();
    this.#writer = this.#process?.stdin.getWriter() ?? null;
  }

  /** A process group to end with the server. */
  watch(pid: number): void {
    this.#write(`+ ${pid}\n`);
  }

  /** A process that was reaped; its number may be given out again. */
  forget(pid: number): void {
    this.#write(`- ${pid}\n`);
  }

  /** Ends what is left and the watching process itself. */
  async close(): Promise<void> {
    await this.#writer?.close().catch(() => {});
    this.#writer = null;
    await this.#process?.status;
  }

  #write(line: string): void {
    // When the shell is gone (killed from outside), workers still leave by themselves.
    this.#writer?.write(this.#encoder.encode(line)).catch(() => {});
  }
}
