/**
 * Finds out whether processes behind the wall can be limited, by having a program enter a cgroup as they do.
 *
 * @module
 */

import type { Cgroups } from "../cgroups.ts";
import type { DelegatedCgroup } from "../delegated_cgroup.ts";
import { HelperPrograms, type HelperProgramsParams } from "../helper_programs.ts";
import { type Controller, CONTROLLERS } from "../task_cgroup.ts";
import { entering, ENTERING_SHELL, MAX_PIDS, ProcessLimits } from "./process_limits.ts";

/** What there is. */
export interface FoundLimits {
  /** Null where nothing holds. */
  readonly limits: ProcessLimits | null;
  readonly holding: readonly Controller[];
  /** Why that is not all; null where it is. */
  readonly why: string | null;
}

/** Never rejects: what cannot be had is said. */
export async function findLimits(
  cgroups: Cgroups | null,
  { folder, why }: Pick<DelegatedCgroup, "folder" | "why">,
  programs: Pick<HelperProgramsParams, "timer" | "reaper">,
): Promise<FoundLimits> {
  if (cgroups === null || folder === null) return none(why);
  const cgroup = cgroups.make();
  if (cgroup === null) return none(`the server may make no cgroup in ${folder}`);
  try {
    const missing = cgroup.limit({ memoryMb: TRIED_MB, pids: MAX_PIDS, cpuWeight: 1 });
    const holding = CONTROLLERS.filter((controller) => !missing.includes(controller));
    if (holding.length === 0) return none(why ?? `a cgroup in ${folder} can be given no limits`);
    const refusal = await whyNoEntry(cgroup.folder, programs);
    if (refusal !== null) return none(refusal);
    const notHeld = missing.length === 0 ? null : `a cgroup in ${folder} cannot be limited by ${missing.join(", ")}`;
    return { limits: new ProcessLimits(cgroups, holding), holding, why: why ?? notHeld };
  } finally {
    cgroups.ended(cgroup);
  }
}

/** Enough for a program that does nothing. */
const TRIED_MB = 64;

function none(why: string | null): FoundLimits {
  return { limits: null, holding: [], why };
}

/** What is said when a process cannot enter a cgroup; null when it can. */
export async function whyNoEntry(
  folder: string,
  programs: Pick<HelperProgramsParams, "timer" | "reaper">,
): Promise<string | null> {
  const tried = new HelperPrograms({ ...programs, program: ENTERING_SHELL });
  try {
    const args = [...entering(folder), ENTERING_SHELL, "-c", "exit 0"];
    const outcome = await tried.run({ kind: "look", args, env: {} });
    if (outcome.kind === "ended") return outcome.why;
    return outcome.success ? null : outcome.stderr.trim() || `a process cannot enter the cgroup ${folder}`;
  } finally {
    await tried.close();
  }
}
