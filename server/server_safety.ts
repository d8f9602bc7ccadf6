/**
 * What a server refuses to do by default: to be reached by strangers.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import type { ResolvedOptions } from "./server_options.ts";

/**
 * Checks that an address which other machines can reach has a key of its own and is encrypted.
 *
 * @throws {TaskError} `INSECURE_ADDRESS`.
 */
export function requireSafe(options: ResolvedOptions, isLocal: boolean): void {
  if (isLocal) return;
  if (options.authkey === undefined && options.authkeyFile === undefined) {
    throw new TaskError(
      "INSECURE_ADDRESS",
      `Cannot listen on ${options.address} with a key of the server's own making: other machines can reach it; give authkey or authkeyFile (--authkey-file)`,
    );
  }
  if (options.tls === undefined && !options.insecure) {
    throw new TaskError(
      "INSECURE_ADDRESS",
      `Cannot listen on ${options.address} without TLS: tasks and results would cross the network in the clear; give tls (--tls-cert and --tls-key), or say insecure: true (--insecure)`,
    );
  }
}
