import { ItemBlock } from "../../engine/item_block.ts";
import type { ItemOutcomes } from "../../engine/item_results.ts";
import type { Origin } from "../../engine/task.ts";
import { ValuePacker } from "../../wire/packed_values.ts";
import { origin } from "./task_record.ts";

/** Items of a map, all of which wait. */
export function itemBlock(count: number, from: Origin = origin()): ItemBlock {
  const packer = new ValuePacker();
  for (let n = 0; n < count; n++) packer.add([n]);
  const prefix = "01a22335-a415-77ea-9b0d-c4c2";
  return new ItemBlock({
    origin: from,
    prefix,
    firstNumber: 0,
    inputs: packer.take(),
    fingerprint: 0,
    tally: { unfinished: 0 },
  });
}

/** So many successes, which took this long together. */
export function itemOutcomes(count: number, ms: number): ItemOutcomes {
  const packer = new ValuePacker();
  for (let n = 0; n < count; n++) packer.add(n);
  return { failed: null, values: packer.take(), ms };
}
