/**
 * Whose a file is. What carries trust (keys, groups, sockets, logs) belongs to the user of this process and to nobody
 * else: root reads everything, so that something can be read says nothing of who wrote it.
 *
 * @module
 */

const IS_UNIX = Deno.build.os !== "windows";

/** The user of this process; null where there are none, and where this program may not know (`--allow-sys=uid`). */
export function userId(): number | null {
  if (!IS_UNIX || Deno.permissions.querySync({ name: "sys", kind: "uid" }).state !== "granted") return null;
  return Deno.uid();
}

/**
 * Whether something is another user's. Who may not know who he is can only be told by the mode, see
 * {@linkcode isOpenToOthers}: what is open to its owner alone, and can be read, is one's own, unless one is root.
 */
export function isForeign({ uid }: Pick<Deno.FileInfo, "uid">): boolean {
  const user = userId();
  return user !== null && uid !== null && uid !== user;
}

/** Whether anybody but its owner may use it. */
export function isOpenToOthers({ mode }: Deno.FileInfo): boolean {
  return IS_UNIX && mode !== null && (mode & 0o077) !== 0;
}

/** Raised by {@linkcode readOwnFile}; the message says what is wrong with the file. */
export class NotOwnFile extends Error {
  /** Whether it is another user's: what it says is not to be trusted then. */
  readonly isForeign: boolean;

  /** The message says what is wrong with the file. */
  constructor(message: string, options: { isForeign?: boolean } = {}) {
    super(message);
    this.isForeign = options.isForeign ?? false;
  }
}

/**
 * Reads a small file that is this user's. What is looked at is the file that was opened, whatever stands at its path by
 * then; before, so that nobody waits for a FIFO, that it is one to be opened at all.
 *
 * @throws {NotOwnFile} for what is no regular file, another user's, open to others or too large; what the system says.
 */
export async function readOwnFile(path: string, maxBytes: number): Promise<string> {
  if (!(await Deno.stat(path)).isFile) throw new NotOwnFile("it is no regular file");
  using file = await Deno.open(path);
  const info = await file.stat();
  if (!info.isFile) throw new NotOwnFile("it is no regular file");
  if (info.size > maxBytes) throw new NotOwnFile(`it has more than ${maxBytes} bytes`);
  if (isForeign(info)) throw new NotOwnFile("it belongs to another user", { isForeign: true });
  if (isOpenToOthers(info)) throw new NotOwnFile(`others may read it; run "chmod 600 ${path}"`);
  const bytes = new Uint8Array(maxBytes + 1);
  let length = 0;
  for (let count: number | null = 0; count !== null && length <= maxBytes; length += count ?? 0) {
    count = await file.read(bytes.subarray(length));
  }
  if (length > maxBytes) throw new NotOwnFile(`it has more than ${maxBytes} bytes`);
  return new TextDecoder().decode(bytes.subarray(0, length));
}

/**
 * Why somebody else could put another thing under a name in this folder; null when nobody could. Null too for a folder
 * that this program may not look at.
 */
export async function whyUnsafe(folder: string): Promise<string | null> {
  if (!IS_UNIX || Deno.permissions.querySync({ name: "read", path: folder }).state !== "granted") return null;
  const { uid, mode } = await Deno.stat(folder);
  if (uid !== 0 && isForeign({ uid })) return `the folder ${folder} belongs to another user`;
  // Where the sticky bit is set, as in /tmp, a name is its owner's.
  const isForAll = mode !== null && (mode & 0o002) !== 0 && (mode & 0o1000) === 0;
  return isForAll ? `everybody may write to the folder ${folder}` : null;
}
