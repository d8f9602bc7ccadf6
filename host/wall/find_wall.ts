/**
 * Finds out whether there can be a wall, by having a trivial program run behind the very wall that a task without
 * permissions has; where there can be none it says why, and what to do.
 *
 * @module
 */

import { NO_PERMISSIONS } from "../../core/permissions.ts";
import { statOrNull } from "../at_path.ts";
import { HelperPrograms, type HelperProgramsParams } from "../helper_programs.ts";
import type { SandboxParams } from "../sandbox.ts";
import { childrenFile } from "./enclosed.ts";
import { findSystemPlaces } from "./system_places.ts";
import { Wall } from "./wall.ts";
import { makeWallCache } from "./wall_cache.ts";

/** The oldest release with all that is used of it: `--disable-userns` came last. */
const LEAST_VERSION = [0, 8, 0];
const LEAST = LEAST_VERSION.join(".");

/** There can be no wall. */
export class WallUnavailable extends Error {
  /** Why, and what to do. */
  constructor(readonly why: string, readonly whatToDo: string) {
    super(`${why}; ${whatToDo}`);
  }
}

/** What a wall is found with. */
export interface FindWallParams extends
  Pick<
    SandboxParams,
    "denied" | "ownModules" | "bundle" | "maxFrameBytes" | "maxResultBytes" | "maxResultItems"
  > {
  serverDenoDir: string;
  helpers: HelperPrograms;
  /** What the programs that are tried out are run with. */
  programs: Pick<HelperProgramsParams, "timer" | "reaper">;
}

/**
 * The wall.
 *
 * @throws {WallUnavailable} which says which program it is about, what that said and what to do.
 */
export async function findWall({ serverDenoDir, helpers, programs, ...rest }: FindWallParams): Promise<Wall> {
  if (Deno.build.os !== "linux") throw unavailable("bubblewrap is a program for Linux", "run the server there");
  const program = findProgram();
  if (program === null) throw unavailable("there is no program bwrap in PATH", INSTALL);
  const tried = new HelperPrograms({ ...programs, program });
  try {
    const version = await versionOf(program, tried);
    if (!isThere(childrenFile(Deno.pid))) {
      const why = `the kernel does not say which processes a process has started: there is no ${
        childrenFile(Deno.pid)
      }`;
      throw unavailable(why, "use one that was built with CONFIG_PROC_CHILDREN");
    }
    const denoDir = await makeWallCache(serverDenoDir, rest.bundle, helpers);
    const wall = new Wall(program, version, { system: findSystemPlaces(), denoDir, serverDenoDir, cgroups: null });
    await tryOut(wall, tried, rest);
    return wall;
  } finally {
    await tried.close();
  }
}

const INSTALL = `install bubblewrap ${LEAST} or later (Debian: apt-get install bubblewrap)`;

async function versionOf(program: string, tried: HelperPrograms): Promise<string> {
  const said = await saidBy(tried, ["--version"]);
  const [version, ...numbers] = /(\d+)\.(\d+)\.(\d+)/.exec(said.stdout) ?? [];
  if (!said.success || version === undefined) {
    throw unavailable(`${program} does not say its version${quoted(said)}`, INSTALL);
  }
  const at = numbers.findIndex((text, i) => Number(text) !== LEAST_VERSION[i]);
  if (at !== -1 && Number(numbers[at]) < LEAST_VERSION[at]) {
    throw unavailable(`${program} is too old: it is ${version}`, INSTALL);
  }
  return version;
}

/** The program says which process it is, which in a namespace of its own is one of the first. */
const TRIVIAL = "data:application/javascript,console.log(Deno.pid)";

async function tryOut(
  wall: Wall,
  tried: HelperPrograms,
  rest: Omit<FindWallParams, "serverDenoDir" | "helpers" | "programs">,
): Promise<void> {
  const [, ...around] = wall.around({
    ...rest,
    permissions: NO_PERMISSIONS,
    spellings: {},
    lookups: new Map(),
    memoryMb: null,
    mayQuote: false,
    graph: null,
    nonce: null,
    way: { address: "", socket: null, needs: { read: [], write: [], net: [] }, denied: null, afterwards: [] },
  });
  const args = ["run", "--no-prompt", "--cached-only", "--quiet", "--no-config", "--no-lock", TRIVIAL];
  const env = { DENO_DIR: wall.denoDir, DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" };
  const said = await saidBy(tried, [...around, Deno.execPath(), ...args], env);
  if (said.success && Number(said.stdout) <= FIRST_PIDS) return;
  throw unavailable(`${wall.program} cannot make it${quoted(said)}`, whatToDo());
}

/** Numbers of processes right behind the first of a namespace. */
const FIRST_PIDS = 9;

/** What is known of the machine that explains it. */
function whatToDo(): string {
  const allow =
    "allow this user to make user namespaces (user.max_user_namespaces, kernel.unprivileged_userns_clone, " +
    "kernel.apparmor_restrict_unprivileged_userns, a seccomp filter)";
  return isContainer() ? `this is a container: have it allow user namespaces and mounts, or ${allow}` : allow;
}

function isContainer(): boolean {
  return isThere("/.dockerenv") || isThere("/run/.containerenv") || Deno.env.get("container") !== undefined;
}

interface Said {
  readonly success: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

async function saidBy(tried: HelperPrograms, args: readonly string[], env: Record<string, string> = {}): Promise<Said> {
  const outcome = await tried.run({ kind: "look", args, env, isOwn: true });
  return outcome.kind === "done" ? outcome : { success: false, stdout: "", stderr: outcome.why };
}

const MAX_QUOTED = 500;

function quoted({ stdout, stderr }: Said): string {
  const said = (stderr.trim() || stdout.trim()).slice(0, MAX_QUOTED);
  return said === "" ? "" : `: it said "${said}"`;
}

function findProgram(): string | null {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    if (folder.startsWith("/") && isThere(`${folder}/bwrap`)) return `${folder}/bwrap`;
  }
  return null;
}

function isThere(path: string): boolean {
  return statOrNull(path) !== null;
}

function unavailable(why: string, whatToDo: string): WallUnavailable {
  return new WallUnavailable(why, whatToDo);
}
