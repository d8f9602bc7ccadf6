import { assertEquals, assertThrows } from "@std/assert";
import { TaskError } from "../../core/errors.ts";
import { parseUnique } from "../../server/unique_request.ts";

const fields = (unique: unknown, more = {}) => ({ unique, tasks: [["id", new Uint8Array()]], profile: {}, ...more });

Deno.test("parseUnique() gives what is said, and what is not said as it is then", () => {
  assertEquals(parseUnique(fields(null)), {});
  assertEquals(parseUnique(fields(undefined)), {});
  assertEquals(parseUnique(fields({ key: "k" })), { unique: { key: "k", during: "unfinished", onConflict: "join" } });
  const said = { key: "x".repeat(200), during: 604_800_000, onConflict: "replace" } as const;
  assertEquals(parseUnique(fields({ ...said, more: 1 })), { unique: said });
});

Deno.test("parseUnique() refuses what cannot be used, with the value", () => {
  const refusal = (unique: unknown, more = {}) => {
    const { code, message } = assertThrows(() => parseUnique(fields(unique, more)), TaskError);
    return `${code}: ${message.replace("Cannot take the request: ", "")}`;
  };
  const keys = 'INVALID_REQUEST: unique.key must be a text of 1 to 200 characters, such as "report 7": it is';
  const during =
    'INVALID_REQUEST: unique.during must be "waiting", "unfinished" or milliseconds above 0, at most 604800000: it is';
  assertEquals(refusal("k"), 'INVALID_REQUEST: submit.unique must be a map: it is "k"');
  assertEquals(refusal({}), `${keys} undefined`);
  assertEquals(refusal({ key: "" }), `${keys} "", of 0 characters`);
  assertEquals(refusal({ key: "x".repeat(201) }), `${keys} "${"x".repeat(100)}", of 201 characters`);
  for (const wrong of [0, -1, NaN, Infinity, 604_800_001]) {
    assertEquals(refusal({ key: "k", during: wrong }), `${during} ${wrong}`);
  }
  assertEquals(refusal({ key: "k", during: "ever" }), `${during} "ever"`);
  assertEquals(
    refusal({ key: "k", onConflict: "wait" }),
    'INVALID_REQUEST: unique.onConflict must be "join", "replace" or "refuse": it is "wait"',
  );
  const single = "INVALID_REQUEST: unique is for single tasks:";
  assertEquals(refusal({ key: "k" }, { group: ["id", null] }), `${single} not for the items of a map`);
  assertEquals(refusal({ key: "k" }, { profile: { stream: true } }), `${single} not for streams, and workers`);
  assertEquals(refusal({ key: "k" }, { tasks: [1, 2] }), `${single} there are 2 in the submission`);
});
