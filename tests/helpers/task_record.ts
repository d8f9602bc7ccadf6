import { NO_PERMISSIONS } from "../../core/permissions.ts";
import type { Profile, Result, TaskRecord } from "../../core/task.ts";

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
    spawnKey: "",
    name: "run",
    ...parts,
  };
}

/** A client's ready task. */
export function taskRecord(parts: Partial<TaskRecord> = {}): TaskRecord {
  return {
    id: "task",
    profile: profile(),
    input: new Uint8Array(),
    fingerprint: 0,
    state: "ready",
    attempt: 0,
    parent: null,
    depth: 0,
    owner: 1,
    group: null,
    reuseKey: null,
    bound: false,
    children: null,
    followupIds: null,
    submittedAt: 0,
    startedAt: null,
    ...parts,
  };
}

/** A success. */
export function resultOf(id: string): Result {
  return {
    id,
    status: "succeeded",
    attempt: 1,
    payload: new Uint8Array(),
    followupIds: [],
    fingerprint: 0,
    submittedAt: 0,
    startedAt: 0,
    finishedAt: 0,
    ancestors: [],
  };
}
