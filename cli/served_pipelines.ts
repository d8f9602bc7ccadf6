/**
 * Pipelines that the command serves: `--serve name=module#export`.
 *
 * @module
 */

import type { Server } from "../server.ts";
import { CommandFailed, UsageError } from "./cli_error.ts";
import type { Flag } from "./flags.ts";
import { absolutePath } from "./named_file.ts";

/** Names a pipeline to serve. */
export const SERVE_FLAG: Flag = {
  name: "serve",
  value: "NAME=MODULE#EXPORT",
  isRepeatable: true,
  help: "Serve the servlet that a module exports, as a pipeline of that name; without #EXPORT the default export",
};

/** A pipeline to serve. */
export interface NamedServlet {
  readonly name: string;
  /** URL of the module. */
  readonly module: string;
  readonly exported: string;
}

/** Reads the flag's values. @throws {UsageError} for one that cannot be used. */
export function namedServlets(values: readonly string[]): NamedServlet[] {
  const named = values.map(parse);
  const twice = named.find(({ name }, at) => named.findIndex((other) => other.name === name) < at);
  if (twice !== undefined) throw new UsageError(`Cannot use --serve: there are two pipelines named "${twice.name}"`);
  return named;
}

/**
 * Loads a servlet in this program, with its rights, and has the server run it.
 *
 * @throws {CommandFailed} that says which one cannot be served, and why.
 */
export async function serveNamed(server: Server, { name, module, exported }: NamedServlet): Promise<void> {
  try {
    const servlet = (await import(module))[exported];
    if (servlet === undefined) throw new TypeError(`the module has no export "${exported}"`);
    await server.serve(name, servlet);
  } catch (error) {
    const { message } = error as Error;
    throw new CommandFailed(`Cannot serve the pipeline "${name}" of ${module}: ${message}`, { cause: error });
  }
}

function parse(value: string): NamedServlet {
  const [, name, place, , exported = "default"] = /^([^=]+)=([^#]+)(#(.+))?$/.exec(value) ?? [];
  if (name === undefined) {
    throw new UsageError(`Cannot use --serve: write NAME=MODULE#EXPORT: current value is "${value}"`);
  }
  return { name, module: urlOf(place), exported };
}

/** A path counts from the current folder. */
function urlOf(place: string): string {
  if (/^[a-z][a-z0-9+.-]+:/i.test(place)) return place;
  const url = new URL("file:///");
  url.pathname = absolutePath(place).replaceAll("%", "%25");
  return url.href;
}
