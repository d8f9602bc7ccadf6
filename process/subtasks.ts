/**
 * What a task needs once it submits tasks itself, calls pipelines, or has steps. Loaded then and not before, by a computed
 * `import()`: most tasks never do, and every module that a process loads costs it time. The server grants read for these
 * files.
 *
 * @module
 */

import { BaseCaller } from "../client/base_caller.ts";
import { ServedPipeline } from "../client/served_pipeline.ts";
import type { Peer } from "../wire/peer.ts";
import { type Attempt, Steps } from "./steps.ts";
import { TaskLink } from "./task_link.ts";

/** The task's calling side. */
export interface Subtasks {
  readonly caller: BaseCaller;
  readonly link: TaskLink;
  /** A pipeline that the server runs under this name. */
  pipeline<In, Out>(name: string): ServedPipeline<In, Out>;
  /** Runs a step of the attempt that this is the messenger of. */
  step<Return>(messenger: Attempt, name: string, work: () => Return): Promise<Awaited<Return>>;
}

/** Makes the calling side over the task's connection; it takes results of so many items. */
export function openSubtasks(peer: Peer, maxResultItems: number): Subtasks {
  const link = new TaskLink(peer, maxResultItems);
  const steps = new WeakMap<Attempt, Steps>();
  return {
    caller: new BaseCaller(link),
    link,
    pipeline: <In, Out>(name: string) => new ServedPipeline<In, Out>(link, name),
    step: (messenger, name, work) => {
      let own = steps.get(messenger);
      if (own === undefined) steps.set(messenger, own = new Steps(link, messenger));
      return own.run(name, work);
    },
  };
}
