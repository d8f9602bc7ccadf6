/**
 * From the profile that a caller asks for to the one that its tasks get, with the rules that permissions only shrink
 * and that a task names modules of its own project only. Equal requests share one profile.
 *
 * @module
 */

import { type CodeLimits, limitsOf } from "../core/code_limits.ts";
import { TaskError } from "../core/errors.ts";
import {
  ALL_PERMISSIONS,
  parsePermissions,
  permissionKey,
  type PermissionRequestParsed,
  type Permissions,
  type PermissionSet,
} from "../core/permissions.ts";
import type { Profile } from "../core/profile.ts";
import type { Denied } from "../host/denied.ts";
import type { ModuleGraphs } from "../host/module_graphs.ts";
import { type Grants, type Limit, limitOf, lookUpGrants, requireWithin, stillLeads } from "./grants.ts";
import { requireImmovable } from "./own_places.ts";
import type { SubmitRequest } from "./submit_request.ts";

/** Profiles that are remembered, and the characters of their keys: a function's source is part of its own. */
const MAX_KNOWN = 1000;
const MAX_KNOWN_CHARS = 16 * 2 ** 20;

/** What profiles are made from. */
export interface ProfilesParams {
  ceiling: PermissionSet;
  /** What no task may reach. */
  denied: Denied;
  graphs: ModuleGraphs;
  taskTimeoutMs: number;
  memoryMb: number | null;
  isolation: "task" | "module";
}

/** A stage of a pipeline, as far as its rights go: a thread has those of the server. */
export interface StageRights {
  readonly host: "process" | "thread";
  readonly name: string;
  readonly permissions?: Permissions;
}

/** What a profile is asked for with. */
export type ProfileRequest = Pick<SubmitRequest, "target" | "profile">;

/** What the tasks of a profile were allowed, and by what request. */
interface Asked {
  readonly request: ProfileRequest;
  readonly parent: Profile | null;
  grants: Grants;
  /** All that was ever granted for writing: a process keeps what its paths led to when it started. */
  readonly written: Set<string>;
}

/** Makes profiles. */
export class Profiles {
  #params: ProfilesParams;
  /** What the ceiling's paths lead to when the server starts is what they allow. */
  #ceiling: Limit;
  #known = new Map<string, Profile>();
  #knownChars = 0;
  #asked = new WeakMap<Profile, Asked>();
  /** For everybody: what any task could have been permitted to write. */
  #ceilingLimits: readonly CodeLimits[];

  constructor(params: ProfilesParams) {
    this.#params = params;
    this.#ceiling = limitOf(params.ceiling);
    const limits = limitsOf(params.ceiling, "a task within the server's ceiling");
    this.#ceilingLimits = limits === null ? [] : [limits];
  }

  /** What all profiles lie within. */
  get ceiling(): PermissionSet {
    return this.#params.ceiling;
  }

