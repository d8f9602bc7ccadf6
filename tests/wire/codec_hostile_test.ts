import { assert, assertEquals, assertNotStrictEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { TaskError } from "../../core/errors.ts";
import { ENVELOPE_BUDGET } from "../../wire/decode_budget.ts";
import { decode, encode } from "../../wire/codec.ts";
import { cpuMs } from "../helpers/cpu_time.ts";

function hex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromHex(text.replaceAll(" ", ""));
}

function refusal(bytes: Uint8Array, options?: Parameters<typeof decode>[1]): string {
  const error = assertThrows(() => decode(bytes, options), TaskError);
  assertEquals(error.code, "MALFORMED_MESSAGE");
  assert(/^Cannot decode the message at byte \d+: ./.test(error.message), error.message);
  return error.message;
}

/** A value with every type that has a form of its own on the wire. */
function everything(): unknown {
  return {
    plain: [null, true, -1, 200, 70_000, -70_000, 2 ** 40, 1.5, "text", "ünïcode ".repeat(20), "x".repeat(300)],
    undefined: undefined,
    dates: [new Date(0), new Date(1.5e12 + 1), new Date(-1), new Date(NaN)],
    big: [1n, -(2n ** 70n)],
    surrogate: "\uD800",
    map: new Map<unknown, unknown>([[1, new Set([2])]]),
    // deno-lint-ignore no-sparse-arrays
    sparse: [, 1, , 2],
    bytes: [new Uint8Array(40), new Float64Array(2), new ArrayBuffer(3), new DataView(new ArrayBuffer(2))],
    pattern: /a/g,
    url: new URL("https://example.com/"),
    error: Object.assign(new AggregateError([new TypeError("t")], "m", { cause: 1 }), { field: { a: 1 } }),
  };
}

/** A small seeded generator (mulberry32), so that a failure can be repeated. */
function seeded(seed: number): () => number {
  return () => {
    seed = seed + 0x6d2b79f5 | 0;
    let t = Math.imul(seed ^ seed >>> 15, 1 | seed);
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
    return (t ^ t >>> 14) >>> 0;
  };
}

Deno.test("decode() refuses every truncation of a message", () => {
  const bytes = encode(everything());
  for (let length = 0; length < bytes.length; length++) refusal(bytes.subarray(0, length));
  decode(bytes);
});

Deno.test("decode() takes or refuses messages with any byte changed", () => {
  const random = seeded(7);
  const bytes = encode(everything());
  for (let i = 0; i < 20 * bytes.length; i++) {
    const changed = bytes.slice();
    changed[i % bytes.length] = random();
    decodesOrRefuses(changed);
  }
});

Deno.test("decode() takes or refuses random bytes", () => {
  const random = seeded(42);
  const starts = [0x80, 0x8f, 0x90, 0x9f, 0xc4, 0xc7, 0xc8, 0xc9, 0xd4, 0xd8, 0xdb, 0xdc, 0xdd, 0xde, 0xdf];
  for (let i = 0; i < 20_000; i++) {
    const bytes = Uint8Array.from({ length: random() % 64 }, () => random() >>> 8);
    // Most bytes are small numbers by themselves: begin half of the messages with something that has parts.
    if (i % 2 === 0 && bytes.length > 2) {
      bytes[0] = starts[random() % starts.length];
      bytes[2] = random() % 12;
    }
    decodesOrRefuses(bytes);
  }
});

function decodesOrRefuses(bytes: Uint8Array): void {
  const start = cpuMs();
  try {
    decode(bytes);
  } catch (error) {
    assert(error instanceof TaskError && error.code === "MALFORMED_MESSAGE", `${bytes.toHex()}: ${error}`);
  }
  assert(cpuMs() - start < 1000, bytes.toHex());
}

Deno.test("decode() allocates nothing by a claimed length", () => {
  const claims = [
    ...["dd ffffffff", "df ffffffff", "c6 ffffffff", "db ffffffff", "c9 ffffffff 03", "c9 ffffffff 06", "de ffff 00"],
    // Inside an extension, what comes after it does not count.
    ...["c7 05 03 ddffffffff", "c7 02 03 9300 010203", "c7 02 03 a561 62636465"],
    ...["c7 02 04 c405 0102030405", "c7 01 03 cb 0102030405060708", "c7 01 02 00", "d4 06 ff", "c7 00 06"],
    // Each level claims all that is left.
    "dd0000fff0".repeat(200) + "00".repeat(0xffff),
  ];
  const before = Deno.memoryUsage();
  for (const claim of claims) refusal(hex(claim));
  // An array with holes may well be this long.
  assertEquals((decode(hex("c7 05 05 cefffffffe")) as unknown[]).length, 2 ** 32 - 2);
  const after = Deno.memoryUsage();
  assert(after.external - before.external < 50e6 && after.heapTotal - before.heapTotal < 100e6);
});

