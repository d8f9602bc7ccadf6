/** What the task of a snippet runs. */

const AsyncFunction = (async () => {}).constructor as new (body: string) => () => Promise<void>;

/** Runs a text as the body of an asynchronous function. */
export function evaluate(source: string): Promise<void> {
  return new AsyncFunction(source)();
}
