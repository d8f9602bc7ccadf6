/**
 * Whose a file is. What carries trust belongs to the user of this process and to nobody else: root reads everything, so
 * that it can be read says nothing of who wrote it.
 *
 * @module
 */

/** The user of this process; null where there are none, and where this program may not know (`--allow-sys=uid`). */
export function userId(): number | null {
  if (Deno.build.os === "windows") return null;
  if (Deno.permissions.querySync({ name: "sys", kind: "uid" }).state !== "granted") return null;
  return Deno.uid();
}

/** What is wrong with the owner and the mode of what nobody else may have a hand in; null when nothing is. */
export function foreignHand({ uid, mode }: Deno.FileInfo): "it belongs to another user" | "others may use it" | null {
  const user = userId();
  // Only root could read another's file that is open to nobody else, so who may not ask is told by the mode.
  if (user !== null && uid !== null && uid !== user) return "it belongs to another user";
  if (mode !== null && Deno.build.os !== "windows" && (mode & 0o077) !== 0) return "others may use it";
  return null;
}
