/**
 * What the tasks of a simulation run: their scripts, the modules that they come from, and what asks for them.
 *
 * @module
 */

import type { LimitPolicy } from "../../../core/key_limit.ts";
import type { Profile } from "../../../core/profile.ts";
import type { Submission } from "../../../engine/submission.ts";
import { profile } from "../../helpers/task_record.ts";
import type { Script, Work } from "./scenario.ts";

/** All programs. */
export class Programs {
  #scripts = new Map<string, Script>();
  #profiles = new Map<string, Profile>();
  /** Of each module's file, and of what its paths lead to. */
  #versions = [[0, 0], [0, 0]];
  /** What tasks were submitted with, by their ids. */
  readonly limits = new Map<string, LimitPolicy>();
  #ids = 0;

  /** A module's file is written, or a path that was granted leads elsewhere from now on. */
  edit(module: number, what: "file" | "grant"): void {
    this.#versions[module][what === "file" ? 0 : 1]++;
  }

  scriptOf(id: string): Script {
    return this.#scripts.get(id)!;
  }

  versionsOf({ spawnKey }: Profile): readonly [number, number] {
    const [file, grant] = this.#versions[Number(spawnKey)];
    return [file, grant];
  }

  /** Never twice the same, and always as a client would submit it. */
  submissionOf(what: Work, by: "client" | "task"): Submission {
    const { scripts, chunkSize, kind, module, isolation, priority, timeoutMs, bytes } = what;
    const tasks = scripts.map((script) => {
      const id = `00000000-0000-7000-8000-${(++this.#ids).toString(16).padStart(12, "0")}`;
      this.#scripts.set(id, script);
      if (what.limit != null) this.limits.set(id, what.limit);
      return [id, new Uint8Array(bytes)] as const;
    });
    const name = `${module} ${isolation} ${kind} ${priority} ${timeoutMs}`;
    let made = this.#profiles.get(name);
    if (made === undefined) {
      const [stream, worker] = [kind === "stream", kind === "worker"];
      made = profile({ isolation, stream, worker, priority, timeoutMs, spawnKey: `${module}`, name });
      this.#profiles.set(name, made);
    }
    const group = chunkSize === null ? null : { id: tasks[0][0], chunkSize: chunkSize === "auto" ? null : chunkSize };
    // A stream's result is always awaited, and nobody else's.
    const { stream } = made;
    const bound = what.bound || (stream && by === "client");
    return { ...what, await: what.await || stream, bound, profile: made, tasks, group };
  }
}
