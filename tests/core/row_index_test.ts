import { assertEquals, assertStrictEquals } from "@std/assert";
import { MAX_ROWS, type Row, RowIndex } from "../../core/row_index.ts";
import { TaskBlock } from "../../engine/task_block.ts";
import { packUuid, UUID_WORDS, uuidv7 } from "../../core/uuid.ts";
import { Random } from "../helpers/random.ts";
import { origin } from "../helpers/task_record.ts";

function packed(id: string): Uint32Array {
  const words = new Uint32Array(UUID_WORDS);
  packUuid(id, words);
  return words;
}

function addBlock(index: RowIndex<TaskBlock>): [id: string, row: Row<TaskBlock>][] {
  const block = new TaskBlock(origin(), MAX_ROWS, 0);
  return Array.from({ length: MAX_ROWS }, () => {
    const id = uuidv7();
    const row = block.push(packed(id), 0, new Uint8Array());
    index.add(block, row);
    return [id, { block, row }];
  });
}

Deno.test("RowIndex finds what is listed and nothing else, however it grew and shrank", () => {
  const random = new Random(3);
  const index = new RowIndex<TaskBlock>();
  const listed = new Map<string, Row<TaskBlock>>();
  const gone: string[] = [];
  for (const share of [0.2, 0.2, 0.7, 0.5, 0.2, 0.97, 0.3, 1]) {
    for (let blocks = 0; blocks < 16; blocks++) for (const [id, row] of addBlock(index)) listed.set(id, row);
    for (const [id, { block, row }] of listed) {
      if (random.next() >= share) continue;
      index.delete(block, row);
      listed.delete(id);
      gone.push(id);
    }
    assertEquals(index.size, listed.size);
    for (const [id, { block, row }] of listed) {
      const found = index.find(packed(id))!;
      assertStrictEquals(found.block, block);
      assertEquals(found.row, row);
    }
    for (const id of gone) assertEquals(index.find(packed(id)), undefined);
    assertEquals(new Set(index.blocks), new Set([...listed.values()].map(({ block }) => block)));
  }
  assertEquals([index.size, index.blocks], [0, []]);
});
