import { assertEquals } from "@std/assert";
import { Acknowledgements } from "../../client/acknowledgements.ts";

function setUp() {
  const pushes: unknown[] = [];
  const arrived = Promise.withResolvers<void>();
  const acknowledgements = new Acknowledgements((topic, body) => {
    pushes.push([topic, body]);
    arrived.resolve();
  });
  return { acknowledgements, pushes, arrived: arrived.promise };
}

Deno.test("Acknowledgements of items leave with what is sent next, together with those of tasks", () => {
  const { acknowledgements, pushes } = setUp();
  acknowledgements.addItems("a", 0);
  acknowledgements.addItems("a", 100);
  acknowledgements.add(["b"]);
  acknowledgements.send();
  acknowledgements.close();
  assertEquals(pushes, [["ack", ["b"]], ["ackItems", [["a", 0], ["a", 100]]]]);
});

Deno.test("Acknowledgements of items leave by themselves", async () => {
  const { acknowledgements, pushes, arrived } = setUp();
  acknowledgements.addItems("a", 0);
  acknowledgements.addItems("b", 5);
  for (let turn = 0; turn < 100; turn++) await null;
  assertEquals(pushes, []);
  await arrived;
  assertEquals(pushes, [["ackItems", [["a", 0], ["b", 5]]]]);
});

Deno.test("Acknowledgements go in messages of 10,000", () => {
  const { acknowledgements, pushes } = setUp();
  acknowledgements.add(Array.from({ length: 10_001 }, (_, n) => `${n}`));
  for (let n = 0; n < 10_001; n++) acknowledgements.addItems("a", n);
  acknowledgements.close();
  assertEquals((pushes as [string, unknown[]][]).map(([topic, { length }]) => [topic, length]), [
    ["ack", 10_000],
    ["ack", 1],
    ["ackItems", 10_000],
    ["ackItems", 1],
  ]);
});
