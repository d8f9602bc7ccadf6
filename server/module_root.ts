/**
 * Folders of `moduleRoots`, as they may be given.
 *
 * @module
 */

/**
 * The path of one of `moduleRoots`; null for what is no absolute path, and for a URL of no file or with a "%" that
 * escapes nothing.
 */
export function folderOf(root: string | URL): string | null {
  const text = String(root);
  if (text.startsWith("/")) return text;
  if (!text.startsWith("file:///")) return null;
  try {
    return decodeURIComponent(new URL(text).pathname);
  } catch {
    return null;
  }
}
