/**
 * The command line of `ssh`, and the command that it carries to the other machine.
 *
 * @module
 */

import { DEFAULT_HEARTBEAT_MS } from "../wire/heartbeat.ts";
import type { SshServerOptions } from "./options.ts";

/** Where the server's socket is there, and where it is to be here. */
export interface SocketPaths {
  readonly remote: string;
  readonly local: string;
}

/**
 * The arguments of `ssh`. Of two values of one setting ssh takes the first, so what must hold comes before the user's
 * settings, and what is only a better default after them.
 */
export function sshArguments(options: SshServerOptions, { remote, local }: SocketPaths): string[] {
  const { host, user, port, identityFile, sshOptions = [], serverOptions } = options;
  // What is no number the server there refuses, by name.
  const { heartbeatMs = DEFAULT_HEARTBEAT_MS } = serverOptions ?? {};
  const seconds = Math.ceil(heartbeatMs / 1000) || 1;
  const settings = [
    // Nobody is there to answer a question.
    "BatchMode=yes",
    // A connection of its own: a shared one would keep the forwarded socket after the end, and end with others.
    "ControlMaster=no",
    "ControlPath=none",
    "RemoteCommand=none",
    ...sshOptions,
    ...(identityFile === undefined ? [] : ["IdentitiesOnly=yes"]),
    // A machine that vanished without a word is noticed as any server is: asked once after a heartbeat, gone after two.
    `ServerAliveInterval=${seconds}`,
    "ServerAliveCountMax=1",
  ];
  return [
    // No terminal, no X11, no agent there: the server needs none.
    ...["-T", "-x", "-a", "-L", `${local}:${remote}`],
    ...settings.flatMap((setting) => ["-o", setting]),
    ...(user === undefined ? [] : ["-l", user]),
    ...(port === undefined ? [] : ["-p", String(port)]),
    ...(identityFile === undefined ? [] : ["-i", identityFile]),
    ...["--", host, remoteCommand(options)],
  ];
}

/** Others there can read this command line, so that address and key come over standard input. */
function remoteCommand({ denoPath = "deno", module = defaultModule(import.meta.url) }: SshServerOptions): string {
  const words = [denoPath, "run", "-A", module, "serve", "--options-from-stdin", "--stop-with-stdin"];
  return `exec ${words.map(quote).join(" ")}`;
}

/** One word for the shell of the user there. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * The server's module that belongs to this one: from JSR by name and version, elsewhere beside this folder.
 *
 * @param here The URL of this module.
 */
export function defaultModule(here: string): string {
  const [, name, version] = /^https?:\/\/[^/]+\/(@[\w-]+\/[\w-]+)\/(\d[^/]*)\/ssh\//.exec(here) ?? [];
  if (name !== undefined) return `jsr:${name}@${version}/server`;
  const url = new URL("../server.ts", here);
  return url.protocol === "file:" ? decodeURIComponent(url.pathname) : url.href;
}
