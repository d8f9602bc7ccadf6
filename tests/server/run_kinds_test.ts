import { assertEquals } from "@std/assert";
import { uuidv7 } from "../../core/uuid.ts";
import type { Caller } from "../../engine/caller.ts";
import type { Submission } from "../../engine/submission.ts";
import { encode } from "../../wire/codec.ts";
import { RunKinds } from "../../server/run_kinds.ts";
import { SUBMISSION } from "../helpers/scripted_server.ts";
import { profile } from "../helpers/task_record.ts";

/** What a run of a kind is submitted with; null where it is refused. */
function submitted(keepsTasks: boolean, said: object): Submission | null {
  const submissions: Submission[] = [];
  const refused: unknown[] = [];
  const caller = { peer: { closeReason: null, push: (_: string, ids: unknown) => refused.push(ids) } };
  const kinds = new RunKinds({
    keepsTasks,
    profiles: { profileFor: () => profile(), isAsMade: () => true },
    dispatcher: {
      submit(_caller, submission, { give }) {
        submissions.push(submission);
        give(1);
      },
    },
  });
  const { tasks: _, ...common } = { ...SUBMISSION, tasks: [], ...said };
  kinds.define(caller as unknown as Caller, [3, common]);
  const id = uuidv7();
  kinds.run(caller as unknown as Caller, [3, [[id, encode([1])]]]);
  assertEquals([submissions.length, refused], submissions.length === 1 ? [1, []] : [0, [[id]]]);
  return submissions[0] ?? null;
}

Deno.test("runs of a kind outlive the server as other submissions do", () => {
  const durable = (keepsTasks: boolean, said: object) => submitted(keepsTasks, { bound: false, ...said })?.durable;
  assertEquals([durable(true, {}), durable(true, { durable: true }), durable(true, { durable: false })], [
    true,
    true,
    false,
  ]);
  assertEquals([durable(true, { bound: true }), durable(false, {})], [false, false]);
  assertEquals(submitted(true, { bound: false, onServerLoss: "fail" })?.onServerLoss, "fail");
});

Deno.test("runs of a kind that are to outlive a server and cannot are refused", () => {
  assertEquals(submitted(false, { bound: false, durable: true }), null);
  assertEquals(submitted(false, { bound: false, onServerLoss: "fail" }), null);
  assertEquals(submitted(true, { bound: true, durable: true }), null);
});
