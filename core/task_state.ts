/**
 * The seven states of a task, and the only place that says which may follow which.
 *
 *     delayed ◄──► ready ──► running ◄──► waiting       delayed: its time, or that of its next attempt, has not come
 *        ▲           │          │            │          waiting: blocked on subtasks, its slot is lent
 *        ├───────────┼──────────┴────────────┤
 *        └───────────┴──────────┴────────────┴──► succeeded | failed | cancelled
 *
 * @module
 */

/** Where a task is. The last three are final. */
export type TaskState = "delayed" | "ready" | "running" | "waiting" | "succeeded" | "failed" | "cancelled";

/** How a task can end. */
export type FinalState = "succeeded" | "failed" | "cancelled";

/** From each state, the states that may follow it. */
export const MOVES = {
  // It can end as another does that it has joined: see `engine/unique_keys.ts`.
  delayed: ["ready", "succeeded", "failed", "cancelled"],
  // A ready task can fail: its module cannot be found, or the server stops. Delayed: its starts failed, and it has others.
  ready: ["running", "delayed", "failed", "cancelled"],
  // Back to ready: its attempt was lost and it has another. Delayed: its attempt failed and it has another.
  running: ["waiting", "ready", "delayed", "succeeded", "failed", "cancelled"],
  waiting: ["running", "ready", "delayed", "succeeded", "failed", "cancelled"],
  succeeded: [],
  failed: [],
  cancelled: [],
} as const satisfies Record<TaskState, readonly TaskState[]>;

/** True for the name of a state. */
export function isState(value: unknown): value is TaskState {
  return typeof value === "string" && Object.hasOwn(MOVES, value);
}

/** True for the three states that a task never leaves. */
export function isFinal(state: TaskState): state is FinalState {
  return MOVES[state].length === 0;
}

/**
 * The one function that changes a task's state.
 *
 * @throws {Error} when the table does not allow the move: a defect of the server, never of its users.
 */
export function moveTask(task: { id: string; state: TaskState }, to: TaskState): void {
  if (!(MOVES[task.state] as readonly TaskState[]).includes(to)) {
    throw new Error(`Cannot move task ${task.id} from ${task.state} to ${to}`);
  }
  task.state = to;
}
