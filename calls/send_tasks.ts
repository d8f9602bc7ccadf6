/**
 * Sends a submission, in as many frames as it takes, never faster than the connection takes them.
 *
 * @module
 */

import type { Submission } from "./awaited_results.ts";
import type { Link } from "./link.ts";

/** A frame is closed when it holds this many tasks or bytes of arguments, whichever comes first. */
const TASKS_PER_FRAME = 1000;
const BYTES_PER_FRAME = 1024 * 1024;

/**
 * Submits tasks of one submission; resolves when the server has accepted all.
 *
 * @throws the server's refusal of any of the frames; frames before it stay accepted.
 */
export async function sendTasks(
  link: Link,
  submission: Submission,
  tasks: readonly [string, Uint8Array][],
): Promise<void> {
  const replies: Promise<number>[] = [];
  const most = Math.min(BYTES_PER_FRAME, link.maxFrameBytes / 4);
  for (let from = 0; from < tasks.length;) {
    let to = from;
    for (let bytes = 0; to < tasks.length && to - from < TASKS_PER_FRAME; to++) {
      // An id and what is around it are some 50 bytes.
      bytes += tasks[to][1].length + 50;
      if (bytes > most && to > from) break;
    }
    const reply = link.call("submit", {
      ...submission,
      tasks: from === 0 && to === tasks.length ? tasks : tasks.slice(from, to),
    });
    // Awaited below; until then a refusal is not unhandled.
    reply.catch(() => {});
    replies.push(reply);
    from = to;
    if (from < tasks.length) await link.drained();
  }
  await Promise.all(replies);
}
