/**
 * A copy of this checkout as a clone has it, without a bundle: what a server is made of, whose files a test may change.
 *
 * @module
 */

const ROOT = new URL("../../", import.meta.url);
const LEFT_OUT = ["tests", "bench", "tools", "docs", "examples", "coverage", "node_modules"];

/** Goes away with all that is in it. */
export class CheckoutCopy implements Disposable {
  /** The folder, with a slash at its end. */
  readonly root: URL;

  constructor() {
    this.root = new URL(`file://${Deno.realPathSync(Deno.makeTempDirSync({ prefix: "palpable_checkout_" }))}/`);
    copy(ROOT, this.root);
  }

  /** Adds a line to a file of the copy. */
  append(file: string, line: string): void {
    Deno.writeTextFileSync(new URL(file, this.root), `${line}\n`, { append: true });
  }

  read(file: string): string {
    return Deno.readTextFileSync(new URL(file, this.root));
  }

  remove(file: string): void {
    Deno.removeSync(new URL(file, this.root));
  }

  /** Runs a program in the copy's folder to its end. */
  async run(
    program: string,
    { flags = [], env = {} }: { flags?: string[]; env?: Record<string, string> } = {},
  ): Promise<{ stdout: string; stderr: string }> {
    Deno.writeTextFileSync(new URL("program.ts", this.root), program);
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", ...flags, "program.ts"],
      cwd: this.root,
      env: { NO_COLOR: "1", ...env },
    }).output();
    return { stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.root, { recursive: true });
  }
}

function copy(from: URL, to: URL): void {
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    if (name.startsWith(".") || from === ROOT && LEFT_OUT.includes(name)) continue;
    const [source, target] = [from, to].map((folder) => new URL(isDirectory ? `${name}/` : name, folder));
    if (isDirectory) {
      Deno.mkdirSync(target);
      copy(source, target);
    } else if (!name.endsWith(".js") || from.href !== new URL("process/", ROOT).href) {
      Deno.copyFileSync(source, target);
    }
  }
}
