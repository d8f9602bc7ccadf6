import { assert, assertEquals, assertThrows } from "@std/assert";
import { NotSendable } from "../../core/errors.ts";
import { decode, encode, Encoder } from "../../wire/codec.ts";

/** The size of what an encoder holds on to. */
function heldBytes(encoder: Encoder): number {
  return encoder.view().buffer.byteLength;
}

Deno.test("Encoder.write() appends one value after the other", () => {
  const encoder = new Encoder(1);
  encoder.write({ a: 1 });
  const first = encoder.length;
  encoder.write("x".repeat(1000));
  assertEquals(decode(encoder.view().slice(0, first)), { a: 1 });
  assertEquals(decode(encoder.view().slice(first)), "x".repeat(1000));
});

Deno.test("Encoder.write() leaves nothing behind when it refuses", () => {
  const encoder = new Encoder();
  encoder.write(1);
  assertThrows(() => encoder.write(["a lot before it", new Map([["k", () => {}]])]), NotSendable);
  assertEquals(encoder.length, 1);
  encoder.write(2);
  assertEquals([...encoder.take()], [1, 2]);
});

Deno.test("Encoder.reserve() and patchUint32() build a frame in place", () => {
  const encoder = new Encoder(2);
  encoder.write("earlier, to be overwritten");
  encoder.clear();
  const at = encoder.reserve(4);
  assertEquals([...encoder.view()], [0, 0, 0, 0]);
  encoder.write(["message"]);
  encoder.patchUint32(at, encoder.length - 4);
  const frame = encoder.take();
  assertEquals(new DataView(frame.buffer, frame.byteOffset).getUint32(0), frame.length - 4);
  assertEquals(decode(frame.subarray(4)), ["message"]);
});

Deno.test("Encoder.patchUint32() and truncate() refuse offsets that are not there", () => {
  const encoder = new Encoder();
  encoder.reserve(4);
  for (const offset of [-1, 1, 4, NaN]) assertThrows(() => encoder.patchUint32(offset, 1), RangeError);
  for (const length of [-1, 5, NaN]) assertThrows(() => encoder.truncate(length), RangeError);
  encoder.truncate(0);
  assertEquals(encoder.length, 0);
});

Deno.test("Encoder.take() gives bytes that later writes leave alone", () => {
  const encoder = new Encoder();
  encoder.write("first");
  const first = encoder.take();
  assertEquals(encoder.length, 0);
  encoder.write("other");
  assertEquals(decode(first), "first");
});

Deno.test("Encoder gives back the memory of a large message", () => {
  const encoder = new Encoder();
  for (const finish of [() => encoder.take(), () => encoder.clear()]) {
    encoder.write(new Uint8Array(3 << 20));
    finish();
    assert(heldBytes(encoder) <= 1 << 20, `${heldBytes(encoder)} bytes are still held`);
  }
  encoder.write(new Uint8Array(100_000));
  encoder.take();
  const held = heldBytes(encoder);
  encoder.write(new Uint8Array(100_000));
  assertEquals(heldBytes(encoder), held);
});

Deno.test("encode() gives bytes without much memory behind them", () => {
  for (const size of [10, 5000, 700_000, 2 << 20, 5 << 20]) {
    const bytes = encode(new Uint8Array(size));
    assert(bytes.buffer.byteLength <= 2 * bytes.length, `${bytes.buffer.byteLength} for ${bytes.length}`);
  }
});
