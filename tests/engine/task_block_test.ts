import { assertEquals, assertStrictEquals } from "@std/assert";
import { packUuid, UUID_WORDS, uuidv7 } from "../../core/uuid.ts";
import { TaskBlock } from "../../engine/task_block.ts";
import { origin } from "../helpers/task_record.ts";

/** Fingerprints have up to 53 bits. */
const FINGERPRINT = 2 ** 52 + 2 ** 32 + 7;

/** Five tasks with none to four bytes of arguments, and room for one more. */
function setUp() {
  const block = new TaskBlock(origin(), 6, 10);
  const ids = Array.from({ length: 5 }, uuidv7);
  const rows = ids.map((id, n) => {
    const words = new Uint32Array(UUID_WORDS);
    packUuid(id, words);
    return block.push(words, FINGERPRINT + n, new Uint8Array(n).fill(n));
  });
  const remove = (row: number) => block.remove(block.recordOf(row));
  const amount = () => [block.length, block.inputBytes];
  return { block, ids, rows, remove, amount };
}

Deno.test("TaskBlock gives the records of what was packed, each made once", () => {
  const { block, ids, rows, amount } = setUp();
  assertEquals([rows, amount()], [[0, 1, 2, 3, 4], [5, 10]]);
  for (const row of rows.toReversed()) {
    const { id, fingerprint, input, place } = block.recordOf(row);
    assertEquals([id, fingerprint, [...input]], [ids[row], FINGERPRINT + row, Array(row).fill(row)]);
    assertEquals([place?.row, place?.isQueued, block.fingerprintOf(row)], [row, true, FINGERPRINT + row]);
    assertStrictEquals(block.recordOf(row), block.recordOf(row));
  }
});

Deno.test("TaskBlock counts what waits, whatever order it goes in, and the first that waits is next", () => {
  const { block, ids, remove, amount } = setUp();
  remove(1);
  assertEquals([block.waitingRows, block.first.id, amount()], [[0, 2, 3, 4], ids[0], [4, 9]]);
  remove(0);
  assertEquals([block.waitingRows, block.first.id, amount()], [[2, 3, 4], ids[2], [3, 9]]);
  remove(3);
  remove(2);
  assertEquals([block.waitingRows, block.first.id, amount()], [[4], ids[4], [1, 4]]);
  remove(4);
  assertEquals([block.waitingRows, amount()], [[], [0, 0]]);
});

Deno.test("TaskBlock has the records of what waits or has begun, until it is final", () => {
  const { block, remove } = setUp();
  for (const row of [0, 3]) remove(row);
  assertEquals(block.begun.map(({ place }) => place?.row), [0, 3]);
  block.forget(3);
  assertEquals(block.begun.map(({ place }) => place?.row), [0]);
  assertEquals([...block.records].map(({ place }) => place?.row).sort(), [0, 1, 2, 4]);
});

Deno.test("TaskBlock.kept() has what waits of a block that was kept, and its arguments once they are brought", () => {
  const { block: written, ids } = setUp();
  // As it is written: without the room that was left.
  const columns = Array.from({ length: 7 * 5 }, (_, at) => {
    return at < 20 ? written.numbers[at] : written.numbers[24 + Math.floor((at - 20) / 5) * 6 + (at - 20) % 5];
  });
  const block = TaskBlock.kept(origin(), Uint32Array.from(columns), (row) => row === 0 || row === 2);
  assertEquals([block.length, block.inputBytes, block.hasInputs, block.waitingRows], [3, 8, false, [1, 3, 4]]);
  const first = block.first;
  assertEquals([first.id, first.inputBytes, first.fingerprint], [ids[1], 1, FINGERPRINT + 1]);
  block.remove(first);
  block.bringInputs(Uint8Array.of(1, 2, 2, 3, 3, 3, 4, 4, 4, 4));
  assertEquals([[...first.input], [...block.recordOf(3).input], [...block.recordOf(4).input]], [
    [1],
    [3, 3, 3],
    [4, 4, 4, 4],
  ]);
  assertEquals([block.length, block.inputBytes, block.hasInputs], [2, 7, true]);
});
