/**
 * What has to hold of what is let in, and of what is not. Rules are those of the engine.
 *
 * @module
 */

import { TaskError } from "../../../core/errors.ts";
import type { Submission } from "../../../engine/submission.ts";
import type { Caller } from "../../../engine/caller.ts";
import type { TaskRecord } from "../../../engine/task.ts";
import { limitedIn } from "./key_rules.ts";
import type { World } from "./world.ts";

/** A task was accepted: "Limits only shrink from parent to subtask." */
export function requireOrigin(world: World, { id, origin }: TaskRecord, parent: TaskRecord | null): void {
  const { profile, depth } = origin;
  if (depth > world.scenario.maxDepth) world.violated(`task ${id} is deeper than allowed`);
  if (parent === null) {
    if (depth !== 0 || origin.timeoutMs !== profile.timeoutMs) {
      world.violated(`task ${id} has not the limits it asked for`);
    }
    // What was on its way to the store goes back at once.
    const wasOnItsWay = world.scenario.storeMs > 0;
    if (world.isQuiet && !wasOnItsWay) world.violated("a server that is stopping took a client's task in");
    return;
  }
  if (depth !== parent.origin.depth + 1) world.violated(`task ${id} has a depth of ${depth}`);
  const { owner, lane, clientKey } = parent.origin;
  if (origin.owner !== owner || origin.lane !== lane || origin.clientKey !== clientKey) {
    world.violated(`task ${id} stands elsewhere than its parent`);
  }
  if (origin.timeoutMs > profile.timeoutMs) world.violated(`task ${id} has more time than it asked for`);
  const run = world.submittedIn.get(id)!;
  const endsBy = Math.min(run.deadlineAt, parent.origin.endsBy);
  if (!origin.bound && origin.timeoutMs > Math.max(1, endsBy - world.clock.now() + world.scenario.storeMs)) {
    world.violated(`task ${id} outlives its parent and has more time than was left of it`);
  }
  world.keyRules.requireRight(world, { id, origin }, parent);
  if (origin.bound && origin.endsBy > endsBy) world.violated(`task ${id} has more time than its parents`);
}

/** A task is about to stand in the queue: "not more than it may hold", or twice that for those with little there. */
export function requireRoom(world: World, task: TaskRecord): void {
  const { queue, scenario: { queueCapacity, queueCapacityBytes, storeMs } } = world;
  // What workers have handed back while it was on its way to the store stands there too.
  // What has waited for its time, for which there is as much room again, comes into line whatever stands there.
  const times = (storeMs === 0 ? 2 : 3) +
    ([...world.fates.keys()].some(({ origin: { delay, retry } }) => delay !== null || retry !== null) ? 2 : 0);
  const isTooMuch = queue.length + 1 > times * queueCapacity ||
    queue.bytes + task.inputBytes > times * queueCapacityBytes;
  if (isTooMuch) world.violated("the queue overflows");
}

/** A submission was refused: not without a reason. */
export function requireRefusal(
  world: World,
  caller: Caller,
  submission: Submission,
  error: unknown,
  wasWaiting: boolean,
): void {
  const no = (what: string) => world.violated(`a submission was refused: ${what}`);
  if (!(error instanceof TaskError)) return no((error as Error)?.stack ?? String(error));
  const { queue, scenario, isQuiet, waitingForRoom } = world;
  const depth = caller.run === null ? 0 : caller.run.task.origin.depth + 1;
  // There is as much room again for what waits for its time.
  const delayed = [...world.fates.values()].filter(({ task }) => task.state === "delayed");
  const bytesOfDelayed = delayed.reduce((sum, { task }) => sum + task.inputBytes, 0);
  const limited = limitedIn(world);
  const bytesOfLimited = limited.reduce((sum, task) => sum + task.inputBytes, 0);
  const tasks = queue.length + delayed.length + limited.length + submission.tasks.length;
  const bytes = queue.bytes + bytesOfDelayed + bytesOfLimited +
    submission.tasks.reduce((sum, [, input]) => sum + input.length, 0);
  const fits = (times: number) =>
    tasks <= times * scenario.queueCapacity && bytes <= times * scenario.queueCapacityBytes;
  const isCancelled = submission.tasks.every(([id]) => world.cancelledIds.has(id));
  switch (error.code) {
    case "DEPTH_EXCEEDED":
      return depth > scenario.maxDepth ? undefined : no("it is not too deep");
    case "DUPLICATE_KEY":
      return submission.unique != null ? undefined : no("it has no key");
    case "SERVER_STOPPING":
      return isQuiet && caller.run === null ? undefined : no("the server is not stopping for it");
    case "QUEUE_FULL":
      if (fits(caller.run === null ? 1 : 2) && waitingForRoom.size === 0) no("there is room, and nobody waits for it");
      return;
    case "TASK_EXPIRED": {
      const by = world.submittedAt.get(submission)! + submission.startBeforeMs!;
      return wasWaiting && by <= world.clock.now() ? undefined : no("its time is not over");
    }
    case "TASK_CANCELLED":
      return wasWaiting && isCancelled ? undefined : no("nobody has cancelled all of it");
    case "CONNECTION_CLOSED":
      return wasWaiting && (caller.peer.closeReason !== null || isCancelled) ? undefined : no("it has not left");
    default:
      no(error.message);
  }
}
