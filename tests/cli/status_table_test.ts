import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { formatStatus } from "../../cli/status_table.ts";
import type { ServerStatus, WorkerStatus } from "../../wire/server_status.ts";

const STATUS: ServerStatus = {
  version: "1.2.3",
  group: null,
  address: "127.0.0.1:8089",
  state: "draining",
  uptimeMs: 185_000,
  workers: [],
  slots: { total: 4, taken: 1, lent: 2 },
  taskQueueSize: 7,
  delayedTasks: 8,
  keyLimits: { keys: 0, tasks: 0, first: [] },
  pausedAt: null,
  deadLetters: 10,
  resultCacheSize: 9,
  clients: 3,
  helpers: { running: 5, waiting: 6 },
  wall: { asked: "auto", holds: "none", version: null, why: "there is no bwrap", limits: [], limitsWhy: null },
  pipelines: [],
  schedules: { total: 0, paused: 0, nextAt: null },
  totals: {
    submitted: 11,
    succeeded: 12,
    failed: 13,
    cancelled: 14,
    failedStarts: 0,
    processesStarted: 15,
    peakProcesses: 16,
    handedBack: 0,
    lost: 0,
    refusedConnections: 17,
    failedHandshakes: 18,
  },
};

const WORKER: WorkerStatus = {
  name: "Worker-1",
  pid: 4711,
  taskId: "id",
  taskName: "square",
  state: "running",
  depth: 0,
  ageMs: 1234,
  cpu: 0.956,
  rssBytes: 52_428_800,
};

Deno.test("formatStatus() shows every count", () => {
  assertEquals(
    formatStatus(STATUS),
    `TaskServer 1.2.3 at 127.0.0.1:8089: draining, up 3m 05s

slots      1 of 4 taken, 2 lent
queue      7, 8 delayed
cache      9, 10 dead letters
clients    3
tasks      11 submitted, 12 succeeded, 13 failed, 14 cancelled
helpers    5 running, 6 waiting
processes  15 started, 16 at once at most
wall       none: there is no bwrap
refused    17 connections, 18 handshakes

no workers`,
  );
});

Deno.test("formatStatus() shows the status of a server of before, which does not tell all", () => {
  const { delayedTasks: _, wall: __, schedules: ___, keyLimits: ____, pausedAt: _p, deadLetters: _d, ...told } = STATUS;
  const shown = formatStatus(told).split("\n");
  assertEquals(shown.filter((line) => /^(queue|keys|wall|limits|schedules) /.test(line)), ["queue      7"]);
  assertEquals(shown.filter((line) => line.includes("undefined")), []);
});

Deno.test("formatStatus() shows the keys that the most tasks wait for, and how many more there are", () => {
  const shown = (keys: number, first: ServerStatus["keyLimits"]["first"]) =>
    formatStatus({ ...STATUS, keyLimits: { keys, tasks: 12, first } }).split("\n")
      .filter((line) => line.startsWith("keys "));
  const key = { key: "a.example", waiting: 9, held: 2, concurrency: 2, perSecond: null, nextAt: null };
  const rate = { ...key, key: "b\x1b[2J", waiting: 3, held: 0, concurrency: null, perSecond: 1, nextAt: 5 };
  assertEquals(shown(0, []), []);
  assertEquals(shown(1, [key]), ["keys       12 tasks wait for 1: a.example 9 (2 of 2 hold it)"]);
  assertEquals(shown(7, [key, rate]), [
    "keys       12 tasks wait for 7: a.example 9 (2 of 2 hold it), b?[2J 3 (0 hold it), and 5 more",
  ]);
});

Deno.test("formatStatus() shows how many schedules there are, where there are any, and when the next is due", () => {
  const shown = (schedules: ServerStatus["schedules"]) =>
    formatStatus({ ...STATUS, schedules }).split("\n").filter((line) => line.startsWith("schedules "));
  const nextAt = Date.parse("2026-01-02T03:04:05Z");
  assertEquals(shown({ total: 3, paused: 1, nextAt }), [
    "schedules  3, 1 of them paused, the next at 2026-01-02T03:04:05.000Z",
  ]);
  assertEquals(shown({ total: 1, paused: 1, nextAt: null }), ["schedules  1, 1 of them paused, none is due"]);
  assertEquals(shown({ total: 0, paused: 0, nextAt: null }), []);
});

Deno.test("formatStatus() shows which limits hold behind a wall, and why not all", () => {
  const shown = (limits: ServerStatus["wall"]["limits"], limitsWhy: string | null) => {
    const wall = { asked: "bwrap", holds: "bwrap", version: "0.11.0", why: null, limits, limitsWhy } as const;
    return formatStatus({ ...STATUS, wall }).split("\n").filter((line) => /^(wall|limits) /.test(line));
  };
  const wall = "wall       bwrap 0.11.0";
  assertEquals(shown(["memory", "pids", "cpu"], null), [wall, "limits     memory, pids, cpu"]);
  assertEquals(shown(["memory"], "no more"), [wall, "limits     memory: no more"]);
  assertEquals(shown([], "nobody hands any on"), [wall, "limits     none: nobody hands any on"]);
});

Deno.test("formatStatus() lines up workers, figures to the right, and shows what cannot be told as a dash", () => {
  const workers: WorkerStatus[] = [
    WORKER,
    {
      ...WORKER,
      name: "Worker-12",
      pid: null,
      taskName: "cube",
      state: "waiting",
      ageMs: 5,
      cpu: null,
      rssBytes: null,
    },
  ];
  assertEquals(
    formatStatus({ ...STATUS, workers }).split("\n").slice(-3),
    [
      "worker      pid  task    state     age  cpu       rss",
      "Worker-1   4711  square  running  1.2s  96%  50.0 MiB",
      "Worker-12     -  cube    waiting   5ms    -         -",
    ],
  );
});

Deno.test("formatStatus() lets no name steer the terminal or break the table", () => {
  const workers = [{ ...WORKER, taskName: "\x1b[2J\r\n\u202Eevil\u009B1m" }, {
    ...WORKER,
    taskName: "long".repeat(50),
  }];
  const text = formatStatus({ ...STATUS, workers });
  assertStringIncludes(text, "?[2J???evil?1m  ");
  assert(!/[^\n\P{C}]/u.test(text), "a control character");
  assertEquals(Math.max(...text.split("\n").map((line) => line.length)) < 120, true);
});
