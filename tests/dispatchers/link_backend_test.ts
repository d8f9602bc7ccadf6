import { assertEquals } from "@std/assert";
import { AwaitedGroups } from "../../client/awaited_groups.ts";
import type { Link } from "../../client/link.ts";
import type { Outcome, Work } from "../../dispatchers/backend.ts";
import { LinkBackend } from "../../dispatchers/link_backend.ts";
import { FixedWindow } from "../../dispatchers/window.ts";
import { type Task, task } from "../../mod.ts";
import { resultBudget } from "../../wire/decode_budget.ts";
import { toWirePacked, ValuePacker } from "../../wire/packed_values.ts";

const TRAITS = { options: {}, chunkSize: 1 };

/** A server that answers at once, and gives results when the test says so. */
function setUp() {
  const parts: number[] = [];
  let groupId = "";
  let ended = 0;
  const groups = new AwaitedGroups(() => {});
  const link = {
    groups,
    maxFrameBytes: 1 << 26,
    resultBudget: resultBudget(),
    awaited: { forget() {} },
    call(command: string, body: { group: [string, number]; items: [number, [Uint8Array, Uint8Array]] }) {
      if (command !== "submit") return Promise.resolve(0);
      parts.push(body.items[1][0].length / 4);
      groupId = body.group[0];
      return Promise.resolve(1);
    },
  } as unknown as Link;
  const backend = new LinkBackend(link, new FixedWindow());
  const double = (x: number) => 2 * x;
  return {
    backend,
    parts,
    start(count: number) {
      for (let n = 0; n < count; n++) backend.start(new OneTask(task(double, n), () => ended++));
    },
    /** The first `count` items, from this number on, have ended. */
    end(first: number, count: number) {
      const packer = new ValuePacker();
      for (let n = 0; n < count; n++) packer.add(n);
      groups.onItems([groupId, first, null, toWirePacked(packer.take()), 1, 1, 2, 3]);
    },
    get ended() {
      return ended;
    },
  };
}

class OneTask implements Work {
  readonly asked = 0;
  readonly tasks: readonly Task[];
  readonly traits = TRAITS;
  left = 1;
  #onEnd: (outcome: Outcome) => void;

  constructor(task: Task, onEnd: (outcome: Outcome) => void) {
    this.tasks = [task];
    this.#onEnd = onEnd;
  }

  settle(_: number, outcome: Outcome): void {
    this.left--;
    this.#onEnd(outcome);
  }
}

Deno.test("LinkBackend sends what one turn starts together, however much it is", async () => {
  const server = setUp();
  server.start(900);
  assertEquals(server.parts, []);
  await null;
  assertEquals(server.parts, [900]);
  server.end(0, 900);
  assertEquals(server.ended, 900);
});

Deno.test("LinkBackend gathers while the server has plenty: until it is as much as that has, or somebody waits", async () => {
  const server = setUp();
  server.start(1000);
  await null;
  server.end(0, 500);
  server.start(499);
  await null;
  assertEquals(server.parts, [1000]);
  // Who waits gets results soon: the server has more than what was gathered.
  server.backend.hurry();
  await null;
  assertEquals(server.parts, [1000]);
  server.start(1);
  assertEquals(server.parts, [1000, 500]);
  server.end(500, 500);
  server.end(1000, 300);
  server.start(100);
  server.end(1300, 100);
  await null;
  assertEquals(server.parts, [1000, 500]);
  server.backend.hurry();
  await null;
  assertEquals(server.parts, [1000, 500, 100]);
  await server.backend.close();
});

Deno.test("LinkBackend sends what was gathered when nothing else happens", async () => {
  const server = setUp();
  server.start(1000);
  await null;
  server.end(0, 10);
  server.start(10);
  while (server.parts.length < 2) await new Promise((resolve) => setTimeout(resolve));
  assertEquals(server.parts, [1000, 10]);
  await server.backend.close();
});
