import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ItemBlock } from "../../engine/item_block.ts";
import { ItemBlocks } from "../../engine/item_blocks.ts";
import { itemId } from "../../core/item_id.ts";
import { ValuePacker } from "../../wire/packed_values.ts";
import { origin } from "../helpers/task_record.ts";

const PREFIX = "01a22335-a415-77ea-9b0d-c4c2";

function blockOf(firstNumber: number, count: number): ItemBlock {
  const packer = new ValuePacker();
  for (let n = 0; n < count; n++) packer.add([n]);
  const [inputs, tally] = [packer.take(), { unfinished: 0 }];
  return new ItemBlock({ origin: origin(), prefix: PREFIX, firstNumber, inputs, fingerprint: 0, tally });
}

Deno.test("ItemBlocks finds what a plain list finds, whatever is added and removed", () => {
  const span = fc.record({ first: fc.nat(60), count: fc.integer({ min: 1, max: 8 }), removes: fc.boolean() });
  fc.assert(fc.property(fc.array(span, { size: "max", maxLength: 60 }), (spans) => {
    const blocks = new ItemBlocks();
    let plain: ItemBlock[] = [];
    for (const { first, count, removes } of spans) {
      const found = plain.find((block) => block.firstNumber === first);
      assertEquals(blocks.startingAt(itemId(PREFIX, 0), first), found);
      const isTaken = plain.some((other) =>
        other.firstNumber < first + count && first < other.firstNumber + other.count
      );
      assertEquals(blocks.hasAny(itemId(PREFIX, 0), first, count), isTaken);
      if (removes && found !== undefined) {
        blocks.remove(found);
        // Twice is fine.
        blocks.remove(found);
        plain = plain.filter((other) => other !== found);
      } else if (!isTaken) {
        const block = blockOf(first, count);
        blocks.add(block);
        plain.push(block);
      }
      for (let number = 0; number < 70; number++) {
        const id = itemId(PREFIX, number);
        assertEquals(blocks.locate(id)?.block, plain.find((block) => block.rowOf(id) >= 0));
      }
      assertEquals([...blocks], plain.toSorted((a, b) => a.firstNumber - b.firstNumber));
    }
  }));
  assertEquals(new ItemBlocks().locate(itemId(PREFIX, 0)), undefined);
});
