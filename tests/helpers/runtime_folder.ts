/** A user's runtime folder, in use by this process until it is disposed of. */
export class RuntimeFolder implements AsyncDisposable {
  readonly path = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "palpable_run_" }));
  #before = Deno.env.get("XDG_RUNTIME_DIR");

  constructor() {
    Deno.env.set("XDG_RUNTIME_DIR", this.path);
  }

  get groups(): string {
    return `${this.path}/palpable/groups`;
  }

  /** What is in the folder of groups. */
  names(): string[] {
    return Array.from(Deno.readDirSync(this.groups), ({ name }) => name).sort();
  }

  /** Puts an entry there. */
  async write(group: string, text: string): Promise<string> {
    await Deno.mkdir(this.groups, { recursive: true, mode: 0o700 });
    const file = `${this.groups}/${group}.json`;
    await Deno.writeTextFile(file, text, { mode: 0o600 });
    return file;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#before === undefined) Deno.env.delete("XDG_RUNTIME_DIR");
    else Deno.env.set("XDG_RUNTIME_DIR", this.#before);
    await Deno.remove(this.path, { recursive: true });
  }
}
