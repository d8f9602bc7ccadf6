import { assert, assertEquals, assertThrows } from "@std/assert";
import { AwaitedGroups } from "../../client/awaited_groups.ts";
import type { Submission } from "../../client/awaited_results.ts";
import type { Link } from "../../client/link.ts";
import { itemId, prefixOf } from "../../core/item_id.ts";
import type { Outcome, Work } from "../../dispatchers/backend.ts";
import { OpenGroup } from "../../dispatchers/open_group.ts";
import { NotSendable, QueueFull, TaskCancelled } from "../../core/errors.ts";
import { encode } from "../../wire/codec.ts";
import { resultBudget } from "../../wire/decode_budget.ts";
import type { Calls } from "../../wire/message.ts";
import { toWirePacked, ValuePacker } from "../../wire/packed_values.ts";

/** A group whose server answers when the test says so. */
function setUp({ maxItems, whenFull = "wait" }: { maxItems?: number; whenFull?: "wait" | "refuse" } = {}) {
  const calls: { command: string; body: unknown; answer: PromiseWithResolvers<never> }[] = [];
  const acknowledged: number[] = [];
  const groups = new AwaitedGroups((_, number) => acknowledged.push(number));
  const link = {
    groups,
    maxFrameBytes: 1 << 26,
    resultBudget: resultBudget(),
    awaited: { forget() {} },
    call(command: keyof Calls, body: unknown) {
      const answer = Promise.withResolvers<never>();
      calls.push({ command, body, answer });
      return answer.promise;
    },
  } as unknown as Link;
  const outcomes: [name: unknown, outcome: unknown][] = [];
  const traits = { options: {}, chunkSize: 3 };
  const profile = { timeoutMs: null } as Submission["profile"];
  const submission = { profile, waitForRoom: whenFull === "wait" } as Submission;
  const onEnded = (work: Work, index: number, outcome: Outcome) => {
    const { name } = work as unknown as { name: string };
    outcomes.push([`${name}${index}`, outcome.status === "succeeded" ? outcome.value : outcome.error]);
  };
  const group = new OpenGroup({ link, submission, traits, onEnded, maxItems });
  const add = (name: string, args: unknown[] = [name], index = 0) =>
    group.add({ name } as unknown as Work, index, args);
  /** The first number and the length of each part that was sent. */
  const parts = () =>
    calls.filter(({ command }) => command === "submit").map(({ body }) => {
      const [number, [ends], known] = (body as { items: [number, [Uint8Array, Uint8Array], Uint8Array | null] }).items;
      return [number, ends.length / 4, ...(known === null ? [] : [[...known]])];
    });
  return { group, groups, calls, outcomes, acknowledged, add, parts };
}

function push({ id }: OpenGroup, first: number, values: readonly unknown[], failed: readonly number[] = []) {
  const packer = new ValuePacker();
  for (const value of values) packer.add(value);
  const flags = failed.length === 0 ? null : Uint8Array.from(values, (_, at) => failed.includes(at) ? 1 : 0);
  return [id, first, flags, toWirePacked(packer.take()), 1, 100, 200, 300] as const;
}

const turn = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("OpenGroup sends what was gathered as one part, and gives each unit its outcome once", () => {
  const { group, groups, outcomes, acknowledged, add, parts } = setUp();
  for (const name of ["a", "b", "c"]) add(name, [name], name === "c" ? 2 : 0);
  assertEquals([parts(), group.size, groups.has(group.id)], [[], 3, false]);
  group.flush();
  add("d");
  group.flush();
  assertEquals([parts(), group.submission.group], [[[0, 3], [3, 1]], [group.id, 3]]);
  groups.onItems(push(group, 1, ["B", new RangeError("no")], [1]));
  groups.onItems(push(group, 0, ["A", "other"]));
  const [, [, error]] = outcomes as [unknown, [string, RangeError]];
  assertEquals(outcomes, [["b0", "B"], ["c2", error], ["a0", "A"]]);
  assert(error instanceof RangeError);
  assertEquals([group.size, group.isOver, groups.has(group.id)], [1, false, true]);
  // One that ended alone.
  groups.onResult([itemId(prefixOf(group.id), 3), "succeeded", 1, encode("D"), [], 1, 2, 3]);
  assertEquals([outcomes.at(-1), group.size, group.isOver], [["d0", "D"], 0, true]);
  assertEquals([groups.has(group.id), acknowledged], [false, [1, 0, 3]]);
});

