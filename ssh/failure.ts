/**
 * Says why no server could be started over ssh, and what to do about it.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";

/** How far it came, and what is known. */
export type SshEnd =
  | { readonly kind: "no program"; readonly program: string; readonly cause: unknown }
  | { readonly kind: "exit"; readonly exitCode: number }
  | { readonly kind: "signal"; readonly signal: string }
  | { readonly kind: "late"; readonly timeoutMs: number }
  | { readonly kind: "no answer"; readonly cause: unknown };

/** Exit code of ssh where the trouble is its own; any other is that of the command there. */
const SSH_ITSELF = 255;
/** Those of a shell: the program cannot be executed, there is none. */
const SHELL_CODES: readonly number[] = [126, 127];

/** What ssh says, and what that means. The first that matches holds. */
const REASONS: readonly [said: RegExp, reason: string][] = [
  [/Could not resolve hostname/, "there is no machine of that name: check host and the ssh configuration"],
  [
    /Host key verification failed/,
    'ssh does not know the host\'s key, or knows another one: connect by hand once (`ssh HOST`) and check the key, or name a file that has it with sshOptions: ["UserKnownHostsFile=FILE"]',
  ],
  [
    /Permission denied \((?=[\w,-]*(?:password|keyboard-interactive))[\w,-]+\)/,
    "no key was accepted and ssh may not ask for a password: give identityFile, or put a key that the host knows into the ssh agent (`ssh-copy-id HOST`, `ssh-add`)",
  ],
  [
    /Permission denied \([\w,-]+\)|Too many authentication failures/,
    "the host accepts none of the keys: give identityFile or user, or add the public key to authorized_keys there",
  ],
  [
    /connect to host .*(refused|timed out|No route|unreachable)/i,
    "nothing answers there as sshd: check host and port, and that sshd runs",
  ],
  [/Bad configuration option/, "ssh cannot use its settings: check sshOptions and the ssh configuration"],
];

/** The error for how it ended, with the end of what was said on the way. */
export function sshFailure(host: string, end: SshEnd, output: string): TaskError {
  const said = output.trim();
  const message = `Cannot start a server on ${host} over ssh: ${reasonOf(end, said)}`;
  return new TaskError("SSH_FAILED", said === "" ? message : `${message}\n${said}`, {
    cause: "cause" in end ? end.cause : undefined,
  });
}

function reasonOf(end: SshEnd, said: string): string {
  switch (end.kind) {
    case "no program":
      return `there is no program ${end.program} here: install OpenSSH's client, or give sshPath`;
    case "late":
      return `no server answered within ${end.timeoutMs} ms: see what was said so far, or raise connectTimeoutMs`;
    case "signal":
      return `ssh was ended by ${end.signal}`;
    case "no answer":
      return `the server runs there and cannot be used from here (${(end.cause as Error).message}): sshd must allow ` +
        "forwarding (AllowStreamLocalForwarding), and both sides must be of one release (module)";
    case "exit":
      break;
  }
  if (end.exitCode === SSH_ITSELF) {
    return REASONS.find(([pattern]) => pattern.test(said))?.[1] ??
      "ssh could not connect, lost the connection, or a signal ended the server there";
  }
  if (SHELL_CODES.includes(end.exitCode)) {
    return "there is no deno on the PATH of a shell that ssh starts there: install Deno, or give denoPath";
  }
  return `the server there ended with exit code ${end.exitCode} before it listened: check module and serverOptions`;
}
