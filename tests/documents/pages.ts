/** The documents of the repository, and the TypeScript in them. */

export const ROOT = new URL("../../", import.meta.url);

/** A document, by its path below the root. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

/** A block of TypeScript in a document. */
export interface Snippet {
  readonly page: string;
  /** What its first line calls it; one that is not run may have none. */
  readonly name: string | undefined;
  readonly source: string;
  /** One that is `ts ignore` is type-checked only: it needs what a test has not. */
  readonly isRun: boolean;
}

/** The documents for users: README.md and those of docs/. */
export function userPages(): Page[] {
  return [pageAt("README.md"), ...pagesIn("docs/")];
}

/** All of them. */
export function allPages(): Page[] {
  return [...pagesIn(""), ...pagesIn("docs/"), ...pagesIn("links/")];
}

/** The TypeScript of a page, in order. */
export function snippetsOf({ path, text }: Page): Snippet[] {
  return [...text.matchAll(/^```ts( ignore)?\n(?:\/\/ (\S+\.ts)\n)?([\s\S]*?)^```$/gm)]
    .map(([, ignored, name, source]) => ({ page: path, name, source, isRun: ignored === undefined }));
}

function pagesIn(folder: string): Page[] {
  const names = [...Deno.readDirSync(new URL(folder, ROOT))].map(({ name }) => name).filter((name) =>
    name.endsWith(".md")
  );
  return names.sort().map((name) => pageAt(`${folder}${name}`));
}

function pageAt(path: string): Page {
  return { path, text: Deno.readTextFileSync(new URL(path, ROOT)) };
}
