/**
 * Opens the socket that a server listens on.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { errorNaming } from "../core/option_words.ts";
import { type Address, formatAddress } from "../wire/address.ts";
import type { Acceptor } from "../host/acceptor.ts";
import { isForeign, whyUnsafe } from "../client/owner.ts";

/** TLS on the server's side: PEM texts. */
export interface ServerTls {
  /** Certificate chain. */
  cert: string;
  /** Private key. */
  key: string;
}

/**
 * Listens.
 *
 * @throws {TaskError} `ADDRESS_IN_USE` when somebody else listens there, or when the path of a unix socket holds
 * something that is no socket.
 * @throws {RangeError} when this machine cannot listen there. @throws {TypeError} when the texts of `tls` cannot be used.
 */
export async function bind(address: Address, tls: ServerTls | undefined): Promise<Acceptor> {
  try {
    if (address.transport === "unix") return await bindUnix(address.path);
    const { hostname, port } = address;
    if (tls === undefined) return Deno.listen({ hostname, port });
    // Loaded when needed: it brings Node's streams.
    const { TlsListener } = await import("./tls_listener.ts");
    return new TlsListener(hostname, port, tls);
  } catch (error) {
    throw explain(error as Error, address, tls);
  }
}

/** What the caller has to change. What the runtime says of a permission tells that itself. */
function explain(cause: Error & { code?: string }, address: Address, tls: ServerTls | undefined): Error {
  if (cause instanceof TaskError || cause instanceof Deno.errors.NotCapable) return cause;
  const place = formatAddress(address);
  if (cause instanceof Deno.errors.AddrInUse) {
    const message = `Cannot listen on ${place}: it is in use; stop what listens there, or give another address`;
    return new TaskError("ADDRESS_IN_USE", message, { cause });
  }
  if (address.transport === "unix") {
    const remedy = "give a shorter path, or one in a folder that exists and that this user may write to";
    return noSuchAddress(place, remedy, cause);
  }
  // What the system refuses has a code; a name that is not found has none, like a text that is no certificate.
  if (tls !== undefined && cause.code === undefined && canListen(address.hostname)) {
    return errorNaming(
      (call) =>
        `Cannot use ${call("tls")}: ${cause.message}; ${
          call("tls.cert", "cert")
        } must be the PEM text of a certificate ` +
        `chain, and ${call("tls.key", "key")} that of its private key`,
      (message) => new TypeError(message, { cause }),
    );
  }
  const remedy =
    "give a name or address of this machine, 0.0.0.0 for all that it has, and a port that this user may use";
  return noSuchAddress(place, remedy, cause);
}

function noSuchAddress(place: string, remedy: string, cause: Error): RangeError {
  return errorNaming(
    (call) => `Cannot use ${call("address")}: cannot listen on ${place}: ${cause.message}; ${remedy}`,
    (message) => new RangeError(message, { cause }),
  );
}

function canListen(hostname: string): boolean {
  try {
    Deno.listen({ hostname, port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}

/** Where a listener listens, with the port that the system chose. */
export function boundAddress(listener: Pick<Acceptor, "addr">): Address {
  const addr = listener.addr;
  if (addr.transport === "unix") return { transport: "unix", path: addr.path };
  const { hostname, port } = addr as Deno.NetAddr;
  return { transport: "tcp", hostname, port };
}

async function bindUnix(path: string): Promise<Deno.Listener> {
  const why = await whyUnsafe(path.slice(0, path.lastIndexOf("/")) || "/").catch(() => null);
  if (why !== null) throw new Error(`others could put another socket in its place, ${why}`);
  await removeDeadSocket(path);
  // Only this user may connect, from the first moment on. The mask is the process's: nothing may run in between.
  const mask = Deno.umask(0o177);
  try {
    return Deno.listen({ transport: "unix", path });
  } finally {
    Deno.umask(mask);
  }
}

/** A server that was killed leaves its socket behind. Nothing else is ever removed. */
async function removeDeadSocket(path: string): Promise<void> {
  let info: Deno.FileInfo;
  try {
    info = await Deno.lstat(path);
  } catch {
    return;
  }
  if (isForeign(info)) {
    throw new TaskError("ADDRESS_IN_USE", `Cannot listen on unix:${path}: what is there belongs to another user`);
  }
  if (!info.isSocket) {
    throw new TaskError("ADDRESS_IN_USE", `Cannot listen on unix:${path}: a file is there that is no socket`);
  }
  try {
    (await Deno.connect({ transport: "unix", path })).close();
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return await Deno.remove(path);
    // Nobody is gone only because he is too busy to answer, or not to be asked.
  }
  throw new TaskError("ADDRESS_IN_USE", `Cannot listen on unix:${path}: a live server holds it`);
}
