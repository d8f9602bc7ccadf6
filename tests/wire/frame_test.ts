import { assert, assertEquals, assertThrows } from "@std/assert";
import { TaskError } from "../../core/errors.ts";
import { ownBytes } from "../../core/own_bytes.ts";
import { encode } from "../../wire/codec.ts";
import { ENVELOPE_BUDGET } from "../../wire/decode_budget.ts";
import { FrameDecoder } from "../../wire/frame.ts";
import { Random } from "../helpers/random.ts";

const KIB = 1024;

function framed(payload: Uint8Array, claimed = payload.length): Uint8Array {
  const bytes = new Uint8Array(4 + payload.length);
  new DataView(bytes.buffer).setUint32(0, claimed);
  bytes.set(payload, 4);
  return bytes;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Feeds bytes in reads of the given sizes; gives copies of the frames, and "refused" where a limit was met. */
function feed(decoder: FrameDecoder, bytes: Uint8Array, readSize: () => number): string[] {
  const frames: string[] = [];
  try {
    for (let at = 0; at < bytes.length;) {
      const space = decoder.space();
      assert(space.length > 0, "space() is never empty");
      const count = Math.min(space.length, Math.max(1, readSize()), bytes.length - at);
      space.set(bytes.subarray(at, at + count));
      decoder.advance(count);
      at += count;
      for (let frame = decoder.next(); frame !== null; frame = decoder.next()) frames.push(frame.toHex());
    }
  } catch (error) {
    assert(error instanceof TaskError && error.code === "FRAME_TOO_LARGE", String(error));
    frames.push("refused");
  }
  return frames;
}

Deno.test("FrameDecoder.next() gives the same frames however the bytes are split", () => {
  const random = new Random(11);
  for (let round = 0; round < 60; round++) {
    const payloads = Array.from({ length: random.int(1, 30) }, () => {
      const size = random.pick([0, 1, 3, 100, 4 * KIB, 16 * KIB, 40 * KIB]);
      return random.bytes(random.int(0, size));
    });
    const decoder = new FrameDecoder(64 * KIB);
    const most = random.pick([1, 2, 5, 100, 5000, 1e9]);
    const stream = joined(payloads.map((payload) => framed(payload)));
    // Byte by byte only where it does not take for ever.
    const readSize = () => random.int(1, stream.length > 20_000 ? Math.max(most, 100) : most);
    assertEquals(feed(decoder, stream, readSize), payloads.map((payload) => payload.toHex()));
    assert(decoder.isBetweenFrames);
  }
});

Deno.test("FrameDecoder.next() makes the same of any bytes, refusal included, however they are split", () => {
  const random = new Random(12);
  let refusals = 0;
  for (let round = 0; round < 500; round++) {
    const parts: Uint8Array[] = [];
    for (let n = random.int(0, 6); n > 0; n--) {
      const payload = random.bytes(random.int(0, 60));
      const kind = random.next();
      if (kind < 0.7) parts.push(framed(payload));
      else if (kind < 0.8) parts.push(framed(payload, payload.length + random.int(-3, 3) & 0x7f));
      else if (kind < 0.9) parts.push(framed(payload, random.int(90, 2 ** 32 - 1)));
      else parts.push(payload);
    }
    const stream = joined(parts);
    const whole = feed(new FrameDecoder(100), stream, () => Infinity);
    refusals += whole.at(-1) === "refused" ? 1 : 0;
    for (let again = 0; again < 4; again++) {
      const most = random.pick([1, 3, 20]);
      assertEquals(feed(new FrameDecoder(100), stream, () => random.int(1, most)), whole);
    }
  }
  assert(refusals > 50, "the fuzzing reaches the limit");
});

Deno.test("FrameDecoder.next() refuses a frame over the limit as soon as its length is there, and takes one at it", () => {
  const decoder = new FrameDecoder(10);
  assertEquals(feed(decoder, framed(new Uint8Array(10)), () => 1).length, 1);
  const header = framed(new Uint8Array(), 11);
  assertEquals(feed(decoder, header.subarray(0, 3), () => 1), []);
  decoder.space()[0] = header[3];
  decoder.advance(1);
  const error = assertThrows(
    () => decoder.next(),
    TaskError,
    "Cannot read a frame of 11 bytes: at most 10 are allowed",
  );
  assertEquals(error.code, "FRAME_TOO_LARGE");
});

Deno.test("FrameDecoder.next() reads a length of 4 GiB as that, not as a negative number", () => {
  assertEquals(feed(new FrameDecoder(1e6), framed(new Uint8Array(), 2 ** 32 - 1), () => 4), ["refused"]);
  assertEquals(feed(new FrameDecoder(1e6), framed(new Uint8Array(), 2 ** 31), () => 4), ["refused"]);
});

Deno.test("FrameDecoder.maxFrameBytes holds for the next frame when it is raised", () => {
  const decoder = new FrameDecoder(4);
  const stream = joined([framed(new Uint8Array(4)), framed(new Uint8Array(5))]);
  decoder.space().set(stream);
  decoder.advance(stream.length);
  assertEquals(decoder.next()?.length, 4);
  decoder.maxFrameBytes = 5;
  assertEquals(decoder.next()?.length, 5);
});

Deno.test("FrameDecoder.space() grows with what has arrived, not with what a length claims", () => {
  const decoder = new FrameDecoder(64 * KIB * KIB);
  const bytes = framed(new Uint8Array(300 * KIB), 60 * KIB * KIB);
  for (let at = 0; at < bytes.length;) {
    const space = decoder.space();
    assert(space.buffer.byteLength <= Math.max(16 * KIB, 4 * at), `${space.buffer.byteLength} for ${at} bytes`);
    const count = Math.min(1000, bytes.length - at, space.length);
    space.set(bytes.subarray(at, at + count));
    decoder.advance(count);
    assertEquals(decoder.next(), null);
    at += count;
  }
});

Deno.test("FrameDecoder.space() lets a large buffer go when it is empty", () => {
  const decoder = new FrameDecoder(64 * KIB * KIB);
  feed(decoder, framed(new Uint8Array(3 * KIB * KIB)), () => 100_000);
  assertEquals(decoder.space().buffer.byteLength, 16 * KIB);
});

Deno.test("FrameDecoder.isBetweenFrames is false within a frame and within a length", () => {
  const bytes = framed(new Uint8Array([1, 2]));
  for (let arrived = 0; arrived <= bytes.length; arrived++) {
    const decoder = new FrameDecoder(10);
    feed(decoder, bytes.subarray(0, arrived), () => 1);
    assertEquals(decoder.isBetweenFrames, arrived === 0 || arrived === bytes.length, `after ${arrived} bytes`);
  }
});

Deno.test("FrameDecoder reads a large frame to where it stays, in memory that has been filled by a quarter before", () => {
  const MIB = KIB * KIB;
  const decoder = new FrameDecoder(64 * MIB);
  const payload = new Uint8Array(40 * MIB).fill(7);
  const bytes = joined([framed(payload), framed(Uint8Array.of(1, 2))]);
  let frame: Uint8Array | null = null;
  for (let at = 0; frame === null;) {
    const space = decoder.space();
    assert(space.buffer.byteLength <= Math.max(16 * KIB, 4 * at), `${space.buffer.byteLength} for ${at} bytes`);
    const count = Math.min(100_000, bytes.length - at, space.length);
    space.set(bytes.subarray(at, at + count));
    decoder.advance(count);
    at += count;
    frame = decoder.next();
  }
  // Not copied, and not written over by what is read next.
  assertEquals(ownBytes(frame).buffer, frame.buffer);
  assertEquals(feed(decoder, framed(new Uint8Array(3 * MIB)), () => 1e6).length, 1);
  assert(frame.every((byte) => byte === 7));
});

Deno.test("FrameDecoder hands a large frame over, and keeps what came behind it in the same read", () => {
  const decoder = new FrameDecoder(64 * KIB * KIB);
  // A buffer that grew for what is not exact: many frames of which the last is most of it.
  const large = new Uint8Array(1500 * KIB).fill(9);
  const stream = joined([framed(new Uint8Array(900 * KIB)), framed(large), framed(Uint8Array.of(5))]);
  const frames: Uint8Array[] = [];
  for (let at = 0; at < stream.length;) {
    const space = decoder.space();
    const count = Math.min(space.length, stream.length - at);
    space.set(stream.subarray(at, at + count));
    decoder.advance(count);
    at += count;
    for (let frame = decoder.next(); frame !== null; frame = decoder.next()) frames.push(ownBytes(frame));
  }
  assertEquals(frames.map(({ length }) => length), [900 * KIB, 1500 * KIB, 1]);
  assert(frames[1].every((byte) => byte === 9));
  assertEquals(frames[2], Uint8Array.of(5));
});

Deno.test("W1: FrameDecoder refuses a large frame of what has no payload as soon as its name is there", () => {
  const envelope = (kind: number, ...rest: unknown[]) => framed(encode([kind, ...rest]), 60 * KIB * KIB);
  const names = ENVELOPE_BUDGET.largeNames;
  const first = (bytes: Uint8Array, allowed: ReadonlySet<string> | null = names) =>
    feed(new FrameDecoder(64 * KIB * KIB, allowed), bytes.subarray(0, 100), () => 7);
  const padding = new Uint8Array(100);
  for (
    const [kind, ...rest] of [[3, "log"], [3, "ack"], [0, 2 ** 31, "query"], [0, 5, "status"], [4], [1, 5], [2, 9]]
  ) {
    assertEquals(first(envelope(kind as number, ...rest, padding)), ["refused"], `${kind} ${rest}`);
    assertEquals(first(envelope(kind as number, ...rest, padding), null), []);
  }
  for (const bytes of [framed(new Uint8Array(100), 2 ** 25), framed(new Uint8Array(100).fill(0x94), 2 ** 25)]) {
    assertEquals(first(bytes), ["refused"]);
  }
  for (const callId of [1, 200, 70_000, 2 ** 40]) assertEquals(first(envelope(0, callId, "submit", padding)), []);
  for (const topic of ["outcome", "items", "input"]) assertEquals(first(envelope(3, topic, padding)), []);
});