Deno.test("decode() sets nothing aside for the holes of an array", () => {
  const before = Deno.memoryUsage().heapTotal;
  const arrays = Array.from({ length: 5 }, () => decode(hex("c7 07 05 ce01c9c380 0501")) as unknown[]);
  assertEquals(arrays.map((array) => [array.length, array[5]]), new Array(5).fill([30_000_000, 1]));
  assert(Deno.memoryUsage().heapTotal - before < 100e6);
});

Deno.test("decode() refuses large arrays that announce the same bytes on every level", () => {
  const level = hex("dd 00ff0000");
  const bytes = new Uint8Array(17 << 20);
  for (let i = 0; i < 200; i++) bytes.set(level, i * level.length);
  assert(refusal(bytes).includes("arrays announce more elements than there are bytes"));
});

Deno.test("decode() refuses arrays that cannot be", () => {
  for (const length of ["cf0000000100000000", "cb3ff8000000000000", "ff", "a161", "c0", "90"]) {
    const size = (length.length / 2).toString(16).padStart(2, "0");
    refusal(hex(`c7 ${size} 05 ${length}`));
  }
  // A length of three, and an index of three, a repeated one, a descending one, one without a value.
  for (const pairs of ["0300", "00000000", "01000000", "00"]) {
    refusal(hex(`c7 ${(1 + pairs.length / 2).toString(16).padStart(2, "0")} 05 03 ${pairs}`));
  }
  assertEquals((decode(hex("c7 05 05 ceffffffff")) as unknown[]).length, 2 ** 32 - 1);
});

Deno.test("decode() refuses what is not one value", () => {
  const malformed: Record<string, string> = {
    "nothing": "",
    "a second value": "0101",
    "the unused code": "c1",
    "an unknown extension": "d4 7f 00",
    "an unknown negative extension": "d4 80 00",
    "an unknown constant": "d4 00 07",
    "a constant of two bytes": "d5 00 0000",
    "invalid UTF-8": "a2 c328",
    "invalid UTF-8 in a long string": "d9 80" + "ff".repeat(128),
    "an encoded surrogate": "a3 eda080",
    "an overlong encoding": "a2 c080",
    "invalid UTF-8 in a key": "81 a1ff 00",
    "a number as a key": "81 01 02",
    "nil as a key": "81 c0 02",
    "an array as a key": "81 90 02",
    "half a UTF-16 unit": "c7 03 01 000000",
    "a bigint without magnitude": "d4 02 00",
    "a bigint with another sign": "d5 02 0201",
    "a map with a key left over": "d4 03 01",
    "floats with bytes left over": "c7 04 06 0c 000000",
    "a timestamp of three bytes": "c7 03 ff 000000",
    "a timestamp with too many nanoseconds": "d7 ff ffffffff 00000000",
    "a timestamp beyond what a Date holds": "c7 0c ff 00000000 7fffffffffffffff",
    "a pattern that is none": "c7 03 07 a128 a0",
    "flags that are none": "c7 04 07 a161 a161",
    "a URL that is none": "c7 02 08 a178",
    "an extension with more than its value": "c7 04 07 a161 a0 00",
    "an extension whose end is within an array": "92 c7 04 07 a161 a0 00",
    "an error with a number for a name": "c7 05 09 a145 01 a0 c0 00",
    "an error with a number for a stack": "c7 07 09 a145 a145 a0 01 00",
  };
  for (const [what, bytes] of Object.entries(malformed)) {
    const message = refusal(hex(bytes));
    assert(!message.includes("nested deeper"), `${what}: ${message}`);
  }
});

Deno.test("decode() says at which byte", () => {
  assert(refusal(hex("93 01 02 c1")).startsWith("Cannot decode the message at byte 4: 0xc1"));
  assert(refusal(hex("92 01 a2c328")).startsWith("Cannot decode the message at byte 3: "));
});

Deno.test("decode() refuses depth, in every kind of container, without running out of stack", () => {
  const repeated = (part: string, times: number) => hex(part.repeat(times) + "c0");
  for (const part of ["91", "81a161", "dc0001", "de0001a161"]) {
    decode(repeated(part, 256));
    assert(refusal(repeated(part, 257)).includes("nested deeper than 256 levels"));
    assert(refusal(repeated(part, 100_000)).includes("nested deeper"));
  }
  for (const type of ["03", "04", "05", "09"]) refusal(nestedExtensions(type, 10_000));
  refusal(repeated("91", 1_000_000), { maxDepth: Infinity });
  assertEquals(decode(hex("91 91 01"), { maxDepth: 2 }), [[1]]);
  refusal(hex("91 91 91"), { maxDepth: 2 });
});

