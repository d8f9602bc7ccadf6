import { assertEquals } from "@std/assert";
import { begun, type Case, OVER, testCases } from "../history_by_hand.ts";
import { SERVER_RULES } from "./servers.ts";

Deno.test("check() finds nothing in pauses that last until somebody asks for their end", () => {
  const hand = begun()
    .accept("given").accept("waits").pause().note({ what: "pause seen", isPaused: true }).run("given").end("given")
    .restart().note({ what: "pause seen", isPaused: true }).note({ what: "resuming" }).run("waits").end("waits")
    .note({ what: "pause seen", isPaused: false }).note({ what: "resumed" })
    // Nobody heard the answer.
    .note({ what: "pausing" }).restart().note({ what: "pause seen", isPaused: true }).resume()
    .note({ what: "pause seen", isPaused: false }).note({ what: "pausing" }).restart()
    .note({ what: "pause seen", isPaused: false }).accept("late").run("late").end("late").resume()
    .note(OVER);
  assertEquals(hand.broken, []);
});

const CASES: readonly Case[] = [
  ["a server goes on", "the server", "nothing comes of a resume", begun().pause().resume().note({ what: "stuck" })],
  [
    "nothing begins while the server is paused",
    "x",
    "in the next server",
    begun().accept("x").pause().restart().run("x").resume(),
  ],
  [
    "nothing begins while the server is paused",
    "x",
    "in this one, what came in behind it",
    begun().pause().accept("x").run("x").resume(),
  ],
  [
    "nothing begins while the server is paused",
    "x",
    "in this one, what was retried behind it",
    begun().accept("x").fail("x").pause().retry("x").run("x", { attempt: 2 }).resume(),
  ],
  [
    "nothing begins while the server is paused",
    "x",
    "in this one, another attempt",
    begun().accept("x", { attempts: 2 }).pause().run("x").run("x", { attempt: 2 }).resume(),
  ],
  [
    "a pause lasts until it is resumed, and no longer",
    "the server",
    "the next one is not paused",
    begun().pause().restart().note({ what: "pause seen", isPaused: false }),
  ],
  [
    "a pause lasts until it is resumed, and no longer",
    "the server",
    "the next one is paused again",
    begun().pause().resume().restart().note({ what: "pause seen", isPaused: true }),
  ],
];

testCases(CASES, SERVER_RULES);
