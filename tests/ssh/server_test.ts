/** What needs no sshd; the rest is in tests/ssh/, for `deno task test:ssh`. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { TaskError, TaskTimeout } from "../../mod.ts";
import { sshServer, type SshServerOptions } from "../../ssh/server.ts";
import type { RemoteServerOptions } from "../../ssh/options.ts";
import type { ServerOptions } from "../../server.ts";
import { LifeLine } from "../helpers/life_line.ts";

type Decided = "address" | "group" | "tls" | "authkey" | "authkeyFile" | "insecure" | "logConsole" | "handleSignals";
type Same<A, B> = [A, B] extends [B, A] ? true : never;
/** Fails to compile when `Server.start` has an option more or less, or another type for one. */
const _sameOptions: Same<Required<RemoteServerOptions>, Required<Omit<ServerOptions, Decided>>> = true;

Deno.test("sshServer() raises SSH_FAILED when there is no ssh", async () => {
  const start = () => sshServer({ host: "127.0.0.1", sshPath: "/no/such/ssh" });
  const error = await assertRejects(
    start,
    TaskError,
    "there is no program /no/such/ssh here: install OpenSSH's client",
  );
  assertEquals(error.code, "SSH_FAILED");
  assert(error.cause instanceof Deno.errors.NotFound);
});

// deno-lint-ignore no-explicit-any
type ErrorClass = new (...args: any[]) => Error;

/** What ends a start that would never end, and how that is told. */
const DEADLINES: Record<string, [limits: () => Partial<SshServerOptions>, type: ErrorClass, message: string]> = {
  "its deadline": [
    () => ({ connectTimeoutMs: 500 }),
    TaskError,
    "on machine over ssh: no server answered within 500 ms",
  ],
  "timeoutMs": [() => ({ timeoutMs: 300 }), TaskTimeout, "had not started after 300 ms"],
  "its signal": [() => ({ signal: AbortSignal.timeout(300) }), DOMException, "timeout"],
};

for (const [what, [limits, type, message]] of Object.entries(DEADLINES)) {
  Deno.test(`E5: sshServer() ends an ssh that does nothing, with all that it has started, at ${what}`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      await using line = await LifeLine.make(`${folder}/line`);
      const sshPath = `${folder}/ssh`;
      await Deno.writeTextFile(sshPath, `#!/bin/sh\n${line.hold}\nexec 0< /dev/null\nsleep 600 & wait\n`, {
        mode: 0o755,
      });
      await assertRejects(() => sshServer({ host: "machine", sshPath, ...limits() }), type, message);
      await line.ended;
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("sshServer() refuses options that cannot be used, by name", async () => {
  const refused = async (options: unknown, type: typeof TypeError | typeof RangeError, message: string) =>
    void await assertRejects(() => sshServer(options as SshServerOptions), type, message);
  await refused({}, TypeError, "give the host");
  await refused({ host: undefined }, TypeError, "give the host");
  await refused("machine", TypeError, "give the host");
  await refused({ host: "machine", password: "x" }, TypeError, 'Cannot use the option "password": known are host');
  for (const host of ["", "-oProxyCommand=id", "a b", 7, null]) await refused({ host }, RangeError, "Cannot use host");
  for (const user of ["", "-l", "a b"]) await refused({ host: "machine", user }, RangeError, "Cannot use user");
  for (const port of [0, -1, 1.5, NaN, Infinity, 65536]) {
    await refused({ host: "machine", port }, RangeError, "Cannot use port: it must be a port from 1 to 65535");
  }
  await refused({ host: "machine", port: "22" }, TypeError, "Cannot use port: it must be a port from 1 to 65535");
  for (const sshOptions of ["ProxyJump=a", [""], ["-v"], ["ProxyJump"], [7], {}]) {
    await refused({ host: "machine", sshOptions }, RangeError, "Cannot use sshOptions");
  }
  for (const connectTimeoutMs of [0, -1, NaN, 2 ** 31, Infinity]) {
    await refused({ host: "machine", connectTimeoutMs }, RangeError, "Cannot use connectTimeoutMs");
  }
  await refused({ host: "machine", connectTimeoutMs: "1" }, TypeError, "Cannot use connectTimeoutMs");
  await refused({ host: "machine", timeoutMs: -1 }, RangeError, "timeoutMs");
  await refused({ host: "machine", signal: 5 }, TypeError, "AbortSignal");
  for (const name of ["identityFile", "sshPath", "denoPath", "module"]) {
    for (const value of ["", 7, null]) {
      await refused({ host: "machine", [name]: value }, RangeError, `Cannot use ${name}`);
    }
  }
  await refused({ host: "machine", serverOptions: 2 }, RangeError, "Cannot use serverOptions");
  for (const name of ["address", "group", "authkey", "authkeyFile", "tls", "insecure", "handleSignals", "logConsole"]) {
    await refused({ host: "machine", serverOptions: { [name]: "x" } }, TypeError, `Cannot use serverOptions.${name}`);
  }
});
