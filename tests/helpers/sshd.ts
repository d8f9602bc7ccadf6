/**
 * An sshd of the test's own on loopback: configuration, host key, user key and known hosts in a temporary folder.
 *
 * @module
 */

import type { SshServerOptions } from "../../ssh/options.ts";
import { findDenoDir } from "./hands.ts";

const SSHD = ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/bin/sshd"].find(isFile);
/** Ports that another program took between the look and the start. */
const MAX_ATTEMPTS = 5;

/** A running sshd that knows one key of the present user. */
export class Sshd implements AsyncDisposable {
  readonly port: number;
  readonly folder: string;
  #process: Deno.ChildProcess;
  #log: Promise<void>;

  private constructor(port: number, folder: string, process: Deno.ChildProcess, log: Promise<void>) {
    this.port = port;
    this.folder = folder;
    this.#process = process;
    this.#log = log;
  }

  /** Starts one. `settings` are lines of its configuration that win over the usual ones. */
  static async start(settings: readonly string[] = []): Promise<Sshd> {
    if (SSHD === undefined) throw new Error("There is no sshd: install openssh-server to run the tests of sshServer()");
    const folder = await Deno.makeTempDir({ prefix: "palpable_sshd_" });
    try {
      await Promise.all(["host_key", "user_key", "other_key"].map((name) => makeKey(`${folder}/${name}`)));
      await Deno.copyFile(`${folder}/user_key.pub`, `${folder}/authorized_keys`);
      await Deno.writeTextFile(`${folder}/sshd_config`, [...settings, ...await configuration(folder)].join("\n"));
      // sshd refuses to start as root without it, and the package makes it when the service starts.
      if (Deno.uid() === 0) await Deno.mkdir("/run/sshd", { recursive: true, mode: 0o755 });
      for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
        const sshd = await Sshd.#listen(folder);
        if (sshd !== null) return sshd;
      }
      throw new Error("sshd found no free port");
    } catch (error) {
      await Deno.remove(folder, { recursive: true });
      throw error;
    }
  }

  /** Null when somebody else has taken the port. */
  static async #listen(folder: string): Promise<Sshd | null> {
    const port = freePort();
    const known = (await Deno.readTextFile(`${folder}/host_key.pub`)).trim();
    await Deno.writeTextFile(`${folder}/known_hosts`, `[127.0.0.1]:${port} ${known}\n`);
    const process = new Deno.Command(SSHD!, {
      args: ["-D", "-e", "-f", `${folder}/sshd_config`, "-p", String(port)],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const listening = Promise.withResolvers<boolean>();
    let said = "";
    const log = (async () => {
      for await (const text of process.stderr.pipeThrough(new TextDecoderStream())) {
        said += text;
        if (said.includes("Server listening on 127.0.0.1")) listening.resolve(true);
      }
      listening.resolve(false);
    })();
    if (await listening.promise) return new Sshd(port, folder, process, log);
    await Promise.all([process.status, log]);
    if (said.includes("Address already in use")) return null;
    throw new Error(`sshd did not start:\n${said}`);
  }

  /** What makes `sshServer()` reach it, whatever the user's own ssh configuration says. */
  get options(): SshServerOptions {
    return {
      host: "127.0.0.1",
      port: this.port,
      identityFile: `${this.folder}/user_key`,
      sshOptions: [...this.trust("known_hosts"), "IdentityAgent=none"],
      denoPath: Deno.execPath(),
    };
  }

  /** Settings with which ssh trusts the hosts in this file of the folder and no other. */
  trust(knownHosts: string): string[] {
    const file = `${this.folder}/${knownHosts}`;
    return ["StrictHostKeyChecking=yes", `UserKnownHostsFile=${file}`, "GlobalKnownHostsFile=/dev/null"];
  }

  /** Writes a program that a shell runs, and gives its path. */
  async writeProgram(name: string, script: string): Promise<string> {
    const path = `${this.folder}/${name}`;
    await Deno.writeTextFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGTERM");
    await this.#process.status;
    // Its sessions hold the log, so that this waits for their end as well.
    await this.#log;
    await Deno.remove(this.folder, { recursive: true });
  }
}

async function configuration(folder: string): Promise<string[]> {
  return [
    "ListenAddress 127.0.0.1",
    `HostKey ${folder}/host_key`,
    `AuthorizedKeysFile ${folder}/authorized_keys`,
    "PidFile none",
    // The folder lies in one that all may write.
    "StrictModes no",
    "PermitRootLogin yes",
    "UsePAM no",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    // The module cache of this run: nothing is to be downloaded again.
    `SetEnv "DENO_DIR=${await findDenoDir()}" NO_COLOR=1`,
  ];
}

async function makeKey(path: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("ssh-keygen", {
    args: ["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", path],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** Of a port where nothing listens. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
