import { assertEquals } from "@std/assert";
import { Newcomers, placesOf, type Waiting } from "../../host/newcomers.ts";

interface Named extends Waiting {
  name: string;
}

function newcomer(name: string, host: string, hasSpoken = false, isUnderWay = false): Named {
  return { name, host, hasSpoken, isUnderWay };
}

Deno.test("W6: strangers of one address take their places from each other, not from other addresses", () => {
  const newcomers = new Newcomers<Named>(8);
  newcomers.add(newcomer("honest", "10.0.0.1"));
  for (let i = 0; i < 1000; i++) {
    const gone = newcomers.add(newcomer(`${i}`, "10.6.6.6", i % 2 === 0));
    assertEquals(gone?.host ?? "10.6.6.6", "10.6.6.6");
  }
  assertEquals(newcomers.add(newcomer("second", "10.0.0.2"))?.host, "10.6.6.6");
  assertEquals([...newcomers].filter(({ host }) => host !== "10.6.6.6").map(({ name }) => name), ["honest", "second"]);
});

Deno.test("W6: of one address who has said nothing goes first, the oldest of them", () => {
  const newcomers = new Newcomers<Named>(3);
  newcomers.add(newcomer("spoke", "a", true));
  newcomers.add(newcomer("silent", "a"));
  newcomers.add(newcomer("silent, later", "a"));
  assertEquals(newcomers.add(newcomer("x", "a", true))?.name, "silent");
  assertEquals(newcomers.add(newcomer("y", "a", true))?.name, "silent, later");
  assertEquals(newcomers.add(newcomer("z", "a"))?.name, "spoke");
});

Deno.test("W6: who comes is refused rather than one whose handshake is dear and under way, but for another address", () => {
  const newcomers = new Newcomers<Named>(2);
  newcomers.add(newcomer("first", "a", false, true));
  newcomers.add(newcomer("second", "a", true, true));
  assertEquals(newcomers.add(newcomer("third", "a"))?.name, "third");
  assertEquals([...newcomers].map(({ name }) => name), ["first", "second"]);
  assertEquals(newcomers.add(newcomer("other", "b"))?.name, "first");
});

Deno.test("Newcomers.evict() gives null when there is nobody, and delete() of one that is not there does nothing", () => {
  const newcomers = new Newcomers<Named>(2);
  const one = newcomer("one", "a");
  newcomers.delete(one);
  assertEquals(newcomers.evict(), null);
  newcomers.add(one);
  assertEquals(newcomers.evict(), one);
  newcomers.delete(one);
  assertEquals([...newcomers], []);
});

Deno.test("placesOf() takes a network of IPv6 for one address, and IPv4 within IPv6 for IPv4", () => {
  assertEquals(placesOf("192.0.2.7"), "192.0.2.7");
  assertEquals(placesOf("::ffff:192.0.2.7"), "192.0.2.7");
  assertEquals(placesOf("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  assertEquals(placesOf("2001:db8:1:2::9"), "2001:db8:1:2::/64");
  assertEquals(placesOf("2001:DB8::1"), "2001:db8:0:0::/64");
  assertEquals(placesOf("::1"), "0:0:0:0::/64");
  assertEquals(placesOf("fe80::1%eth0"), "fe80:0:0:0::/64");
  assertEquals(placesOf("local connections"), "local connections");
});
