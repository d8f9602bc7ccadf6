import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { findAuthkey } from "../../client/authkey_file.ts";
import { ServerSearch } from "../../client/server_search.ts";
import type { Clock } from "../../core/clock.ts";
import { AuthenticationFailed, ServerBusy, ServerOffline, TaskError } from "../../core/errors.ts";
import type { Transport } from "../../wire/transport.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { settled } from "../helpers/memory_stream.ts";

const LONG_MS = 60_000;
const FOUND = {} as Transport;

/** A search whose attempts meet these errors, one after the other, the last for good; null is a connection. */
function searchFor(errors: readonly (unknown | null)[], waitMs?: number, reconnectMs = 0, clock?: Clock) {
  const seen = { dials: 0 };
  const dial = () => {
    const error = errors[Math.min(seen.dials++, errors.length - 1)];
    return error === null ? Promise.resolve(FOUND) : Promise.reject(error);
  };
  return { seen, search: new ServerSearch({ dial, waitMs, reconnectMs, heartbeatMs: 10_000, clock }) };
}

const offline = new ServerOffline();

Deno.test("U12: ServerSearch.find() fails at once when there is no server, unless it is waited for", async () => {
  for (const waitMs of [undefined, 0]) {
    const { seen, search } = searchFor([offline, null], waitMs);
    assertStrictEquals(await assertRejects(() => search.find()), offline);
    assertEquals(seen.dials, 1);
  }
  const { seen, search } = searchFor([offline, offline, null], LONG_MS);
  assertStrictEquals(await search.find(), FOUND);
  assertEquals(seen.dials, 3);
});

Deno.test("U12: ServerSearch.find() waits for a key that is not there yet, and for a server without room", async () => {
  const absent = await assertRejects(() => findAuthkey(undefined, "/missing/authkey"), TaskError);
  assertEquals(absent.code, "AUTHKEY_UNUSABLE");
  const { search } = searchFor([absent, offline, new ServerBusy("full"), null], LONG_MS);
  assertStrictEquals(await search.find(), FOUND);
});

Deno.test("U12: ServerSearch.find() has its last attempt at the end of the time, and none after it", async () => {
  const clock = new FakeClock(0);
  const { seen, search } = searchFor([offline], 300, 0, clock);
  let hasEnded = false;
  const found = assertRejects(() => search.find()).finally(() => hasEnded = true);
  const dialledAt = [0];
  await settled();
  while (!hasEnded) {
    const [next] = clock.timers;
    clock.advance(next - clock.now());
    dialledAt.push(clock.now());
    await settled();
  }
  assertStrictEquals(await found, offline);
  // After waits of 25 to 50, 50 to 100, 100 to 200 ms …
  assertEquals([dialledAt.length, Math.round(dialledAt.at(-1)!)], [seen.dials, 300]);
  assert(seen.dials >= 4 && seen.dials <= 7, `${seen.dials} attempts`);
  // Nobody waits for what a second search looks for.
  assertStrictEquals(await assertRejects(() => search.find()), offline);
  assertEquals([seen.dials, clock.timers], [dialledAt.length + 1, []]);
});

Deno.test("U12: ServerSearch.find() does not wait for what no later attempt would mend", async () => {
  const errors = [
    new AuthenticationFailed("another key"),
    new TaskError("INSECURE_ADDRESS", "in the clear"),
    new TaskError("PROTOCOL_VERSION", "another release"),
    new TaskError("AUTHKEY_UNUSABLE", "others may read it"),
    new TaskError("GROUP_UNUSABLE", "others may write there"),
    new Deno.errors.NotCapable("no net"),
  ];
  for (const error of errors) {
    const { seen, search } = searchFor([error, null], LONG_MS);
    assertStrictEquals(await assertRejects(() => search.find()), error);
    assertEquals(seen.dials, 1);
  }
});

Deno.test("U12: ServerSearch.close() ends the waiting for a server", async () => {
  const { seen, search } = searchFor([offline], LONG_MS);
  const finding = search.find();
  // Its first attempt is over when this is.
  await assertRejects(() => searchFor([offline]).search.find());
  search.close();
  assertStrictEquals(await assertRejects(() => finding), offline);
  assertEquals(seen.dials, 1);
});

Deno.test("ServerSearch.find() looks for a lost server as long as reconnectMs says, not as the first was waited for", async () => {
  const { seen, search } = searchFor([null, offline], LONG_MS, 0);
  await search.find();
  assertStrictEquals(await assertRejects(() => search.find()), offline);
  assertEquals(seen.dials, 2);
});
