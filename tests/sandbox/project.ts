/** Projects made for one test, in folders that know nothing of each other. */
import { remote } from "../../mod.ts";

const PACKAGE = new URL("../../", import.meta.url).href;
const PROBES = new URL("../fixtures/sandbox_probes.ts", import.meta.url);

/** A folder of its own, outside of this package. */
export class Project {
  /** Canonical path. */
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** URL of a file in it. */
  url(name: string): string {
    return `file://${this.root}/${name}`;
  }

  /** Whatever a file in it exports. */
  // deno-lint-ignore no-explicit-any
  exports(name: string): any {
    // deno-lint-ignore no-explicit-any
    return remote<any>(this.url(name));
  }

  /** Writes files; what is no text becomes JSON. Paths may leave the folder. */
  async write(files: Record<string, unknown>): Promise<void> {
    for (const [name, content] of Object.entries(files)) {
      const path = `${this.root}/${name}`;
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      await Deno.writeTextFile(path, typeof content === "string" ? content : JSON.stringify(content));
    }
  }
}

/** A project with these files, in `project/` of a folder that is removed at the end. */
export async function withProject(
  files: Record<string, unknown>,
  use: (project: Project) => Promise<void>,
): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    const project = new Project(`${folder}/project`);
    await project.write(files);
    await use(project);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The probes as modules of a project of their own. */
export async function copyProbes(project: Project) {
  const text = await Deno.readTextFile(PROBES);
  await project.write({ "sandbox_probes.ts": text.replaceAll('"../../', `"${PACKAGE}`) });
  return remote<typeof import("../fixtures/sandbox_probes.ts")>(project.url("sandbox_probes.ts"));
}
