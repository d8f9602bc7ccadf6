/**
 * What a process does that was started ahead and has nothing to do: it runs what items of a map go through, so that the
 * engine has compiled it when they come. The first hundred items of a fresh process take longer than thousands after.
 *
 * @module
 */

import type { Messenger } from "../procedures/messenger.ts";
import type { WriteLimits } from "../wire/codec.ts";
import type { WireTarget } from "../wire/message.ts";
import { toWirePacked, ValuePacker } from "../wire/packed_values.ts";
import { executeItem } from "./execute.ts";
import { OutcomeLine } from "./outcome_line.ts";
import { TaskLine } from "./task_line.ts";

/** So many are enough for the engine to have noticed. */
const ITEMS = 4000;

const NOWHERE = { push: () => {} };
const NOBODY = {} as Messenger;
const TARGET: WireTarget = ["source", "", ""];

/** Runs items that nobody has sent. */
export function warmUp(limits: WriteLimits): void {
  const values = new ValuePacker();
  for (let n = 0; n < ITEMS; n++) values.add([n]);
  const line = new TaskLine(0);
  line.addItems(["", 0, 1, false, TARGET, toWirePacked(values.take())]);
  const outcomes = new OutcomeLine(NOWHERE, limits);
  const around = { outcomes, messenger: NOBODY, flush: () => {} };
  const loaded = { kind: "function" as const, fn: (value: unknown) => value };
  for (let task = line.shift(); task !== undefined; task = line.shift()) {
    void executeItem(task, around, loaded);
  }
  outcomes.flush();
}
