import { assertEquals } from "@std/assert";
import { AdaptiveWindow } from "../../dispatchers/window.ts";

Deno.test("AdaptiveWindow is as many units as there are workers while they take long", () => {
  let now = 0;
  const window = new AdaptiveWindow(4, () => now);
  assertEquals(window.parallelism, 4);
  for (let n = 0; n < 20; n++) {
    window.started();
    now += 50;
    window.ended();
    assertEquals(window.parallelism, 4);
  }
});

Deno.test("AdaptiveWindow grows with quick units, up to a bound, and shrinks at the first slow one", () => {
  let now = 0;
  const window = new AdaptiveWindow(2, () => now);
  for (let n = 0; n < 100; n++) {
    window.started();
    now += 0.125;
    window.ended();
  }
  assertEquals(window.parallelism, 64);
  for (let n = 0; n < 100; n++) {
    window.started();
    now += 0.001;
    window.ended();
  }
  assertEquals(window.parallelism, 1024);
  window.started();
  now += 100;
  window.ended();
  assertEquals(window.parallelism, 2);
});

Deno.test("AdaptiveWindow does not take idle time for work", () => {
  let now = 0;
  const window = new AdaptiveWindow(2, () => now);
  for (let n = 0; n < 10; n++) {
    now += 1000;
    window.started();
    now += 0.125;
    window.ended();
  }
  assertEquals(window.parallelism, 64);
});
