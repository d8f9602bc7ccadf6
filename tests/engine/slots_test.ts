import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Slots } from "../../engine/slots.ts";

type Holder = { id: number; state: "running" | "lent" | "resuming" | "dead in line" | "gone" };

/** Tasks around the slots, as the dispatcher moves them. */
class Tasks {
  readonly slots: Slots;
  readonly all: Holder[] = [];
  /** Those that resume, first come first. */
  line: Holder[] = [];

  constructor(total: number) {
    this.slots = new Slots(total);
  }

  in(...states: Holder["state"][]): Holder[] {
    return this.all.filter(({ state }) => states.includes(state));
  }

  start(): void {
    if (!this.slots.hasRoom) return;
    assertEquals(this.line.length, 0, "a new task must not overtake one that resumes");
    this.slots.take();
    this.all.push({ id: this.all.length, state: "running" });
  }

  lend(task: Holder): void {
    task.state = "lent";
    this.slots.lend();
  }

  resume(task: Holder): void {
    task.state = "resuming";
    this.line.push(task);
    this.slots.resume(() => {
      assertEquals(this.line.shift(), task, "who resumes first goes on first");
      const isDead = task.state === "dead in line";
      task.state = isDead ? "gone" : "running";
      if (isDead) this.slots.release();
    });
  }

  end(task: Holder): void {
    const { state } = task;
    task.state = state === "resuming" ? "dead in line" : "gone";
    if (state === "running") this.slots.release();
    if (state === "lent") this.slots.forgetLent();
  }

  check(): void {
    const { slots } = this;
    assert(slots.taken >= 0 && slots.taken <= slots.total, `${slots.taken} of ${slots.total} taken`);
    assertEquals(slots.taken, this.in("running").length);
    assertEquals(slots.resuming, this.line.length);
    assertEquals(slots.lent, this.in("lent", "resuming", "dead in line").length);
    if (slots.resuming > 0) assertEquals(slots.taken, slots.total, "a slot is free and somebody waits for one");
    assertEquals(slots.hasRoom, slots.taken < slots.total && slots.resuming === 0);
  }
}

Deno.test("Slots are never more than there are and none is lost, whatever the schedule", () => {
  const step = fc.record({
    op: fc.constantFrom("start", "start", "lend", "lend", "resume", "resume", "end", "die lent", "die resuming"),
    which: fc.nat(),
  });
  const run = fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 200 }), (total, steps) => {
    const tasks = new Tasks(total);
    const pick = (which: number, state: Holder["state"], act: (task: Holder) => void) => {
      const some = tasks.in(state);
      if (some.length > 0) act(some[which % some.length]);
    };
    for (const { op, which } of steps) {
      if (op === "start") tasks.start();
      else if (op === "lend") pick(which, "running", (task) => tasks.lend(task));
      else if (op === "resume") pick(which, "lent", (task) => tasks.resume(task));
      else if (op === "end") pick(which, "running", (task) => tasks.end(task));
      else if (op === "die lent") pick(which, "lent", (task) => tasks.end(task));
      else pick(which, "resuming", (task) => tasks.end(task));
      tasks.check();
    }
    for (let left = tasks.in("running", "lent", "resuming"); left.length > 0;) {
      tasks.end(left[0]);
      tasks.check();
      left = tasks.in("running", "lent", "resuming");
    }
    assertEquals([tasks.slots.taken, tasks.slots.lent, tasks.slots.resuming], [0, 0, 0]);
  });
  fc.assert(run, { numRuns: 500 });
});

Deno.test("Slots.resume() goes on at once when a slot is free", () => {
  const slots = new Slots(1);
  slots.take();
  slots.lend();
  let isResumed = false;
  slots.resume(() => isResumed = true);
  assert(isResumed);
  assertEquals([slots.taken, slots.lent], [1, 0]);
});

Deno.test("Slots.hasRoom is false for new tasks while one that lent its slot waits to resume", () => {
  const slots = new Slots(1);
  slots.take();
  slots.lend();
  slots.take();
  let isResumed = false;
  slots.resume(() => isResumed = true);
  assertEquals([slots.hasRoom, isResumed], [false, false]);
  slots.release();
  assertEquals([slots.hasRoom, isResumed, slots.taken], [false, true, 1]);
});

Deno.test("Slots.lend() hands the slot to a task that waits to resume", () => {
  const tasks = new Tasks(1);
  tasks.start();
  tasks.lend(tasks.all[0]);
  tasks.start();
  tasks.resume(tasks.all[0]);
  tasks.lend(tasks.all[1]);
  tasks.check();
  assertEquals(tasks.all.map(({ state }) => state), ["running", "lent"]);
});

Deno.test("Slots pass a dead resumer's turn on to the next in the line", () => {
  const tasks = new Tasks(1);
  for (let i = 0; i < 3; i++) {
    tasks.start();
    tasks.lend(tasks.all[i]);
  }
  tasks.start();
  for (const task of tasks.all.slice(0, 3)) tasks.resume(task);
  tasks.end(tasks.all[0]);
  tasks.end(tasks.all[1]);
  tasks.check();
  tasks.end(tasks.all[3]);
  tasks.check();
  assertEquals(tasks.all.map(({ state }) => state), ["gone", "gone", "running", "gone"]);
});