Deno.test("OpenGroup forgets a part once all its results are here, and is waited for only while some are not", () => {
  const { group, groups, add } = setUp();
  for (let number = 0; number < 5000; number += 2) {
    add("a");
    add("b");
    group.flush();
    groups.onItems(push(group, number, [1]));
    // Whatever came before, the straggler holds its own part alone.
    if (number > 0) groups.onItems(push(group, number - 1, [2]));
    const left = [...group.missing()].map(({ firstNumber, known }) => [firstNumber, known && [...known]]);
    if (number < 14) assertEquals(left, [[number, [1, 0]]]);
    // The server has not answered for more than eight parts: the others wait here.
    else break;
  }
  assert(groups.has(group.id));
});

Deno.test("OpenGroup sends again what is not known, and says what is", () => {
  const { group, groups, add, parts } = setUp();
  for (const name of ["a", "b"]) add(name);
  group.flush();
  add("c");
  group.flush();
  groups.onItems(push(group, 2, ["C"]));
  groups.onItems(push(group, 1, ["B"]));
  const missing = [...group.missing()].map(({ firstNumber, inputs, known }) => [
    firstNumber,
    inputs.ends.length,
    known && [...known],
  ]);
  assertEquals(missing, [[0, 2, [0, 1]]]);
  assertEquals(parts(), [[0, 2], [2, 1]]);
});

Deno.test("OpenGroup gives a server with a small queue so many at a time; a refusal costs the part alone", async () => {
  const { group, calls, outcomes, add, parts } = setUp();
  for (const name of ["a", "b", "c", "d", "e"]) add(name);
  group.flush();
  calls[0].answer.reject(new QueueFull("full", 2));
  await turn();
  assertEquals(parts(), [[0, 5], [0, 2], [2, 2], [4, 1]]);
  for (const name of ["f", "g", "h"]) add(name);
  group.flush();
  assertEquals(parts().slice(4), [[5, 2], [7, 1]], "it is known by now");
  calls[2].answer.reject(new RangeError("no"));
  await turn();
  assertEquals(outcomes.map(([name]) => name), ["c0", "d0"]);
  assertEquals([group.isOpen, group.size], [true, 6]);
  const refusing = setUp({ whenFull: "refuse" });
  for (const name of ["a", "b"]) refusing.add(name);
  refusing.group.flush();
  refusing.calls[0].answer.reject(new QueueFull("full", 1));
  await turn();
  assert(refusing.outcomes.every(([, error]) => error instanceof QueueFull));
  assertEquals([refusing.outcomes.length, refusing.groups.size], [2, 0]);
});

Deno.test("OpenGroup has eight parts without an answer at most; what comes meanwhile goes together", async () => {
  const { group, calls, add, parts } = setUp();
  for (let n = 0; n < 20; n++) {
    add("a");
    group.flush();
  }
  assertEquals(parts(), Array.from({ length: 8 }, (_, n) => [n, 1]));
  calls[3].answer.resolve(1 as never);
  await turn();
  assertEquals(parts().slice(8), [[8, 12]]);
  // Nothing is late any more: what is gathered waits until it is told to go.
  add("b");
  calls[4].answer.resolve(1 as never);
  await turn();
  assertEquals(parts().length, 9);
});

Deno.test("OpenGroup that fails or is cancelled settles all, gathered or sent, and takes nothing more", async () => {
  for (const how of ["fail", "cancel"] as const) {
    const { group, groups, calls, outcomes, add } = setUp();
    add("a");
    group.flush();
    add("b");
    if (how === "cancel") group.cancel();
    else groups.fail(group.id, new RangeError("no"));
    assertEquals(outcomes.map(([name]) => name), ["a0", "b0"]);
    assert(outcomes.every(([, error]) => error instanceof (how === "cancel" ? TaskCancelled : RangeError)));
    assertEquals([group.size, group.isOpen, groups.has(group.id)], [0, false, false]);
    // What comes all the same changes nothing.
    groups.onItems(push(group, 0, ["A"]));
    calls[0].answer.reject(new Error("late"));
    await turn();
    assertEquals(outcomes.length, 2);
    const cancels = calls.filter(({ command }) => command === "cancel").map(({ body }) => body);
    assertEquals(cancels, how === "cancel" ? [{ ids: [group.id], discard: true }] : []);
  }
});

Deno.test("OpenGroup is full when its numbers are used up, and refuses what cannot be sent without a trace", () => {
  const { group, add, parts } = setUp({ maxItems: 3 });
  add("a");
  assertThrows(() => add("b", [() => {}]), NotSendable);
  add("c");
  assert(group.isOpen);
  add("d");
  assertEquals([group.isOpen, group.size], [false, 3]);
  group.flush();
  assertEquals(parts(), [[0, 3]]);
});

Deno.test("OpenGroup closes a part before it has more bytes than both sides are to keep", () => {
  const { group, add, parts } = setUp();
  for (let n = 0; n < 3; n++) add("small");
  add("large", [new Uint8Array(1 << 20)]);
  add("small");
  group.flush();
  assertEquals(parts(), [[0, 3], [3, 1], [4, 1]]);
});
