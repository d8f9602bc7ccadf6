/**
 * Main module of a task's process whose functions are counted: the bundle that `BUNDLE` names is loaded with the
 * engine's own counts switched on, and a task can ask for them.
 *
 * @module
 */

import inspector from "node:inspector";

/** A function and its text's place in the bundle, as the engine tells. */
export interface CountedFunction {
  ranges: { startOffset: number; endOffset: number; count: number }[];
}

const session = new inspector.Session();
session.connect();

const bundle = Deno.env.get("BUNDLE")!;
await post("Profiler.enable");
await post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
(globalThis as unknown as { countedFunctions: () => Promise<CountedFunction[]> }).countedFunctions = async () => {
  const { result } = await post("Profiler.takePreciseCoverage") as {
    result: { url: string; functions: CountedFunction[] }[];
  };
  return result.find(({ url }) => url === bundle)!.functions;
};
await import(bundle);

function post(method: string, params = {}): Promise<unknown> {
  return new Promise((resolve, reject) => {
    session.post(method, params, (error: Error | null, result: unknown) => error ? reject(error) : resolve(result));
  });
}
