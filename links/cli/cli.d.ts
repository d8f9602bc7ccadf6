// deno-lint-ignore-file no-explicit-any
// Simpler than the real types, and sound for boolean, string, collect and default. Aliases, negatable and dotted
// names are read under their main name only.

export interface ParseOptions<
  B extends string = string,
  S extends string = string,
  C extends string = string,
  D extends Record<string, unknown> = Record<string, unknown>,
> {
  /** Put what follows `--` into `["--"]` rather than `_`. */
  "--"?: boolean;
  alias?: Record<string, string | readonly string[]>;
  boolean?: boolean | B | readonly B[];
  default?: D;
  stopEarly?: boolean;
  string?: S | readonly S[];
  collect?: C | readonly C[];
  negatable?: string | readonly string[];
  /** Called for each argument that no option names; `false` drops it. */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

type Value<K, B, S> = K extends B ? boolean : K extends S ? string : any;
type Fallback<K, D> = K extends keyof D ? D[K] : undefined;

export type Args<B extends string = string, S extends string = string, C extends string = string, D = unknown> =
  & { _: (string | number)[]; "--"?: string[] }
  & ([B | S | C] extends [never] ? Record<string, any>
    :
      & { [K in Exclude<B, C>]: boolean }
      & { [K in Exclude<S, B | C>]: string | Fallback<K, D> }
      & { [K in C]: Value<K, B, S>[] }
      & { [K in Exclude<keyof D, B | S | C>]: unknown });

export declare function parseArgs<
  B extends string = never,
  S extends string = never,
  C extends string = never,
  const D extends Record<string, unknown> = Record<never, never>,
>(args: string[], options?: ParseOptions<B, S, C, D>): Args<B, S, C, D>;
