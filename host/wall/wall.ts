/**
 * A second wall around each task's process, besides Deno's permissions: bubblewrap, which gives it namespaces of its own
 * in which only that is mounted which the task was granted and its process needs.
 *
 * @module
 */

import { TaskError } from "../../core/errors.ts";
import type { SandboxParams } from "../sandbox.ts";
import { bwrapArguments } from "./bwrap_arguments.ts";
import { mountsOf } from "./mounts.ts";
import type { ProcessLimits } from "./process_limits.ts";
import { type Surroundings, wantedBy } from "./task_wants.ts";

/** Most that is asked of the program: it takes 9000 arguments, with those of what it starts. */
const MAX_ARGUMENTS = 8000;

/** What stands around processes. */
export class Wall {
  /** The program. */
  readonly program: string;
  /** Its release. */
  readonly version: string;
  /** What each process is held to; null for nothing. */
  readonly limits: ProcessLimits | null;
  readonly #surroundings: Surroundings;

  /** A wall that was tried out, see `findWall`. */
  constructor(program: string, version: string, surroundings: Surroundings, limits: ProcessLimits | null = null) {
    this.program = program;
    this.version = version;
    this.limits = limits;
    this.#surroundings = surroundings;
  }

  /** The same wall, whose processes are limited; they cannot change that in the folder where cgroups are. */
  limited(limits: ProcessLimits, cgroups: string): Wall {
    return new Wall(this.program, this.version, { ...this.#surroundings, cgroups }, limits);
  }

  /** The `DENO_DIR` of a process behind it. */
  get denoDir(): string {
    return this.#surroundings.denoDir;
  }

  /**
   * What comes before a process's own command line.
   *
   * @throws {TaskError} `WALL_REFUSED` for a grant that cannot be mounted, and for more than can be.
   */
  around(params: SandboxParams): readonly string[] {
    const { net } = params.permissions;
    const mounts = mountsOf(wantedBy(params, this.#surroundings));
    // The server is reached by a socket that is a file, whatever network the process has.
    const args = bwrapArguments(mounts, { net: net === true || net.length > 0 });
    if (args.length <= MAX_ARGUMENTS) return [this.program, ...args];
    throw new TaskError(
      "WALL_REFUSED",
      `Cannot have ${mounts.length} places behind the wall: they take ${args.length} arguments of ${this.program}, and there may be ${MAX_ARGUMENTS}; grant folders rather than what is in them, by no links, and have the project link less`,
    );
  }
}
