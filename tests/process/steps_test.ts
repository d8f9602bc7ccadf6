import { assertEquals, assertRejects } from "@std/assert";
import { TaskError } from "../../core/errors.ts";
import { Steps } from "../../process/steps.ts";
import { encode } from "../../wire/codec.ts";

/** Steps of an attempt of which this is recorded, and what they ask of the server. */
function setUp(recorded: Record<string, unknown> = {}, maxFrameBytes = 2 ** 26) {
  const asked: string[] = [];
  const values = new Map(Object.entries(recorded).map(([name, value]) => [name, encode(value)]));
  const server = {
    maxFrameBytes,
    call(command: string, { taskId, attempt, name, value }: Record<string, unknown>) {
      asked.push(`${command} ${name} of ${taskId}, ${attempt}`);
      if (command === "step") return Promise.resolve([values.size, values.get(name as string) ?? null]);
      values.set(name as string, value as Uint8Array<ArrayBuffer>);
      return Promise.resolve(null);
    },
  };
  const steps = new Steps(server as unknown as ConstructorParameters<typeof Steps>[0], { taskId: "a", attempt: 2 });
  return { steps, asked, values };
}

Deno.test("Steps asks once where nothing is recorded, and records each before it gives it", async () => {
  const { steps, asked, values } = setUp();
  assertEquals(await steps.run("one", () => 1), 1);
  assertEquals(await steps.run("two", () => Promise.resolve({ n: 2 })), { n: 2 });
  assertEquals(asked, ["step one of a, 2", "keepStep one of a, 2", "keepStep two of a, 2"]);
  assertEquals(values.get("two"), encode({ n: 2 }));
});

Deno.test("Steps asks until it has had all that is recorded, and runs none of these", async () => {
  const { steps, asked } = setUp({ one: undefined, two: "second" });
  const ran: string[] = [];
  for (const name of ["one", "other", "two", "last"]) await steps.run(name, () => ran.push(name));
  assertEquals(ran, ["other", "last"]);
  assertEquals(asked.map((what) => what.split(" of ")[0]), [
    "step one",
    "step other",
    "keepStep other",
    "step two",
    "keepStep last",
  ]);
});

Deno.test("Steps gives a copy, and nothing of a class of the task's own, in each attempt alike", async () => {
  class Receipt {
    constructor(readonly number: number) {}
  }
  const receipt = new Receipt(5);
  const { steps, values } = setUp();
  const first: unknown = await steps.run("one", () => receipt);
  const { steps: again } = setUp({ one: receipt });
  const second: unknown = await again.run("one", () => "not run");
  assertEquals([first, first === receipt, values.size], [second, false, 1]);
});

Deno.test("Steps records no value that a message could not carry", async () => {
  const { steps, asked } = setUp({}, 4096);
  await steps.run("small", () => new Uint8Array(2000));
  const error = await assertRejects(() => steps.run("large", () => new Uint8Array(2100)), TaskError, "2048 bytes");
  assertEquals([error.code, asked.length], ["STEP_LIMIT", 2]);
  // It has run: it is not to run again in this attempt.
  const again = await assertRejects(() => steps.run("large", () => 1), TaskError);
  assertEquals(again.code, "DUPLICATE_STEP");
});
