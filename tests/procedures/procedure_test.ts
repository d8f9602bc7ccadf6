import { assert, assertEquals, assertThrows } from "@std/assert";
import { TaskError } from "../../core/errors.ts";
import { isProcedure, Procedure, procedureIdentity } from "../../procedures/procedure.ts";
import { MapFunction } from "../../procedures/map_function.ts";
import { RunFunction } from "../../procedures/run_function.ts";

class Base extends Procedure<number> {
  static override module = "file:///project/base.ts";
  run() {
    return 1;
  }
}

class Homeless extends Base {}

class Relative extends Base {
  static override module = "./base.ts";
}

Deno.test("procedureIdentity() gives module and class name", () => {
  assertEquals(procedureIdentity(new Base()), { module: "file:///project/base.ts", name: "Base" });
  assertEquals(procedureIdentity(new RunFunction((x: number) => x, 1)).name, "RunFunction");
});

Deno.test("procedureIdentity() refuses a class that does not say itself where it lives", () => {
  for (const procedure of [new Homeless(), new Relative()]) {
    const error = assertThrows(() => procedureIdentity(procedure), TaskError, 'add "static override module = import');
    assertEquals(error.code, "NOT_CALLABLE");
  }
});

Deno.test("procedureIdentity() refuses a class without a name", () => {
  const procedure = new (class extends Base {
    static override module = "file:///project/base.ts";
  })();
  assertThrows(() => procedureIdentity(procedure), TaskError, "whose class has no name");
});

Deno.test("isProcedure() is true for procedures, also of another copy of the package", async () => {
  const copy = await import(`../../procedures/procedure.ts?copy`);
  const Other = class extends copy.Procedure {
    run() {}
  };
  assert(!(new Other() instanceof Procedure));
  for (const value of [new Base(), new MapFunction((x: number) => x, []), new Other(), Object.create(Base.prototype)]) {
    assert(isProcedure(value));
  }
});

Deno.test("isProcedure() is false for anything else, the class itself included", () => {
  for (const value of [Base, Procedure, null, undefined, {}, { run() {} }, () => 1, "Procedure"]) {
    assert(!isProcedure(value));
  }
});

Deno.test("Procedure keeps no field of its own that would be sent", () => {
  assertEquals([Object.keys(new Base()), Reflect.ownKeys(new Base())], [[], []]);
});