/** Extensions in each other, all of which claim to hold what is left. */
function nestedExtensions(type: string, levels: number): Uint8Array {
  const head = type === "05" ? "0100" : type === "09" ? "a0a0a0c001" : type === "03" ? "01" : "";
  const size = 6 + head.length / 2;
  const parts = Array.from({ length: levels }, (_, i) => {
    const content = size * (levels - i) - 6 + 1;
    return `c9${content.toString(16).padStart(8, "0")}${type}${head}`;
  });
  return hex(parts.join("") + "c0");
}

Deno.test("decode() makes an own property of __proto__ and its like", () => {
  const value = JSON.parse(`{"__proto__": {"polluted": 1}, "constructor": {"prototype": 2}, "toString": 3, "a": 4}`);
  const arrived = withProtoAccessor(() => decode(encode(value))) as object;
  assertStrictEquals(Object.getPrototypeOf(arrived), Object.prototype);
  assertEquals(Object.keys(arrived), ["__proto__", "constructor", "toString", "a"]);
  assertEquals(Object.getOwnPropertyDescriptor(arrived, "__proto__"), {
    value: { polluted: 1 },
    writable: true,
    enumerable: true,
    configurable: true,
  });
  assertEquals(({} as { polluted?: number }).polluted, undefined);
  assertEquals(JSON.stringify(arrived), JSON.stringify(value));
});

/** Deno removes this accessor from Object.prototype, except with --unstable-unsafe-proto. */
function withProtoAccessor<T>(run: () => T): T {
  Object.defineProperty(Object.prototype, "__proto__", {
    configurable: true,
    get() {
      return Object.getPrototypeOf(this);
    },
    set(prototype: object) {
      Object.setPrototypeOf(this, prototype);
    },
  });
  try {
    return run();
  } finally {
    Reflect.deleteProperty(Object.prototype, "__proto__");
  }
}

Deno.test("decode() copies bytes unless views are asked for", () => {
  const message = encode({ bytes: Uint8Array.of(1, 2, 3), floats: new Float64Array([1]) });
  const copy = decode(message) as { bytes: Uint8Array };
  assertNotStrictEquals(copy.bytes.buffer, message.buffer);
  assertEquals(copy.bytes.buffer.byteLength, 3);
  const view = decode(message, { views: true }) as { bytes: Uint8Array; floats: Float64Array };
  assertStrictEquals(view.bytes.buffer, message.buffer);
  assertEquals(view.bytes, Uint8Array.of(1, 2, 3));
  assertNotStrictEquals(view.floats.buffer, message.buffer);
});

Deno.test("decode() copies out of a Buffer too, and reads views at any offset", () => {
  const message = encode(["é".repeat(80), Uint8Array.of(1, 2), 1.5, new Float32Array([2])]);
  const padded = new Uint8Array(message.length + 3);
  padded.set(message, 3);
  assertEquals(decode(padded.subarray(3)), decode(message));
  const buffer = Buffer.from(message);
  const arrived = decode(buffer) as Uint8Array[];
  assertStrictEquals(arrived[1].constructor, Uint8Array);
  assertEquals(arrived[1].buffer.byteLength, 2);
});

Deno.test("decode() keeps keys apart that share a place in its cache", () => {
  const names = Array.from({ length: 5000 }, (_, i) => `key${i * 7919 % 5000}`);
  const value = Object.fromEntries(names.map((name, i) => [name, i]));
  for (let i = 0; i < 3; i++) assertEquals(decode(encode(value)), value);
  // A byte above 0x7f is no UTF-8 by itself, though it is the code of a character: "é" is c3 a9, its code e9. Many
  // keys, for some of them to have the place of their own codes.
  for (let code = 0x80; code <= 0xff; code++) {
    for (let letter = 0x20; letter <= 0x7e; letter++) {
      decode(encode({ [String.fromCharCode(0x61, letter, code)]: 1 }));
      refusal(Uint8Array.of(0x81, 0xa3, 0x61, letter, code, 1));
    }
  }
});

// -- Envelopes of strangers --

Deno.test("decode() with an envelope's budget leaves unread what costs many times its bytes, and reads what is around it", () => {
  const { map, sparse, pattern, url, ...rest } = everything() as Record<string, unknown>;
  const unread = decode(encode([1, map, sparse, pattern, url, new Set([1]), "behind"]), {
    budget: ENVELOPE_BUDGET,
  }) as unknown[];
  assertEquals([unread[0], unread[6]], [1, "behind"]);
  for (const value of unread.slice(1, 6)) {
    assertEquals(Object.prototype.toString.call(value), "[object Object]");
    assertNotStrictEquals(Object.getPrototypeOf(value), Object.prototype);
    assert(Object.isFrozen(value));
  }
  assertEquals(decode(encode(rest), { budget: ENVELOPE_BUDGET }), rest);
});
