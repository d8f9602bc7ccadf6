/** A folder with files in it, at its canonical path, gone after use. */
export class TempTree implements AsyncDisposable {
  readonly root: string = Deno.realPathSync(Deno.makeTempDirSync());

  /** Files by their path below the root; a value null makes a folder. */
  constructor(files: Record<string, string | null> = {}) {
    for (const [name, text] of Object.entries(files)) this.write(name, text);
  }

  write(name: string, text: string | null): void {
    const path = this.path(name);
    Deno.mkdirSync(text === null ? path : path.slice(0, path.lastIndexOf("/")), { recursive: true });
    if (text !== null) Deno.writeTextFileSync(path, text);
  }

  path(name: string): string {
    return `${this.root}/${name}`;
  }

  url(name: string): string {
    return `file://${this.root}/${name}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.root, { recursive: true });
  }
}
