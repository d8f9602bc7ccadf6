/**
 * From the profile that a caller asks for to the one that its tasks get, with the rules that permissions only shrink
 * and that a task names modules of its own project only. Equal requests share one profile.
 *
 * @module
 */

import { type CodeLimits, limitsOf } from "../core/code_limits.ts";
import { PermissionCeilingExceeded, TaskError } from "../core/errors.ts";
import {
  ALL_PERMISSIONS,
  excess,
  parsePermissions,
  permissionKey,
  type PermissionRequestParsed,
  type Permissions,
  type PermissionSet,
  resolvePermissions,
} from "../core/permissions.ts";
import { spellingsOf } from "../core/path_spellings.ts";
import type { Profile, TaskRecord } from "../core/task.ts";
import type { ModuleGraphs } from "../workers/module_graphs.ts";
import { canonicalPath } from "./canonical_path.ts";
import type { SubmitRequest } from "./requests.ts";

/** Profiles that are remembered, and the characters of their keys: a function's source is part of its own. */
const MAX_KNOWN = 1000;
const MAX_KNOWN_CHARS = 16 * 2 ** 20;

/** What profiles are made from. */
export interface ProfilesParams {
  ceiling: PermissionSet;
  graphs: ModuleGraphs;
  taskTimeoutMs: number;
  memoryMb: number | null;
  isolation: "task" | "module";
}

/** Makes profiles. */
export class Profiles {
  #params: ProfilesParams;
  #known = new Map<string, Profile>();
  #knownChars = 0;
  /** For everybody: what any task could have been permitted to write. */
  #ceilingLimits: readonly CodeLimits[];

  constructor(params: ProfilesParams) {
    this.#params = params;
    const limits = limitsOf(params.ceiling, "a task within the server's ceiling");
    this.#ceilingLimits = limits === null ? [] : [limits];
  }

  /**
   * The profile for a request by a client (`parent` null) or by a task.
   *
   * @throws {PermissionCeilingExceeded} naming what was too much.
   * @throws {TaskError} `MODULE_NOT_ALLOWED`, or `INVALID_REQUEST` for permissions that are none.
   */
  profileFor({ target, profile: wire }: SubmitRequest, parent: TaskRecord | null): Profile {
    if (parent !== null) this.#requireModuleOf(parent, target);
    const key = JSON.stringify([target, wire, parent === null ? null : parent.profile.spawnKey]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const permissions = this.#permissions(wire.permissions, parent?.profile.permissions ?? null);
    // What a task may not hold itself, its subtasks may not hold for it.
    const memoryMb = lower(wire.memoryMb, parent === null ? this.#params.memoryMb : parent.profile.memoryMb);
    const home = target.kind === "source" ? target.text : target.module;
    const spellings = spellingsOf(wire.permissions, { parent: parent?.profile.spellings ?? null, canonicalPath });
    const ownLimits = parent === null ? [] : limitsBelow(parent.profile);
    // A client of a server without a ceiling could have asked for everything.
    const { read } = parent?.profile.permissions ?? this.#params.ceiling;
    const mayQuote = read === true;
    const spawnKey = JSON.stringify([home, permissionKey(permissions), spellings, memoryMb, ownLimits, mayQuote]);
    const profile: Profile = Object.freeze({
      target: Object.freeze(target),
      permissions,
      spellings,
      timeoutMs: Math.min(wire.timeoutMs ?? this.#params.taskTimeoutMs, this.#params.taskTimeoutMs),
      memoryMb,
      priority: wire.priority,
      isolation: wire.isolation ?? this.#params.isolation,
      stream: wire.stream,
      worker: wire.worker ?? false,
      limits: [...this.#ceilingLimits, ...ownLimits],
      mayQuote,
      spawnKey,
      name: wire.name ?? target.name,
    });
    this.#remember(key, profile);
    return profile;
  }

  /**
   * Checks what a pipeline's stage asks for.
   *
   * @throws {PermissionCeilingExceeded} naming what was too much.
   */
  requireAllowed(stage: { host: "process" | "thread"; name: string; permissions?: Permissions }): void {
    if (stage.host === "process") this.#permissions(parsePermissions(stage.permissions), null);
    else {requireWithin(
        ALL_PERMISSIONS,
        this.#params.ceiling,
        `the server's ceiling, as the thread of ${stage.name} has`,
      );}
  }

  #permissions(request: PermissionRequestParsed, parent: PermissionSet | null): PermissionSet {
    let asked: PermissionSet;
    try {
      asked = resolvePermissions(request, { parent, canonicalPath });
    } catch (error) {
      throw new TaskError("INVALID_REQUEST", (error as Error).message, { cause: error });
    }
    requireWithin(asked, this.#params.ceiling, "the server's ceiling");
    if (parent !== null) requireWithin(asked, parent, "what the submitting task has itself");
    return asked;
  }

  #remember(key: string, profile: Profile): void {
    this.#known.set(key, profile);
    this.#knownChars += key.length;
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MAX_KNOWN && this.#knownChars <= MAX_KNOWN_CHARS) return;
      this.#known.delete(oldest);
      this.#knownChars -= oldest.length;
    }
  }

  #requireModuleOf(parent: TaskRecord, target: Profile["target"]): void {
    if (target.kind === "source") return;
    const own = parent.profile.target;
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

/** What the submitting task, and those that it comes from, may have written is held against what that task may read. */
function limitsBelow({ permissions, limits }: Profile): CodeLimits[] {
  const own = limitsOf(permissions, BY_TASK);
  const inherited = limits.filter(({ by }) => by === BY_TASK).flatMap(({ write }) => write);
  if (own === null && inherited.length === 0) return [];
  const { read, net } = permissions;
  return [{ write: [...new Set([...own?.write ?? [], ...inherited])].sort(), read, net, by: BY_TASK }];
}

const BY_TASK = "the task that submits it, or one above it,";

function requireWithin(asked: PermissionSet, limit: PermissionSet, what: string): void {
  const tooMuch = excess(asked, limit);
  if (tooMuch.length === 0) return;
  throw new PermissionCeilingExceeded(`Cannot grant ${tooMuch.join(", ")}: it is more than ${what}`, tooMuch);
}

function lower(asked: number | null, limit: number | null): number | null {
  if (asked === null || limit === null) return asked ?? limit;
  return Math.min(asked, limit);
}
