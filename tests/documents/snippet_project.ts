import { ROOT } from "./pages.ts";

/** A folder of somebody who uses the package, elsewhere. */
export class SnippetProject implements AsyncDisposable {
  readonly #folder = Deno.makeTempDirSync();

  constructor() {
    this.write("deno.json", JSON.stringify(projectConfig()));
  }

  write(name: string, text: string): void {
    Deno.writeTextFileSync(`${this.#folder}/${name}`, text);
  }

  /** Runs `deno` there; gives what it wrote, and how it ended. */
  async deno(args: readonly string[]): Promise<{ code: number; lines: string[]; stderr: string }> {
    const { stdout, stderr, code } = await new Deno.Command(Deno.execPath(), {
      args: [...args],
      cwd: this.#folder,
      env: { NO_COLOR: "1", XDG_RUNTIME_DIR: this.#folder },
    }).output();
    const lines = new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
    return { code, lines, stderr: new TextDecoder().decode(stderr) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** What `deno add jsr:@palpable/palpable` writes, with this checkout in the place of what JSR has. */
export function projectConfig() {
  const links = ["", ...JSON.parse(Deno.readTextFileSync(new URL("deno.json", ROOT))).links];
  return {
    imports: { "@palpable/palpable": "jsr:@palpable/palpable@^0.1.0" },
    links: links.map((path: string) => new URL(path, ROOT).pathname.replace(/\/$/, "")),
  };
}

/** What a snippet says that it prints: what stands behind `//` at the end of each line that does. */
export function printedBy(source: string): string[] {
  const lines = source.split("\n").filter((line) => line.includes("console.log("));
  return lines.map((line) => / \/\/ (.*)$/.exec(line)?.[1] ?? "no comment says what this line prints");
}
