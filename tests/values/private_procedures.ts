/** Procedures with private members. */
import { Procedure } from "../../mod.ts";

export class Counts extends Procedure<number> {
  static override module = import.meta.url;
  #count: number;

  constructor(count: number) {
    super();
    this.#count = count;
  }

  run(): number {
    return this.#count;
  }
}

export class Inherits extends Counts {
  static override module = import.meta.url;
}

export class Callers extends Procedure<number> {
  static override module = import.meta.url;

  constructor(readonly count: number) {
    super();
  }

  run(): number {
    return this.#double();
  }

  #double(): number {
    return 2 * this.count;
  }
}

class Secret {
  #secret = 1;

  static of(value: Secret): number {
    return value.#secret;
  }
}

/** What it misses is a field of something else. */
export class Others extends Procedure<number> {
  static override module = import.meta.url;

  run(): number {
    return Secret.of({} as Secret);
  }
}

/** TypeScript's `private` is a plain field, and objects that it makes itself have whatever they like. */
export class Shares extends Procedure<number> {
  static override module = import.meta.url;

  constructor(private count: number) {
    super();
  }

  run(): number {
    return this.count + Secret.of(new Secret());
  }
}
