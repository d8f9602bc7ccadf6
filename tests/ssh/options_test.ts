import { assertThrows } from "@std/assert";
import { type DecidedOption, type RemoteServerOptions, requireSshOptions } from "../../ssh/options.ts";
import type { ServerOptions } from "../../server/server_options.ts";

/** One that is all that the other is, with the same names. */
type Is<A, B> = [A, keyof A] extends [B, keyof B] ? true : never;
type Left = Omit<ServerOptions, DecidedOption>;

// By types: an option of a server that is neither decided nor to be given, or of another type, is a compile error.
const _mayBeGiven: Is<Left, RemoteServerOptions> = true;
const _areOptions: Is<RemoteServerOptions, Left> = true;
const _areDecided: Is<Record<DecidedOption, 1>, Pick<Record<keyof ServerOptions, 1>, DecidedOption>> = true;

Deno.test("requireSshOptions() refuses options of the server that it decides itself", () => {
  const decided: Record<DecidedOption, unknown> = {
    address: "127.0.0.1:0",
    group: "a",
    tls: undefined,
    authkey: "k",
    authkeyFile: "/k",
    insecure: true,
    logConsole: true,
    handleSignals: true,
  };
  for (const [name, value] of Object.entries(decided)) {
    const options = { host: "h", serverOptions: { [name]: value } };
    assertThrows(() => requireSshOptions(options), TypeError, `Cannot use serverOptions.${name}: sshServer() decides`);
  }
  requireSshOptions({ host: "h", serverOptions: { graceMs: 5 } });
});
