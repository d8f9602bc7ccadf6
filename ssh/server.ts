/**
 * A temporary server on another machine, over the system's `ssh`.
 *
 * @module
 */

import { Client } from "../client.ts";
import { onAbort } from "../core/abort.ts";
import { TaskError } from "../core/errors.ts";
import { startWithin } from "../core/start_within.ts";
import { sshArguments } from "./command.ts";
import { type SshEnd, sshFailure } from "./failure.ts";
import { requireSshOptions, type SshServerOptions } from "./options.ts";
import { SshProcess } from "./process.ts";

export type { Grant, Permissions } from "../core/permissions.ts";
export type { RemoteServerOptions, SshServerOptions } from "./options.ts";

/** What the command prints once it listens. */
const LISTENS = /^Palpable \S+ listens on /m;
const KEY_BYTES = 32;
const NAME_BYTES = 16;

/** A server that {@linkcode sshServer} started. */
export class SshServer implements AsyncDisposable {
  /** Where the server is reached from here, for clients' `address`. */
  readonly address: string;
  /** The server's key, made for it alone. */
  readonly authkey: string;
  #ssh: SshProcess;
  #folder: string;
  #closed: Promise<void> | null = null;

  private constructor(ssh: SshProcess, folder: string, address: string, authkey: string) {
    this.#ssh = ssh;
    this.#folder = folder;
    this.address = address;
    this.authkey = authkey;
  }

  /** As {@linkcode sshServer}. */
  static async start(options: SshServerOptions): Promise<SshServer> {
    requireSshOptions(options);
    if (Deno.build.os === "windows") {
      throw new TaskError("SSH_FAILED", "Cannot start a server over ssh from Windows: it has no sockets to forward to");
    }
    return await startWithin(options, `The server on ${options.host}`, (signal) => SshServer.#open(options, signal));
  }

  static async #open(options: SshServerOptions, signal: AbortSignal | undefined): Promise<SshServer> {
    const authkey = randomText(KEY_BYTES);
    const remote = `/tmp/palpable_${randomText(NAME_BYTES)}.sock`;
    const firstLine = JSON.stringify({ ...options.serverOptions, address: `unix:${remote}`, authkey });
    // Only this user can enter it. When this program is killed it stays behind, as the socket of a server would.
    const folder = await Deno.makeTempDir({ prefix: "palpable_ssh_" });
    try {
      signal?.throwIfAborted();
      const local = `${folder}/server.sock`;
      const ssh = spawn(options, sshArguments(options, { remote, local }), firstLine);
      await requireAnswer(options, ssh, { address: `unix:${local}`, authkey, signal });
      return new SshServer(ssh, folder, `unix:${local}`, authkey);
    } catch (error) {
      await Deno.remove(folder, { recursive: true });
      throw error;
    }
  }

  /** The end of what the server there logged and ssh said, up to 64 KiB. */
  get output(): string {
    return this.#ssh.output;
  }

  /** Resolves when the server is gone from here, for whatever reason: closed, stopped, or the connection lost. */
  get finished(): Promise<void> {
    return this.#ssh.ended.then(() => {});
  }

  /** Stops the server now, waits for its end and closes the connection. Closing twice is fine. */
  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  /** Stops the server now. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    await this.#ssh.close();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/**
 * Starts a temporary server on another machine through the system's `ssh`, waits until it has answered, and ends it on
 * dispose. It also ends when this program is killed or the connection is lost: the server there stops with its
 * standard input. Its socket is forwarded to one in a folder that only this user can enter.
 *
 * ssh gets no chance to ask: the host's key must be known and a key of the user accepted. The machine there needs Deno,
 * a POSIX shell and `/tmp`; sshd must allow forwarding. A module that a task names must be there too, under the same
 * path or URL; a function sent as source needs nothing.
 *
 * @throws {TaskError} `SSH_FAILED`: the message says why, what to do, and what ssh said.
 * @throws {TaskTimeout} when it has not started within `timeoutMs`. @throws the reason of `signal`.
 * @throws {RangeError} for an option that cannot be used. @throws {TypeError} for an option that is none.
 *
 * @example
 * ```ts ignore
 * import { Client } from "@palpable/palpable";
 * import { sshServer } from "@palpable/palpable/workers";
 *
 * await using server = await sshServer({ host: "big-machine", serverOptions: { numWorkers: 32 } });
 * await using client = await Client.connect({ address: server.address, authkey: server.authkey });
 * console.log(await client.run((x: number) => x * x, 4)); // 16
 * ```
 */
export async function sshServer(options: SshServerOptions): Promise<SshServer> {
  return await SshServer.start(options);
}

function spawn({ host, sshPath = "ssh" }: SshServerOptions, args: readonly string[], firstLine: string): SshProcess {
  try {
    return new SshProcess(sshPath, args, firstLine);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw sshFailure(host, { kind: "no program", program: sshPath, cause }, "");
  }
}

/** Waits until the server has answered a client through ssh; where it does not, ssh is ended and the reason thrown. */
async function requireAnswer(
  { host, connectTimeoutMs = 60_000 }: SshServerOptions,
  ssh: SshProcess,
  { address, authkey, signal }: { address: string; authkey: string; signal: AbortSignal | undefined },
): Promise<void> {
  let end: SshEnd | null = null;
  const timer = setTimeout(() => {
    end = { kind: "late", timeoutMs: connectTimeoutMs };
    ssh.kill();
  }, connectTimeoutMs);
  const letGo = onAbort(signal, () => ssh.kill());
  try {
    if (await ssh.says(LISTENS)) {
      await using _client = await Client.connect({ address, authkey, reconnectMs: 0, signal });
      return;
    }
  } catch (cause) {
    end ??= { kind: "no answer", cause };
  } finally {
    clearTimeout(timer);
    letGo();
  }
  await ssh.close();
  signal?.throwIfAborted();
  throw sshFailure(host, end ?? await endOf(ssh), ssh.output);
}

async function endOf(ssh: SshProcess): Promise<SshEnd> {
  const { code, signal } = await ssh.ended;
  return signal === null ? { kind: "exit", exitCode: code } : { kind: "signal", signal };
}

function randomText(bytes: number): string {
  return crypto.getRandomValues(new Uint8Array(bytes)).toBase64({ alphabet: "base64url", omitPadding: true });
}
