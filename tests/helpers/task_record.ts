import { Packer } from "../../core/packer.ts";
import { NO_PERMISSIONS } from "../../core/permissions.ts";
import type { Profile } from "../../core/profile.ts";
import { Result } from "../../engine/result.ts";
import { type Origin, TaskRecord } from "../../engine/task.ts";

/** A profile that asks for nothing. */
export function profile(parts: Partial<Profile> = {}): Profile {
  return {
    target: { kind: "export", module: "file:///project/module.ts", name: "run" },
    permissions: NO_PERMISSIONS,
    spellings: {},
    timeoutMs: 1000,
    memoryMb: null,
    priority: 0,
    isolation: "task",
    stream: false,
    worker: false,
    limits: [],
    mayQuote: true,
    spawnKey: "",
    name: "run",
    ...parts,
  };
}

/** The key of all clients. */
export const EVERYBODY = { name: "", weight: 1 };

/** A client's. */
export function origin(parts: Partial<Origin> = {}): Origin {
  return {
    profile: profile(),
    parent: null,
    timeoutMs: parts.profile?.timeoutMs ?? 1000,
    endsBy: Infinity,
    depth: 0,
    owner: "1",
    clientKey: EVERYBODY,
    lane: "",
    group: null,
    reuseKey: null,
    start: null,
    delay: null,
    retry: null,
    limit: null,
    unique: null,
    bound: false,
    durable: false,
    onServerLoss: "rerun",
    submittedAt: 0,
    ...parts,
  };
}

/** The same, whose tasks are to outlive the server. */
export function durableOrigin(parts: Partial<Origin> = {}): Origin {
  return origin({ durable: true, ...parts });
}

/** A ready task. */
export function taskRecord(id: string, from: Origin = origin(), input: Uint8Array = new Uint8Array()): TaskRecord {
  return new TaskRecord(id, from, 0, new Packer().pack(input));
}

/** A client's success. */
export function resultOf(id: string, bytes = 0): Result {
  return Result.of(taskRecord(id), { status: "succeeded", payload: new Uint8Array(bytes) }, {
    wall: () => 0,
    now: () => 0,
  }, new Packer());
}
