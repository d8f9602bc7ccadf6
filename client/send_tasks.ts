/**
 * Sends a submission, in as many frames as it takes, never faster than the connection takes them.
 *
 * @module
 */

import { QueueFull } from "../core/errors.ts";
import type { Submission } from "./awaited_results.ts";
import type { Link } from "./link.ts";

/** A frame is closed when it holds this many tasks or bytes of arguments, whichever comes first. */
const TASKS_PER_FRAME = 500;
const BYTES_PER_FRAME = 1024 * 1024;

/** Frames without an answer: those that wait for room in the queue take the server's memory. */
const FRAMES_UNDER_WAY = 16;

/**
 * Submits tasks of one submission; resolves when the server has accepted all. What was not sent when the signal aborts
 * is not sent any more.
 *
 * @throws the server's refusal of any of the frames; frames before it stay accepted.
 */
export async function sendTasks(
  link: Link,
  submission: Submission,
  tasks: readonly [string, Uint8Array][],
  unsent?: AbortSignal,
): Promise<void> {
  const replies: Promise<unknown>[] = [];
  for (const frame of framesOf(tasks, Math.min(BYTES_PER_FRAME, link.maxFrameBytes / 4))) {
    const reply = sendFrame(link, submission, frame, unsent);
    // Awaited below; until then a refusal is not unhandled.
    reply.catch(() => {});
    replies.push(reply);
    if (frame.length === tasks.length) break;
    await link.drained();
    if (replies.length >= FRAMES_UNDER_WAY) await replies[replies.length - FRAMES_UNDER_WAY];
  }
  await Promise.all(replies);
}

/** A queue that is smaller than the frame never has room for it: it is given one queue's worth after the other. */
async function sendFrame(
  link: Link,
  submission: Submission,
  tasks: readonly [string, Uint8Array][],
  unsent: AbortSignal | undefined,
): Promise<void> {
  try {
    await link.call("submit", { ...submission, tasks }, unsent);
  } catch (error) {
    const canBeSplit = error instanceof QueueFull && error.capacity >= 1 && tasks.length > error.capacity;
    if (!link.waitsForRoom || !submission.waitForRoom || !canBeSplit) throw error;
    for (let from = 0; from < tasks.length; from += error.capacity) {
      await link.call("submit", { ...submission, tasks: tasks.slice(from, from + error.capacity) }, unsent);
    }
  }
}

function* framesOf(
  tasks: readonly [string, Uint8Array][],
  mostBytes: number,
): Generator<readonly [string, Uint8Array][]> {
  for (let from = 0, to = 0; from < tasks.length; from = to) {
    for (let bytes = 0; to < tasks.length && to - from < TASKS_PER_FRAME; to++) {
      // An id and what is around it are some 50 bytes.
      bytes += tasks[to][1].length + 50;
      if (bytes > mostBytes && to > from) break;
    }
    yield from === 0 && to === tasks.length ? tasks : tasks.slice(from, to);
  }
}
