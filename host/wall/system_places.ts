/**
 * What of the system is found behind the wall: the runtime and its libraries always, the rest where a task's grants
 * need it. Looked up once.
 *
 * @module
 */

import { linkOrNull } from "../at_path.ts";
import { Places } from "./places.ts";

/** By what needs them. */
export interface SystemPlaces {
  /** The runtime. */
  readonly runtime: Places;
  /** Names and certificates of other machines. */
  readonly net: Places;
  /** Who the user is, and what the system. */
  readonly sys: Places;
  /** Programs and native libraries. */
  readonly programs: Places;
}

const LIBRARIES = ["lib", "lib32", "lib64"];
const NAMES = ["resolv.conf", "hosts", "host.conf", "gai.conf", "nsswitch.conf", "services", "protocols"];
const CERTIFICATES = ["/etc/ssl", "/etc/pki", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates"];
const CERTIFICATE_VARIABLES = ["SSL_CERT_FILE", "SSL_CERT_DIR", "DENO_CERT"];
const USERS = ["passwd", "group", "os-release"];
const OF_PROGRAMS = ["ld.so.cache", "alternatives", "mime.types"];

/** Looks them up. */
export function findSystemPlaces(): SystemPlaces {
  const runtime = new Places();
  for (const name of LIBRARIES) {
    runtime.addTop(`/${name}`, true);
    if (linkOrNull(`/usr/${name}`) === null) runtime.add(`/usr/${name}`);
    else runtime.addTop(`/usr/${name}`, true);
  }
  runtime.add(Deno.execPath());
  const zone = linkOrNull("/etc/localtime");
  // The runtime goes by the name of the time zone, which the link says.
  if (zone === null) runtime.add("/etc/localtime");
  else runtime.links.set("/etc/localtime", zone);
  const net = new Places();
  for (const name of NAMES) net.add(`/etc/${name}`);
  for (const path of CERTIFICATES) net.add(path);
  for (const name of CERTIFICATE_VARIABLES) {
    const path = Deno.env.get(name);
    if (path?.startsWith("/")) net.add(path);
  }
  const sys = new Places();
  for (const name of USERS) sys.add(`/etc/${name}`);
  const programs = new Places(sys);
  programs.add("/usr");
  for (const name of ["bin", "sbin"]) programs.addTop(`/${name}`, true);
  for (const name of [...OF_PROGRAMS, "nsswitch.conf"]) programs.add(`/etc/${name}`);
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    if (folder.startsWith("/") && folder !== "/") programs.add(folder.replace(/\/+$/, ""));
  }
  return { runtime, net, sys, programs };
}
