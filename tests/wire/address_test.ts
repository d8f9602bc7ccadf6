import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type Address, DEFAULT_ADDRESS, formatAddress, isLoopback, parseAddress } from "../../wire/address.ts";

Deno.test("parseAddress() takes apart what formatAddress() puts together", () => {
  const hostname = fc.oneof(
    fc.domain(),
    fc.ipV4(),
    fc.ipV6(),
    fc.constantFrom("localhost", "my_host", "::", "0.0.0.0"),
  );
  const tcp: fc.Arbitrary<Address> = fc.record({
    transport: fc.constant("tcp" as const),
    hostname,
    port: fc.integer({ min: 0, max: 65535 }),
  });
  const unix: fc.Arbitrary<Address> = fc.string({ minLength: 1 })
    .map((name) => ({ transport: "unix" as const, path: `/run/${name}` }));
  fc.assert(fc.property(fc.oneof(tcp, unix), (address) => {
    assertEquals(parseAddress(formatAddress(address)), address);
  }));
});

Deno.test("parseAddress() reads the forms that its message shows", () => {
  assertEquals(parseAddress(DEFAULT_ADDRESS), { transport: "tcp", hostname: "127.0.0.1", port: 8089 });
  assertEquals(parseAddress("[::1]:8089"), { transport: "tcp", hostname: "::1", port: 8089 });
  assertEquals(parseAddress("unix:/run/palpable.sock"), { transport: "unix", path: "/run/palpable.sock" });
});

Deno.test("parseAddress() refuses what is not an address, and shows what is", () => {
  const wrong = [
    ...[
      "",
      "8089",
      ":8089",
      "host",
      "host:",
      "host:65536",
      "host:-1",
      "host:1e3",
      "host:123456",
      "host: 80",
      " host:80",
    ],
    ...["::1:80", "[::1]", "[::1]80", "[host]:80", "[]:80", "http://host:80", "host:80/path", "a b:80", "host:80\n"],
  ];
  for (const text of wrong) {
    assertThrows(() => parseAddress(text), RangeError, `Cannot use ${JSON.stringify(text)} as an address`);
  }
  for (const text of ["unix:", "unix:/", "unix:relative", "unix:./socket"]) {
    assertThrows(() => parseAddress(text), RangeError, 'a unix socket is written "unix:/absolute/path"');
  }
});

Deno.test("isLoopback() is true for what only this machine can reach", () => {
  for (const local of ["127.0.0.1:1", "127.9.8.7:1", "localhost:1", "[::1]:1", "unix:/x"]) {
    assert(isLoopback(parseAddress(local)), local);
  }
});

Deno.test("isLoopback() is false for any other host, also for one that looks like this machine", () => {
  const others = [
    "0.0.0.0:1",
    "[::]:1",
    "10.0.0.1:1",
    "127.0.0.1.example.com:1",
    "localhost.example.com:1",
    "128.0.0.1:1",
  ];
  for (const other of [...others, "1127.0.0.1:1", "127.1:1", "[fe80::1]:1"]) {
    assert(!isLoopback(parseAddress(other)), other);
  }
});
