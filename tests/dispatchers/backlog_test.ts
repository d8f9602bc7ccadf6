import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Backlog, type Lane, type Pusher } from "../../dispatchers/backlog.ts";

/** The same rules, written for reading: plain arrays, everything looked up anew. */
class Model {
  lanes: ModelLane[] = [];
  constructor(readonly size: number) {}

  eligible = (): number => this.lanes.reduce((sum, lane) => sum + eligible(lane), 0);

  hasRoom(lane: ModelLane): boolean {
    if (lane.waiting.length < lane.places - lane.occupied) return this.eligible() < this.size;
    return lane.waiting.length - eligible(lane) < lane.parking;
  }
}

interface ModelLane {
  places: number;
  parking: number;
  occupied: number;
  waiting: number[];
  pushers: number[];
  isOpen: boolean;
}

function eligible({ waiting, places, occupied }: ModelLane): number {
  return Math.min(waiting.length, places - occupied);
}

type Step = { kind: "push" | "take" | "release" | "stepOut" | "close"; lane: number };

const limits = fc.record({ places: fc.integer({ min: 1, max: 3 }), parking: fc.integer({ min: 0, max: 2 }) });
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom("push", "push", "push", "take", "take", "release", "release", "release", "stepOut"),
  lane: fc.nat(2),
});
/** What a lane's part in the run ends with is rare. */
const closing: fc.Arbitrary<Step> = fc.record({ kind: fc.constant("close" as const), lane: fc.nat(2) });

Deno.test("Backlog admits, takes and bounds as a simple model does", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3 }),
      fc.array(limits, { minLength: 3, maxLength: 3 }),
      fc.array(fc.oneof({ weight: 40, arbitrary: step }, { weight: 1, arbitrary: closing }), {
        maxLength: 80,
        size: "max",
      }),
      (size, laneLimits, steps) => {
        const run = new Run(size, laneLimits);
        for (const step of steps) {
          run.apply(step);
          run.check();
        }
      },
    ),
    { numRuns: 2000 },
  );
});

Deno.test("Backlog.take() gives each lane its turn, whatever the others hold", () => {
  const backlog = new Backlog<string>(100);
  const lanes = [0, 1, 2].map(() => backlog.open({ places: 100 }));
  for (const [index, lane] of lanes.entries()) {
    for (let n = 0; n < 3 - index; n++) assert(backlog.tryPush(lane, `${index}${n}`));
  }
  const order = Array.from({ length: 6 }, () => backlog.take()?.unit);
  assertEquals(order, ["00", "10", "20", "01", "11", "02"]);
  assertEquals(backlog.take(), undefined);
});

Deno.test("Backlog lets in one pusher of each lane in turn", () => {
  const backlog = new Backlog<string>(1);
  const lanes = [0, 1].map(() => backlog.open({ places: 100 }));
  assert(backlog.tryPush(lanes[0], "first"));
  const admitted: string[] = [];
  for (const unit of ["a1", "a2", "b1"]) {
    backlog.lineUp(lanes[unit[0] === "a" ? 0 : 1], { unit, admitted: () => admitted.push(unit) });
  }
  const taken = Array.from({ length: 4 }, () => backlog.take()?.unit);
  assertEquals([admitted, taken], [["a1", "b1", "a2"], ["first", "a1", "b1", "a2"]]);
});

/** Does the same to both, and compares. */
class Run {
  #backlog: Backlog<number>;
  #model: Model;
  #lanes: Lane<number>[];
  #pushers = new Map<number, Pusher<number>>();
  #admitted = new Set<number>();
  #last = 0;

  constructor(size: number, limits: { places: number; parking: number }[]) {
    this.#backlog = new Backlog(size);
    this.#model = new Model(size);
    this.#lanes = limits.map((limit) => this.#backlog.open(limit));
    this.#model.lanes = limits.map((limit) => ({ ...limit, occupied: 0, waiting: [], pushers: [], isOpen: true }));
  }

  apply({ kind, lane: at }: Step): void {
    const lane = this.#lanes[at];
    const model = this.#model.lanes[at];
    if (!model.isOpen) return;
    switch (kind) {
      case "push": {
        const unit = ++this.#last;
        const isIn = this.#backlog.tryPush(lane, unit);
        assertEquals(isIn, model.pushers.length === 0 && this.#model.hasRoom(model), `push ${unit}`);
        if (isIn) model.waiting.push(unit);
        else {
          const pusher = { unit, admitted: () => this.#admit(unit) };
          this.#pushers.set(unit, pusher);
          model.pushers.push(unit);
          this.#backlog.lineUp(lane, pusher);
        }
        return;
      }
      case "take": {
        const anyEligible = this.#model.lanes.some((lane) => lane.isOpen && eligible(lane) > 0);
        // Those that are let in thereby are noted by then, behind what is taken.
        const fronts = this.#model.lanes.map(({ waiting }) => waiting[0]);
        const taken = this.#backlog.take();
        assertEquals(taken !== undefined, anyEligible);
        if (taken === undefined) return;
        const from = this.#model.lanes[this.#lanes.indexOf(taken.lane)];
        assertEquals(taken.unit, fronts[this.#lanes.indexOf(taken.lane)], "first in its lane");
        from.waiting.shift();
        from.occupied++;
        assert(from.occupied <= from.places, "there is a place for its results");
        return;
      }
      case "release":
        if (model.occupied === 0) return;
        model.occupied--;
        this.#backlog.release(lane);
        return;
      case "stepOut": {
        const unit = model.pushers.at(-1);
        if (unit === undefined) return;
        model.pushers.pop();
        assert(this.#backlog.stepOut(lane, this.#pushers.get(unit)!));
        assert(!this.#backlog.stepOut(lane, this.#pushers.get(unit)!));
        return;
      }
      case "close": {
        const expected = [model.waiting.splice(0), model.pushers.splice(0)];
        model.isOpen = false;
        const { units, pushers } = this.#backlog.close(lane);
        assertEquals([units, pushers.map(({ unit }) => unit)], expected);
      }
    }
  }

  /** Nobody stands in line for room that there is, and nothing holds more than it may. */
  check(): void {
    for (const [index, lane] of this.#model.lanes.entries()) {
      if (!lane.isOpen) continue;
      assertEquals(this.#lanes[index].waiting.length, lane.waiting.length, `waiting in lane ${index}`);
      assertEquals(this.#lanes[index].pushers.length, lane.pushers.length, `in line for lane ${index}`);
      if (lane.pushers.length > 0) assert(!this.#model.hasRoom(lane), `lane ${index} has room for who waits for it`);
      assert(lane.waiting.length - eligible(lane) <= lane.parking, "parked");
    }
    assertEquals(this.#backlog.lanes, this.#model.lanes.filter(({ isOpen }) => isOpen).length);
  }

  /** Each once, in the order of its line. */
  #admit(unit: number): void {
    assert(!this.#admitted.has(unit));
    this.#admitted.add(unit);
    const lane = this.#model.lanes.find(({ pushers }) => pushers[0] === unit);
    assert(lane !== undefined, `${unit} was not the first in its line`);
    lane.pushers.shift();
    lane.waiting.push(unit);
  }
}
