/**
 * Ends every worker process when the server is gone, also after a SIGKILL that leaves the server no word, and also a
 * worker that is in an endless loop and cannot notice its closed socket.
 *
 * A small `sh` waits for the end of a pipe from the server, into which nothing is ever written. The server keeps the
 * numbers of its workers in a file that only the two of them have open; when the pipe ends, what stands there is killed,
 * each as a process group. A file, because a line through the pipe would wake the shell for every process that comes or
 * goes, which costs more than all else that the server does to start one. On Windows there is no such shell: there
 * workers leave when they see the closed socket.
 *
 * @module
 */

const SCRIPT = `
trap '' INT TERM HUP
exec 3<"$1"
rm -f "$1"
read -r end
while read -r pid <&3; do
  [ "$pid" = 0 ] || kill -9 "-$pid" || kill -9 "$pid"
done
`;

/** A line for each process; a process that is gone leaves its line to another. */
const LINE_BYTES = 12;

/** Watches over the server from a process of its own. */
export class OrphanReaper {
  #process: Deno.ChildProcess | null = null;
  #file: Deno.FsFile | null = null;
  #lines = new Map<number, number>();
  #freeLines: number[] = [];
  #encoder = new TextEncoder();

  /** Starts the watching process. Throws what the system says when there can be no temporary file or no process. */
  constructor() {
    if (Deno.build.os === "windows") return;
    const path = Deno.makeTempFileSync({ prefix: "palpable-workers-" });
    this.#file = Deno.openSync(path, { write: true });
    try {
      this.#process = spawnReaper(path);
    } catch (error) {
      this.#file.close();
      Deno.removeSync(path);
      throw error;
    }
  }

  /** A process group to end with the server. */
  watch(pid: number): void {
    const line = this.#freeLines.pop() ?? this.#lines.size;
    this.#lines.set(pid, line);
    this.#write(line, pid);
  }

  /** A process that was reaped; its number may be given out again. */
  forget(pid: number): void {
    const line = this.#lines.get(pid);
    if (line === undefined) return;
    this.#lines.delete(pid);
    this.#freeLines.push(line);
    this.#write(line, 0);
  }

  /** Ends what is left and the watching process itself. */
  async close(): Promise<void> {
    if (this.#file === null) return;
    this.#file.close();
    this.#file = null;
    await this.#process!.stdin.close();
    await this.#process!.status;
  }

  #write(line: number, pid: number): void {
    try {
      this.#file?.seekSync(line * LINE_BYTES, Deno.SeekMode.Start);
      this.#file?.writeSync(this.#encoder.encode(`${String(pid).padEnd(LINE_BYTES - 1)}\n`));
    } catch {
      // The disk is full: workers still leave by themselves when they see the closed socket.
    }
  }
}

function spawnReaper(path: string): Deno.ChildProcess {
  return new Deno.Command("/bin/sh", {
    args: ["-c", SCRIPT, "reaper", path],
    stdin: "piped",
    stdout: "null",
    stderr: "null",
    clearEnv: true,
    cwd: "/",
    // A group of its own: Ctrl-C in the server's terminal is not for it.
    detached: true,
  }).spawn();
}