  /**
   * The profile for a request by a client (`parent` null) or by a task.
   *
   * @throws {PermissionCeilingExceeded} naming what was too much.
   * @throws {TaskError} `MODULE_NOT_ALLOWED`, or `INVALID_REQUEST` for permissions that are none.
   */
  profileFor({ target, profile: wire }: ProfileRequest, parent: Profile | null): Profile {
    if (parent !== null) this.#requireModuleOf(parent, target);
    const ownLimits = parent === null ? [] : this.#limitsBelow(parent);
    const key = JSON.stringify([target, wire, parent && [parent.spawnKey, parent.priority], ownLimits]);
    const known = this.#known.get(key);
    if (known !== undefined && this.isAsMade(known)) return known;
    const grants = this.#lookUp(wire.permissions, parent);
    const { permissions, spellings } = grants;
    // What a task may not hold itself, its subtasks may not hold for it.
    const memoryMb = lower(wire.memoryMb, parent === null ? this.#params.memoryMb : parent.memoryMb);
    const home = target.kind === "source" ? target.text : target.module;
    // A client of a server without a ceiling could have asked for everything.
    const { read } = parent?.permissions ?? this.#params.ceiling;
    const mayQuote = read === true;
    const spawnKey = JSON.stringify([home, permissionKey(permissions), spellings, memoryMb, ownLimits, mayQuote]);
    const profile: Profile = Object.freeze({
      target: Object.freeze(target),
      permissions,
      spellings,
      timeoutMs: Math.min(wire.timeoutMs ?? this.#params.taskTimeoutMs, this.#params.taskTimeoutMs),
      memoryMb,
      // Else a subtask would carry its client's work past that of others who may ask for as much.
      priority: parent === null ? wire.priority : Math.min(wire.priority, parent.priority),
      isolation: wire.isolation ?? this.#params.isolation,
      stream: wire.stream,
      worker: wire.worker ?? false,
      limits: [...this.#ceilingLimits, ...ownLimits],
      mayQuote,
      spawnKey,
      name: wire.name ?? target.name,
    });
    const request = { target, profile: wire };
    this.#asked.set(profile, { request, parent, grants, written: new Set(writtenBy(grants)) });
    this.#remember(key, profile);
    return profile;
  }

  /**
   * What tasks of a profile may do as its paths lead now: the same object as before while they lead where they led.
   *
   * @throws {PermissionCeilingExceeded} when what they have come to lead to is too much.
   */
  grantsOf(profile: Profile): Grants {
    const asked = this.#asked.get(profile);
    if (asked === undefined) throw new Error("Cannot look up grants: the profile is another server's");
    if (asked.grants.lookups.size === 0 || stillLeads(asked.grants)) return asked.grants;
    asked.grants = this.#lookUp(asked.request.profile.permissions, asked.parent);
    for (const path of writtenBy(asked.grants)) asked.written.add(path);
    return asked.grants;
  }

  /** What a profile was asked for with, and before that what those were that its tasks' parents had. */
  requestsOf(profile: Profile): ProfileRequest[] {
    const { request, parent } = this.#asked.get(profile)!;
    return [...parent === null ? [] : this.requestsOf(parent), request];
  }

  /** What the submitting task, and those that it comes from, may have written is held against what that task may read. */
  #limitsBelow(profile: Profile): CodeLimits[] {
    const { permissions } = this.grantsOf(profile);
    const own = limitsOf(permissions, BY_TASK) === null ? [] : this.#asked.get(profile)!.written;
    const inherited = profile.limits.filter(({ by }) => by === BY_TASK).flatMap(({ write }) => write);
    const write = [...new Set([...own, ...inherited])].sort();
    const { read, net } = permissions;
    return write.length === 0 ? [] : [{ write, read, net, by: BY_TASK }];
  }

  #lookUp(request: PermissionRequestParsed, parent: Profile | null): Grants {
    const grants = lookUpGrants(request, parent === null ? null : this.grantsOf(parent), this.#ceiling);
    requireImmovable(grants.permissions, this.#params.denied);
    return grants;
  }

  /**
   * Checks what a pipeline's stage asks for; where a task with a profile calls it, also that this task may as much.
   *
   * @throws {PermissionCeilingExceeded} naming what was too much.
   */
  requireAllowed({ host, name, permissions }: StageRights, caller: Profile | null = null): void {
    const asked = host === "thread"
      ? limitOf(ALL_PERMISSIONS)
      : lookUpGrants(parsePermissions(permissions), null, this.#ceiling);
    if (host === "thread") requireWithin(asked, this.#ceiling, `the server's ceiling, as the thread of ${name} has`);
    if (caller === null) return;
    requireWithin(asked, this.grantsOf(caller), `what the task has that calls the pipeline, as its stage ${name} has`);
  }

  /** Whether its paths lead where they led when it was made. What fails to say so is made anew, which says why. */
  isAsMade(profile: Profile): boolean {
    try {
      return this.grantsOf(profile).permissions === profile.permissions;
    } catch {
      return false;
    }
  }

  #remember(key: string, profile: Profile): void {
    if (!this.#known.has(key)) this.#knownChars += key.length;
    this.#known.set(key, profile);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MAX_KNOWN && this.#knownChars <= MAX_KNOWN_CHARS) return;
      this.#known.delete(oldest);
      this.#knownChars -= oldest.length;
    }
  }

  #requireModuleOf({ target: own }: Profile, target: Profile["target"]): void {
    if (target.kind === "source") return;
    const home = own.kind === "source"
      ? null
      : own.kind === "procedure" && own.within !== null
      ? own.within
      : own.module;
    const named = target.kind === "procedure" && target.within !== null
      ? [target.module, target.within]
      : [target.module];
    for (const module of named) {
      if (this.#params.graphs.mayName(module, home)) continue;
      throw new TaskError(
        "MODULE_NOT_ALLOWED",
        `Cannot submit ${module} from a task: it lies outside of the task's project, or is no module; put it there, or start the server with its folder as a module root`,
      );
    }
  }
}

function writtenBy({ permissions: { write } }: Grants): readonly string[] {
  return write === true ? [] : write;
}

const BY_TASK = "the task that submits it, or one above it,";

function lower(asked: number | null, limit: number | null): number | null {
  if (asked === null || limit === null) return asked ?? limit;
  return Math.min(asked, limit);
}
