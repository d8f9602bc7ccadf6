/**
 * Server addresses as text: `"127.0.0.1:8089"`, `"[::1]:8089"`, `"unix:/run/palpable.sock"`.
 *
 * @module
 */

import { showValue } from "../core/show_value.ts";

/** Where a server is unless said otherwise. */
export const DEFAULT_ADDRESS = "127.0.0.1:8089";

/** An address taken apart. */
export type Address =
  | { readonly transport: "tcp"; readonly hostname: string; readonly port: number }
  | { readonly transport: "unix"; readonly path: string };

/**
 * Takes an address apart.
 *
 * @throws {RangeError} when it is not an address; the message shows the right forms.
 */
export function parseAddress(text: string): Address {
  if (text.startsWith("unix:")) {
    const path = text.slice("unix:".length);
    if (path.startsWith("/") && path.length > 1 && !path.includes("\0")) return { transport: "unix", path };
    throw new RangeError(`Cannot use ${showValue(text)} as an address: a unix socket is written "unix:/absolute/path"`);
  }
  const match = /^(?:\[([0-9a-fA-F:.]{1,64})\]|([^:[\]/\s]{1,253})):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65535) {
    throw new RangeError(
      `Cannot use ${
        showValue(text)
      } as an address: write "host:port" such as "${DEFAULT_ADDRESS}", "[::1]:8089", or "unix:/path"`,
    );
  }
  return { transport: "tcp", hostname: match[1] ?? match[2], port };
}

/** The text form of an address. */
export function formatAddress(address: Address): string {
  if (address.transport === "unix") return `unix:${address.path}`;
  return `${address.hostname.includes(":") ? `[${address.hostname}]` : address.hostname}:${address.port}`;
}

/** True when only this machine can reach the address. */
export function isLoopback(address: Address): boolean {
  if (address.transport === "unix") return true;
  return /^localhost\.?$/i.test(address.hostname) || isLoopbackIp(address.hostname);
}

/** True for an IP address of this machine's own, in any spelling of IPv6; never for a name. */
export function isLoopbackIp(text: string): boolean {
  if (!text.includes(":")) return LOOPBACK_IPV4.test(text);
  const host = URL.parse(`http://[${text}]`)?.hostname;
  // ::ffff:127.0.0.1 is written so by what normalizes it.
  return host === "[::1]" || (host !== undefined && /^\[::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}\]$/.test(host));
}

const LOOPBACK_IPV4 = /^127(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}$/;

/** Where this machine reaches a server that listens there: "any address" is none to connect to. */
export function localAddress(address: Address): Address {
  if (address.transport === "unix") return address;
  const hostname = { "0.0.0.0": "127.0.0.1", "::": "::1" }[address.hostname] ?? address.hostname;
  return { ...address, hostname };
}
