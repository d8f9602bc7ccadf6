/**
 * The bundle: the main module of task processes in one file, and what such a process loads later in another. Both are
 * made by `deno task bundle` and are in no checkout until then. Each begins with a line that says of which sources it
 * was made, so that a checkout whose sources have changed since does not use it.
 *
 * @module
 */

/** The files of the bundle, each with the module that is made into it, by their paths in this package. */
export const BUNDLED: Readonly<Record<string, string>> = {
  "process/bundle.js": "process/process_main.ts",
  "process/subtasks_bundle.js": "process/subtasks.ts",
};

/** What the first line says. */
export interface BundleStamp {
  /** Of the sources, see {@linkcode digestOf}. */
  readonly digest: string;
  /** Paths in this package. A module that is not among them is imported by none of them. */
  readonly sources: readonly string[];
  /** Of what made the bundle of them, which matters only to who makes it. */
  readonly maker: string;
}

/** The one stamp of both files; null when one cannot be read, or they were not made together. */
export function readStamp(root: URL): BundleStamp | null {
  const [first, ...others] = Object.keys(BUNDLED).map((file) => firstLine(new URL(file, root)));
  if (first === null || others.some((line) => line !== first)) return null;
  try {
    const stamp = JSON.parse(first.slice(PREFIX.length));
    // Another release's tools may have left a line of another form.
    return typeof stamp.digest === "string" && Array.isArray(stamp.sources) ? stamp : null;
  } catch {
    return null;
  }
}

const PREFIX = "// Made by `deno task bundle`, do not edit: ";

/** The first line of the files of a bundle. */
export function stampLine(stamp: BundleStamp): string {
  return `${PREFIX}${JSON.stringify(stamp)}\n`;
}

/** True for a bundle that is that of the sources as they are. To read and hash the hundred of them takes 2 ms. */
export async function isCurrent(root: URL, { digest, sources }: BundleStamp): Promise<boolean> {
  return await digestOf(root, sources) === digest;
}

/** SHA-256 over paths, lengths and contents of files of this package; null when one of them cannot be read. */
export async function digestOf(root: URL, files: readonly string[]): Promise<string | null> {
  const contents = files.map((file) => readFile(new URL(file, root)));
  if (contents.includes(null)) return null;
  const list = new TextEncoder().encode(files.map((file, i) => `${file} ${contents[i]!.length}\n`).join(""));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", concat([list, ...contents as Uint8Array[]]))).toHex();
}

/** A `Blob` of them takes longer than all else here. */
function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function firstLine(file: URL): string | null {
  const bytes = readFile(file);
  return bytes === null ? null : new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(10)));
}

/** Null for a file that is not there, or is not this user's to read: then there is no bundle, which is no failure. */
function readFile(file: URL): Uint8Array<ArrayBuffer> | null {
  try {
    return Deno.readFileSync(file);
  } catch {
    return null;
  }
}
