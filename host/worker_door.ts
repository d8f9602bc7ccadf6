/**
 * How a process gets to the socket of its server, and how it is kept from coming back: what its sandbox has to grant
 * and to deny for that, and what the process gives back once it is connected.
 *
 * To connect, Deno asks for all three: net, and reading and writing the socket's path. What was granted by that path
 * alone is given back afterwards. It cannot be given back by a task whose own grants cover the path, and a folder that
 * is denied cannot be connected to either. Such a process is denied the folder, and comes in by a link of its own from
 * elsewhere, which it removes.
 *
 * @module
 */

import { isFullTrust, type PermissionSet } from "../core/permissions.ts";

/** Where a server's workers connect to. */
export interface WorkerDoor {
  /** `"unix:/path"`, or `"host:port"` where there are no unix sockets. */
  readonly address: string;
  /** The folder that has the socket and nothing else; null for a port. */
  readonly folder: string | null;
  /** The socket; null for a port. */
  readonly path: string | null;
}

/** A process's way in. */
export interface WayIn {
  readonly address: string;
  /** The socket that the address leads to; null for a port. */
  readonly socket: string | null;
  /** What the sandbox grants besides what the task was granted. */
  readonly needs: {
    readonly read: readonly string[];
    readonly write: readonly string[];
    readonly net: readonly string[];
  };
  /** What the sandbox denies, for reading and for writing; null for nothing. */
  readonly denied: string | null;
  /** What the process does once it is connected: kinds of permission that it gives back, and "unlink". */
  readonly afterwards: readonly AfterConnecting[];
}

/** See {@linkcode WayIn.afterwards}. */
export type AfterConnecting = "read" | "write" | "net" | "unlink";

/** Works out the way in of a task with these permissions; `link` makes one where it is needed. */
export function wayIn(door: WorkerDoor, permissions: PermissionSet, link: () => string): WayIn {
  if (door.folder === null || door.path === null) {
    // What the task was granted itself cannot be told from what the process needs, and stays; a second connection to the
    // server has no token and gets nowhere.
    const isOwn = isGrantedHost(permissions.net, door.address);
    return {
      address: door.address,
      socket: null,
      needs: { read: [], write: [], net: isOwn ? [] : [door.address] },
      denied: null,
      afterwards: isOwn ? [] : ["net"],
    };
  }
  const { folder } = door;
  // What such a task runs does not ask Deno, and a denial takes from it what only programs with all rights may do.
  const isLinked = !isFullTrust(permissions) &&
    (touches(permissions.read, folder) || touches(permissions.write, folder));
  const path = isLinked ? link() : door.path;
  const address = `unix:${path}`;
  const own = {
    read: covers(permissions.read, path),
    write: covers(permissions.write, path),
    net: isGrantedHost(permissions.net, address),
  };
  const kinds = (["read", "write", "net"] as const).filter((kind) => !own[kind]);
  return {
    address,
    socket: door.path,
    // A link is named also where a grant covers it: something between the two may be denied, and the longer path counts.
    needs: {
      read: own.read && !isLinked ? [] : [path],
      write: own.write && !isLinked ? [] : [path],
      net: own.net ? [] : [address],
    },
    denied: isLinked ? folder : null,
    // The link first, while the process may still remove it.
    afterwards: isLinked ? ["unlink", ...kinds] : kinds,
  };
}

/** Whether a host, with or without a port, or a socket's address is among what is granted. */
export function isGrantedHost(granted: true | readonly string[], address: string): boolean {
  const host = address.slice(0, address.lastIndexOf(":"));
  return granted === true || granted.some((entry) => entry === address || entry === host);
}

function covers(granted: true | readonly string[], path: string): boolean {
  return granted === true || granted.some((entry) => isWithin(path, entry));
}

/** Whether something is granted of the folder: it, something in it, or a folder that it is in. */
function touches(granted: true | readonly string[], folder: string): boolean {
  return covers(granted, folder) || (granted !== true && granted.some((entry) => isWithin(entry, folder)));
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === "/" ? "/" : `${folder}/`);
}
