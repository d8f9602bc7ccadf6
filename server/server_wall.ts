/**
 * The second wall of a server: what it was told to have, what there is, and what is said where that is not the same.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { errorNaming } from "../core/option_words.ts";
import type { Cgroups } from "../host/cgroups.ts";
import type { DelegatedCgroup } from "../host/delegated_cgroup.ts";
import { findLimits } from "../host/wall/find_limits.ts";
import { findWall, type FindWallParams, WallUnavailable } from "../host/wall/find_wall.ts";
import type { Wall } from "../host/wall/wall.ts";
import type { Hands } from "../host/hands.ts";
import type { WallStatus } from "../wire/server_status.ts";
import type { ResolvedOptions } from "./server_options.ts";
import type { ServerLog } from "./server_log.ts";

/** What a server may be told to have. */
export const WALLS = ["none", "auto", "bwrap"] as const;

/** What it has. */
export interface ServerWall {
  readonly wall: Wall | null;
  readonly status: WallStatus;
}

/** What it is opened with. */
export interface OpenWallParams extends Pick<FindWallParams, "denied" | "helpers" | "programs"> {
  hands: Hands;
  /** Where processes behind the wall can be limited, and what is made there. */
  delegated: DelegatedCgroup | null;
  cgroups: Cgroups | null;
  log: Pick<ServerLog, "write">;
}

/**
 * Finds it, where the server is to have one.
 *
 * @throws {TaskError} `WALL_UNAVAILABLE` where it is to have it for certain, and cannot.
 */
export async function openWall(
  { wall: asked, maxFrameBytes, maxResultBytes, maxResultItems }: ResolvedOptions,
  { hands, log, delegated, cgroups, ...rest }: OpenWallParams,
): Promise<ServerWall> {
  if (asked === "none") return { wall: null, status: noWall(asked, null) };
  const { serverDenoDir, ownModules, bundle } = hands;
  try {
    const sizes = { maxFrameBytes, maxResultBytes, maxResultItems };
    const wall = await findWall({ serverDenoDir, ownModules, bundle, ...sizes, ...rest });
    const found = await findLimits(cgroups, delegated ?? { folder: null, why: null }, rest.programs);
    const { limits, holding, why } = found;
    if (why !== null) log.write("Server", "info", `Not all limits hold behind the wall: ${why}`);
    return {
      wall: limits === null ? wall : wall.limited(limits, delegated!.top!),
      status: { asked, holds: "bwrap", version: wall.version, why: null, limits: holding, limitsWhy: why },
    };
  } catch (error) {
    if (!(error instanceof WallUnavailable)) throw error;
    if (asked === "bwrap") throw refusal(error);
    log.write("Server", "warning", `There is no wall around tasks besides their permissions: ${error.message}`);
    return { wall: null, status: noWall(asked, error.message) };
  }
}

function noWall(asked: WallStatus["asked"], why: string | null): WallStatus {
  return { asked, holds: "none", version: null, why, limits: [], limitsWhy: null };
}

function refusal({ why, whatToDo }: WallUnavailable): TaskError {
  return errorNaming(
    (call) =>
      `Cannot start a server with ${call("wall", 'wall "bwrap"')}: ${why}; ${whatToDo}, or give ${
        call("wall")
      } "auto" for what there is`,
    (message) => new TaskError("WALL_UNAVAILABLE", message),
  );
}
