/**
 * The program `server.ts`, run as a child process for a user whose home is an empty folder.
 *
 * @module
 */

import { AUTHKEY_VARIABLE } from "../../client/authkey_file.ts";
import { findDenoDir } from "./hands.ts";

/** The checkout. */
export const ROOT = new URL("../../", import.meta.url);

const SERVER = new URL("server.ts", ROOT).href;
const DENO_DIR = await findDenoDir();

/** How a program ended. */
export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** A home folder, which goes away with all that is in it. */
export class Home implements AsyncDisposable {
  readonly folder: string;
  #env: Record<string, string>;

  private constructor(folder: string) {
    this.folder = folder;
    const own = { HOME: folder, XDG_CONFIG_HOME: `${folder}/config`, XDG_RUNTIME_DIR: `${folder}/run`, DENO_DIR };
    const env = { ...Deno.env.toObject(), ...own, NO_COLOR: "1" };
    this.#env = Object.fromEntries(Object.entries(env).filter(([name]) => name !== AUTHKEY_VARIABLE));
  }

  static async make(): Promise<Home> {
    return new Home(await Deno.realPath(await Deno.makeTempDir({ prefix: "palpable_home_" })));
  }

  /** Where a server of this user keeps its key. */
  get authkeyFile(): string {
    return `${this.folder}/config/palpable/authkey`;
  }

  /** Where servers of this user say which group they are. */
  get groupsFolder(): string {
    return `${this.folder}/run/palpable/groups`;
  }

  /** Writes a file that only this user can read, and gives its path. */
  async write(name: string, text: string): Promise<string> {
    const path = `${this.folder}/${name}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(path, text, { mode: 0o600 });
    return path;
  }

  /** Runs the program to its end. */
  run(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
    return this.deno(["run", "-A", SERVER, ...args], { env });
  }

  /** Runs `deno` to its end. */
  async deno(args: string[], { cwd = this.folder, env = {} } = {}): Promise<Ended> {
    const command = this.#command(args, cwd, env);
    const { code, stdout, stderr } = await command.output();
    return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
  }

  /** Starts the program as a server and waits until it listens. */
  async serve(args: readonly string[] = ["--address=127.0.0.1:0"], env: Record<string, string> = {}): Promise<Serving> {
    const serving = this.start(args, env, "null");
    await serving.line(/^The key is in /);
    return serving;
  }

  /** Starts the program as a server. */
  start(args: readonly string[], env: Record<string, string>, stdin: "null" | "piped"): Serving {
    return new Serving(this.#command(["run", "-A", SERVER, ...args], this.folder, env, stdin).spawn());
  }

  #command(args: string[], cwd: string, env: Record<string, string>, stdin: "null" | "piped" = "null"): Deno.Command {
    const options = { args, cwd, env: { ...this.#env, ...env }, clearEnv: true } as const;
    return new Deno.Command(Deno.execPath(), { ...options, stdin, stdout: "piped", stderr: "piped" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** A running server; killed where the test does not end it. */
export class Serving implements AsyncDisposable {
  readonly process: Deno.ChildProcess;
  #lines: string[] = [];
  #onLine = Promise.withResolvers<void>();
  #open = 2;
  #done: Promise<unknown>;

  constructor(process: Deno.ChildProcess) {
    this.process = process;
    this.#done = Promise.all([this.#read(process.stdout), this.#read(process.stderr)]);
  }

  /** What it printed so far. */
  get output(): string {
    return this.#lines.join("\n");
  }

  /** Where it says that it listens. */
  get address(): string {
    return /^Palpable \S+ listens on (\S+)$/m.exec(this.output)![1];
  }

  /** Waits for a line of its output, which may be there already. */
  async line(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = this.#lines.find((line) => pattern.test(line));
      if (found !== undefined) return found;
      if (this.#open === 0) throw new Error(`The program ended without a line like ${pattern}:\n${this.output}`);
      await this.#onLine.promise;
    }
  }

  /** Waits for its end. */
  async ended(): Promise<number> {
    const { code } = await this.process.status;
    await this.#done;
    return code;
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    let rest = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      this.#lines.push(...lines);
      this.#wake();
    }
    this.#open--;
    this.#wake();
  }

  #wake(): void {
    this.#onLine.resolve();
    this.#onLine = Promise.withResolvers();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.process.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.ended();
  }
}
