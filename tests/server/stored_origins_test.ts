import { assertEquals } from "@std/assert";
import { TaskError } from "../../mod.ts";
import type { Profile } from "../../core/profile.ts";
import { RETRY_DEFAULTS } from "../../core/retry.ts";
import { uniqueOrigin } from "../../engine/unique.ts";
import type { ProfileRequest } from "../../server/profiles.ts";
import { StoredOrigins } from "../../server/stored_origins.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { durableOrigin, EVERYBODY, profile } from "../helpers/task_record.ts";

const request = (name: string): ProfileRequest => ({
  target: { kind: "export", module: "file:///m.ts", name },
  profile: {
    permissions: { read: ["/data"] },
    timeoutMs: 500,
    memoryMb: null,
    isolation: null,
    priority: 0,
    name: null,
    stream: false,
  },
});

/** Profiles that write down what they are asked for. */
function setUp(clock = new FakeClock(), refused: string[] = []) {
  const asked: string[] = [];
  const requests = new Map<Profile, ProfileRequest[]>();
  const origins = new StoredOrigins({
    clock,
    keyOf: () => EVERYBODY,
    profiles: {
      requestsOf: (of) => requests.get(of)!,
      profileFor({ target }, parent) {
        asked.push(`${target.name} below ${parent?.name ?? "nothing"}`);
        if (refused.includes(target.name)) throw new TaskError("PERMISSION_CEILING", "too much");
        return profile({ target, name: target.name, timeoutMs: 300 });
      },
    },
  });
  return { clock, asked, requests, origins };
}

Deno.test("StoredOrigins asks again for what was asked for, from the client's task down", () => {
  const { asked, requests, origins } = setUp();
  const own = profile({ name: "child" });
  requests.set(own, [request("parent"), request("child")]);
  const parent = { id: "b", parent: { id: "a", parent: null } };
  const said = { retry: { ...RETRY_DEFAULTS, attempts: 3 }, onServerLoss: "fail" } as const;
  const unique = uniqueOrigin({ key: "k", during: "unfinished", onConflict: "replace" }, EVERYBODY, parent, Infinity);
  const from = durableOrigin({
    ...{ profile: own, parent, depth: 2, lane: "x", owner: "o", timeoutMs: 400, submittedAt: 7 },
    ...said,
    unique,
  });
  const { origin, refusal } = origins.read(origins.write(from));
  assertEquals([refusal, asked], [null, ["parent below nothing", "child below parent"]]);
  // Of two limits the lower holds.
  const { profile: resolved, ...rest } = origin;
  assertEquals({ ...rest, profile: own }, { ...from, timeoutMs: 300 });
  assertEquals(resolved.name, "child");
});

Deno.test("StoredOrigins keeps a limit by key, and says that its starts are not known any more", () => {
  const { requests, origins } = setUp();
  const own = profile();
  requests.set(own, [request("own")]);
  const limit = {
    ...{ name: "\0k", key: "k", concurrency: 2, perSecond: 0.5, burst: 3 },
    passes: true,
    isTakenUp: false,
  };
  const written = origins.write(durableOrigin({ profile: own, limit }));
  assertEquals(origins.read(written).origin.limit, { ...limit, isTakenUp: true });
  // As a server of before has written it.
  const before = origins.write(durableOrigin({ profile: own }));
  assertEquals([before.own.includes("limit"), origins.read(before).origin.limit], [false, null]);
});

Deno.test("StoredOrigins gives what may not run any more without rights, and the reason", () => {
  const { requests, origins } = setUp(undefined, ["child"]);
  const own = profile();
  requests.set(own, [request("parent"), request("child")]);
  const { origin, refusal } = origins.read(origins.write(durableOrigin({ profile: own })));
  assertEquals([refusal?.code, origin.profile.name, origin.profile.permissions.read], [
    "PERMISSION_CEILING",
    "child",
    [],
  ]);
});

Deno.test("StoredOrigins counts times by the clock on the wall, and never gives more than there was", () => {
  const leftAfter = (ms: number): [start: number, delay: number, isOver: boolean] => {
    const { clock, requests, origins } = setUp();
    const own = profile();
    requests.set(own, [request("a")]);
    clock.advance(300);
    const start = { withinMs: 1000, by: clock.now() + 700 };
    const delay = { ms: 900, until: clock.now() + 600, isOver: false };
    const stored = origins.write(durableOrigin({ profile: own, start, delay }));
    // Another server, whose clock begins anew.
    const next = setUp(new FakeClock(5));
    next.clock.wallAhead = clock.wall() + ms - next.clock.wall();
    const reader = setUp(next.clock).origins;
    const { origin } = reader.read(stored);
    return [origin.start!.by - next.clock.now(), origin.delay!.until - next.clock.now(), origin.delay!.isOver];
  };
  assertEquals([0, 200, 5000, -100, -86_400_000].map(leftAfter), [
    [700, 600, false],
    [500, 400, false],
    [0, 0, true],
    [800, 700, false],
    [1000, 900, false],
  ]);
});

Deno.test("StoredOrigins: a key that is held for a time is held for what is left of it, and never for longer", () => {
  const clock = new FakeClock();
  const { requests, origins } = setUp(clock);
  const own = profile();
  requests.set(own, [request("run")]);
  const unique = uniqueOrigin({ key: "k", during: 1000, onConflict: "join" }, EVERYBODY, null, clock.now() + 1000);
  const stored = origins.write(durableOrigin({ profile: own, unique, submittedAt: clock.wall() }));
  const leftAfter = (ms: number) => {
    const later = new FakeClock();
    later.wallAhead = ms;
    return setUp(later).origins.read(stored).origin.unique!.until - later.now();
  };
  assertEquals([0, 400, 1000, 5000, -5000].map(leftAfter), [1000, 600, 0, 0, 1000]);
  // As an older server wrote it.
  const { unique: _, ...older } = JSON.parse(stored.own);
  assertEquals(origins.read({ ...stored, own: JSON.stringify(older) }).origin.unique, null);
});
