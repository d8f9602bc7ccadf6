/**
 * What runs in a worker around its target: says where it runs, calls the target once or for each item that it is sent,
 * and gives its state back at the end.
 *
 * @module
 */

import { decode, resultError } from "../wire/codec.ts";
import { type WireWorkerItem, WorkerItem, type WorkerOrder } from "../wire/worker_message.ts";
import type { StreamLink } from "./stream_link.ts";
import type { TaskMessenger } from "./task_messenger.ts";

/** A worker's target and all around it. */
export interface WorkerBody {
  readonly order: WorkerOrder;
  readonly place: readonly [host: string, pid: number, tid: number];
  readonly messenger: TaskMessenger;
  readonly stream: StreamLink;
  /** Calls the target. */
  call(args: unknown): Promise<unknown>;
  /** What the caller is told of what was thrown. */
  toError(thrown: unknown): Error;
}

/** Runs a worker to its end; gives what the target gave, or how many calls there were. */
export async function runWorkerBody(body: WorkerBody): Promise<unknown> {
  const { order, place, messenger, stream, call } = body;
  const [host, pid, tid] = place;
  stream.isDirect = order.isDirect;
  const { name, userId, parentId } = order;
  messenger.worker = { id: `${place.join(":")}${order.suffix}`, parentId, host, pid, tid, name, userId };
  messenger.userState = order.initState;
  write(body, [WorkerItem.started, ...place]);
  // A target that never yields must not hold this up.
  await stream.flush();
  let result: unknown;
  try {
    result = order.isPersistent ? await serve(body) : await call(decode(order.args));
  } catch (error) {
    try {
      write(body, [WorkerItem.state, messenger.userState]);
    } catch {
      // What ended the worker matters more than a state that cannot be sent.
    }
    void stream.flush();
    throw error;
  }
  write(body, [WorkerItem.state, messenger.userState]);
  void stream.flush();
  return result;
}

async function serve(body: WorkerBody): Promise<number> {
  const { order: { concurrency = 1 }, messenger, stream } = body;
  // It waits for nothing any more. Not by onAbort(): the signal ends with the task, and each process would load that.
  messenger.signal.addEventListener("abort", () => stream.endInput(), { once: true });
  const calls = { count: 0, areNumbered: concurrency > 1 };
  if (!calls.areNumbered) await serveLane(body, calls);
  else await Promise.all(Array.from({ length: concurrency }, () => serveLane(body, calls)));
  return calls.count;
}

/** One call after the other, while other lanes do the same. */
async function serveLane(body: WorkerBody, calls: { count: number; readonly areNumbered: boolean }): Promise<void> {
  const { order, messenger: { signal }, stream, call } = body;
  const defaults = (decode(order.args) as unknown[]).length;
  for (;;) {
    const { done, value } = await stream.nextInput();
    signal.throwIfAborted();
    if (done) return;
    // Lanes go on in the order in which they were given the inputs.
    const number = calls.areNumbered ? calls.count : undefined;
    calls.count++;
    const given = value as unknown[];
    // Decoded anew, so that no call finds what another has changed.
    const args = given.length < defaults ? [...given, ...(decode(order.args) as unknown[]).slice(given.length)] : given;
    let room: Promise<void> | null;
    try {
      room = writeValue(body, await call(args), number);
    } catch (thrown) {
      const error = body.toError(thrown);
      room = write(body, outcomeItem(WorkerItem.error, error, number));
      if (order.endsOnError) throw error;
    }
    if (order.isCareful) await stream.flush();
    else if (room !== null) await room;
    signal.throwIfAborted();
  }
}

function writeValue(body: WorkerBody, value: unknown, number: number | undefined): Promise<void> | null {
  try {
    return write(body, outcomeItem(WorkerItem.value, value, number));
  } catch (error) {
    throw resultError(error);
  }
}

function outcomeItem(
  kind: typeof WorkerItem.value | typeof WorkerItem.error,
  content: unknown,
  number: number | undefined,
): WireWorkerItem {
  return number === undefined ? [kind, content] : [kind, content, number];
}

function write({ stream }: WorkerBody, item: WireWorkerItem): Promise<void> | null {
  return stream.write(item);
}
