/**
 * What a server refuses to do by default: to be reached by strangers.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { errorNaming, type OptionText } from "../core/option_words.ts";
import type { ResolvedOptions } from "./server_options.ts";

/**
 * Checks that an address which other machines can reach has a key of its own and is encrypted.
 *
 * @throws {TaskError} `INSECURE_ADDRESS`.
 */
export function requireSafe(options: ResolvedOptions, isLocal: boolean): void {
  if (isLocal) return;
  if (options.authkey === undefined && options.authkeyFile === undefined) {
    throw insecureAddress((call) =>
      `Cannot listen on ${options.address} with a key of the server's own making: other machines can reach it; give ${
        call("authkey")
      } or ${call("authkeyFile")}`
    );
  }
  if (options.tls === undefined && !options.insecure) {
    throw insecureAddress((call) =>
      `Cannot listen on ${options.address} without TLS: tasks and results would cross the network in the clear; give ${
        call("tls")
      }, or ${call("insecure", "say insecure: true")}`
    );
  }
}

function insecureAddress(text: OptionText): TaskError {
  return errorNaming(text, (message) => new TaskError("INSECURE_ADDRESS", message));
}
