import { assertEquals, assertThrows } from "@std/assert";
import { ByteRoom, requireBufferedBytes } from "../../core/byte_room.ts";

Deno.test("ByteRoom takes those that are on their way to be as large as those that came", () => {
  const room = new ByteRoom(100);
  assertEquals([room.hasRoomFor(31), room.hasRoomFor(32)], [true, false], "nothing is known");
  room.enter(20);
  assertEquals([room.hasRoomFor(3), room.hasRoomFor(4)], [true, false]);
  room.enter(20);
  room.leave(20);
  assertEquals([room.hasRoomFor(3), room.hasRoomFor(4)], [true, false]);
});

Deno.test("ByteRoom has room for one, however large it is", () => {
  const room = new ByteRoom(100);
  room.enter(1000);
  assertEquals(room.hasRoomFor(0), false);
  room.leave(1000);
  assertEquals([room.hasRoomFor(0), room.hasRoomFor(1)], [true, false]);
});

Deno.test("requireBufferedBytes() takes numbers from 1", () => {
  for (const value of [undefined, 1, 0.5 + 1, Infinity]) requireBufferedBytes(value);
  for (const value of [0, -1, NaN]) assertThrows(() => requireBufferedBytes(value), RangeError);
  for (const value of ["5", null]) assertThrows(() => requireBufferedBytes(value), TypeError);
});
