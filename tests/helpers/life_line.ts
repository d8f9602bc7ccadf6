/**
 * Shows the end of processes that are not ours: a pipe with a name, which they hold open as long as one of them lives.
 *
 * @module
 */

/** A named pipe. */
export class LifeLine implements AsyncDisposable {
  readonly path: string;
  /** Resolves when every process that held the pipe has ended. */
  readonly ended: Promise<unknown>;

  private constructor(path: string) {
    this.path = path;
    this.ended = Deno.readTextFile(path);
  }

  /** Makes one at the path. */
  static async make(path: string): Promise<LifeLine> {
    await new Deno.Command("mkfifo", { args: ["-m", "600", path] }).output();
    return new LifeLine(path);
  }

  /** A line for a shell script: from there on the script, what it becomes and what that starts hold the pipe. */
  get hold(): string {
    return `exec 9> '${this.path}'`;
  }

  /** Where nobody ever held the pipe, its reader would wait for ever. */
  async [Symbol.asyncDispose](): Promise<void> {
    (await Deno.open(this.path, { read: true, write: true })).close();
    await this.ended;
  }
}
