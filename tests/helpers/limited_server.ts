/** A server in a process of its own that may open so many files only. */
const SERVER = new URL("../../server.ts", import.meta.url).pathname;
const TLS = new URL("../fixtures/tls/", import.meta.url).pathname;

/** Whether this machine can limit a process so, and tell of it. */
export const CANNOT_LIMIT = Deno.build.os !== "linux" || !isThere("/usr/bin/prlimit");

function isThere(file: string): boolean {
  try {
    return Deno.statSync(file).isFile;
  } catch {
    return false;
  }
}

export class LimitedServer implements AsyncDisposable {
  readonly hostname = "127.0.0.1";
  readonly authkey = "key";
  readonly port: number;
  #child: Deno.ChildProcess;

  private constructor(child: Deno.ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(files: number, { tls = false } = {}): Promise<LimitedServer> {
    const flags = ["--address=127.0.0.1:0", "--log-level=none"];
    if (tls) flags.push(`--tls-cert=${TLS}cert.pem`, `--tls-key=${TLS}key.pem`);
    const child = new Deno.Command("prlimit", {
      args: [`--nofile=${files}`, Deno.execPath(), "run", "-A", SERVER, ...flags],
      env: { PALPABLE_AUTHKEY: "key" },
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    let text = "";
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const port = /listens on 127\.0\.0\.1:(\d+)\n/.exec(text)?.[1];
      if (port !== undefined) return new LimitedServer(child, Number(port));
    }
    await child.status;
    throw new Error(`The server did not start: ${text}`);
  }

  get address(): string {
    return `${this.hostname}:${this.port}`;
  }

  /** So many connections that prove nothing, each with these first bytes. */
  async strangers(count: number, first?: Uint8Array): Promise<Deno.Conn[]> {
    const conns: Deno.Conn[] = [];
    for (let i = 0; i < count; i++) {
      const conn = await Deno.connect({ hostname: this.hostname, port: this.port });
      conns.push(conn);
      if (first !== undefined) await conn.write(first).catch(() => {});
    }
    return conns;
  }

  get openFiles(): number {
    return [...Deno.readDirSync(`/proc/${this.#child.pid}/fd`)].length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
  }
}
