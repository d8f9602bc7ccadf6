/**
 * Another user of this machine, with a home, a copy of this package and a cache of modules; only root can be one.
 *
 * @module
 */

import { findDenoDir } from "./hands.ts";
import { type Ended, ROOT, Serving } from "./program.ts";

const SETPRIV = "/usr/bin/setpriv";
/** What a copy of the package does without. */
const LEFT_OUT = [".git", ".ci", "tests", "bench", "docs"];

/** Why there can be no other user here; null when there can. */
export function whyNoOtherUser(): string | null {
  if (Deno.build.os !== "linux") return "setpriv is a program for Linux";
  if (Deno.uid() !== 0) return "only root can become another user";
  try {
    Deno.statSync(SETPRIV);
    return null;
  } catch {
    return `there is no ${SETPRIV} of util-linux`;
  }
}

function asUser(uid: number): string[] {
  return [`--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"];
}

/** A user with this number. */
export class OtherUser implements AsyncDisposable {
  readonly uid: number;
  /** Others may go through it, but not list what a program keeps private in it. */
  readonly home: string;
  /** A copy of this program: where it is may be root's alone. */
  readonly deno: string;

  private constructor(uid: number, home: string) {
    this.uid = uid;
    this.home = home;
    this.deno = `${home}/deno`;
  }

  static async make(uid = 65534): Promise<OtherUser> {
    const home = await Deno.realPath(await Deno.makeTempDir({ prefix: "palpable_user_" }));
    const user = new OtherUser(uid, home);
    await Deno.copyFile(Deno.execPath(), user.deno);
    await Deno.mkdir(`${home}/package`);
    for await (const { name } of Deno.readDir(ROOT)) {
      if (!LEFT_OUT.includes(name)) await sh("cp", "-R", new URL(name, ROOT).pathname, `${home}/package/${name}`);
    }
    await Deno.mkdir(`${home}/deno_dir`);
    // What root has loaded is not loaded again: the machine may have no network.
    for (const name of ["npm", "remote"]) {
      const from = `${await findDenoDir()}/${name}`;
      if (await Deno.stat(from).catch(() => null) !== null) await sh("cp", "-R", from, `${home}/deno_dir/${name}`);
    }
    await sh("chown", "-R", `${uid}:${uid}`, home);
    await Deno.mkdir(`${home}/run`, { mode: 0o700 });
    await Deno.chown(`${home}/run`, uid, uid);
    await Deno.chmod(home, 0o755);
    return user;
  }

  /** Runs a program as this user, or as a third one, to its end. */
  async run(command: readonly string[], uid: number = this.uid): Promise<Ended> {
    const { code, stdout, stderr } = await this.#command(command, uid).output();
    return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
  }

  /** Gives a file, and the folders that it is in below the home, to this user. */
  async take(path: string): Promise<void> {
    for (let at = path; at !== this.home; at = at.slice(0, at.lastIndexOf("/"))) {
      await Deno.chown(at, this.uid, this.uid);
    }
  }

  /** The command of this package. */
  palpable(...args: string[]): string[] {
    return [this.deno, "run", "-A", "server.ts", ...args];
  }

  /** Starts the command as a server and waits until it listens. */
  async serve(...args: string[]): Promise<Serving> {
    const serving = new Serving(this.#command(this.palpable(...args), this.uid).spawn());
    await serving.line(/^The key is in /);
    return serving;
  }

  #command(command: readonly string[], uid: number): Deno.Command {
    const { home } = this;
    const folders = { HOME: home, XDG_CONFIG_HOME: `${home}/config`, XDG_RUNTIME_DIR: `${home}/run` };
    return new Deno.Command(SETPRIV, {
      args: [...asUser(uid), ...command],
      cwd: `${home}/package`,
      env: { ...folders, DENO_DIR: `${home}/deno_dir`, PATH: Deno.env.get("PATH")!, NO_COLOR: "1", TERM: "dumb" },
      clearEnv: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.home, { recursive: true });
  }
}

async function sh(program: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args }).output();
  if (!success) throw new Error(`${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}
