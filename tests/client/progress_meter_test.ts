import { assertEquals } from "@std/assert";
import { type DrawProgress, ProgressMeter, type ProgressState } from "../../client/progress_meter.ts";

/** A meter whose time and drawing are the test's. */
function setUp(load?: () => Promise<DrawProgress | null>) {
  let now = 5000;
  const shown: ProgressState[] = [];
  const draw: DrawProgress = (read) => {
    shown.push(read());
    return { stop: () => void shown.push(read()) };
  };
  const meter = new ProgressMeter({ load: load ?? (() => Promise.resolve(draw)), now: () => now });
  return { meter, shown, draw, pass: (ms: number) => now += ms };
}

Deno.test("ProgressMeter counts, and tells rate and time left", async () => {
  const { meter, pass } = setUp();
  const before = { done: 0, elapsedMs: 0, perSecond: null, leftMs: null, isOver: false };
  assertEquals(meter.read(), { ...before, total: null });
  meter.start(10);
  assertEquals(meter.read(), { ...before, total: 10 });
  pass(2000);
  assertEquals(meter.read(), { ...before, total: 10, elapsedMs: 2000 });
  meter.add();
  meter.add(3);
  assertEquals(meter.read(), { done: 4, total: 10, elapsedMs: 2000, perSecond: 2, leftMs: 3000, isOver: false });
  await meter.stop();
});

Deno.test("ProgressMeter without a total tells the rate only, and with too small a total no negative time", async () => {
  for (const [total, leftMs] of [[null, null], [1, 0], [0, 0]] as const) {
    const { meter, pass } = setUp();
    meter.start(total);
    meter.add(2);
    pass(500);
    const state = { done: 2, total, elapsedMs: 500, perSecond: 4, leftMs };
    assertEquals(meter.read(), { ...state, isOver: false });
    await meter.stop();
    assertEquals(meter.read(), { ...state, isOver: true });
  }
});

Deno.test("ProgressMeter stands still before the start and after the stop, and stops once", async () => {
  const { meter, shown, pass } = setUp();
  meter.add(5);
  meter.start(2);
  meter.add();
  pass(1000);
  await Promise.all([meter.stop(), meter.stop()]);
  pass(1000);
  meter.add();
  meter.start(7);
  await meter.stop();
  const end = { done: 1, total: 2, elapsedMs: 1000, perSecond: 1, leftMs: 1000, isOver: true };
  assertEquals(meter.read(), end);
  assertEquals(shown.at(-1), end);
  assertEquals(shown.length, 2);
});

Deno.test("ProgressMeter.stop() without a start draws nothing", async () => {
  const { meter, shown } = setUp();
  await meter.stop();
  assertEquals(shown, []);
});

Deno.test("ProgressMeter.stop() waits for a drawing that is still being loaded, so that its end is shown", async () => {
  const loading = Promise.withResolvers<DrawProgress | null>();
  const { meter, shown, draw } = setUp(() => loading.promise);
  meter.start(1);
  meter.add();
  let isStopped = false;
  const stopped = meter.stop().then(() => isStopped = true);
  await null;
  assertEquals([isStopped, shown.length], [false, 0]);
  loading.resolve(draw);
  await stopped;
  assertEquals(shown.map(({ done, isOver }) => [done, isOver]), [[1, true], [1, true]]);
});

Deno.test("ProgressMeter keeps from the work what goes wrong with the drawing", async () => {
  const broken: DrawProgress = () => {
    throw new Error("cannot begin");
  };
  const endless: DrawProgress = () => ({
    stop() {
      throw new Error("cannot end");
    },
  });
  for (const load of [async () => await Promise.reject(new Error()), () => Promise.resolve(null)]) {
    const { meter } = setUp(load);
    meter.start(1);
    await meter.stop();
  }
  for (const draw of [broken, endless]) {
    const { meter } = setUp(() => Promise.resolve(draw));
    meter.start(1);
    await meter.stop();
  }
});
