import { assertEquals, assertInstanceOf } from "@std/assert";
import { remote, TaskError } from "../../mod.ts";
import { TempTree } from "../helpers/temp_tree.ts";
import { Bystander, readToEnd } from "./bystander.ts";

const ignore = Deno.build.os !== "linux";

/** A host that takes connections and never says a word. */
class SilentHost implements Disposable {
  /** Resolves for each connection when the other side has ended it. */
  readonly ended: Promise<unknown>[] = [];
  #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  #wanted: { count: number; resolve: () => void }[] = [];

  constructor() {
    this.#accept();
  }

  /** A module on it. */
  url(name: string): string {
    return `http://127.0.0.1:${this.#listener.addr.port}/${name}`;
  }

  /** Resolves when there have been so many connections. */
  async connected(count: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wanted.push({ count, resolve });
    this.#tell();
    await promise;
  }

  [Symbol.dispose](): void {
    this.#listener.close();
  }

  async #accept(): Promise<void> {
    for await (const conn of this.#listener) {
      this.ended.push(readToEnd(conn));
      this.#tell();
    }
  }

  #tell(): void {
    for (const { count, resolve } of this.#wanted) if (this.ended.length >= count) resolve();
  }
}

// deno-lint-ignore no-explicit-any
const exportsOf = (url: string) => remote<any>(url);

Deno.test("S10: 150 tasks at a URL that never answers leave no helper behind", { ignore }, async () => {
  using host = new SilentHost();
  await using bystander = await Bystander.start({ numWorkers: 10 });
  const aborts = new AbortController();
  const client = bystander.client.with({ signal: aborts.signal });
  const urls = Array.from({ length: 150 }, (_, at) => host.url(`${at % 7}.ts`));
  const runs = Promise.all(urls.map((url) => client.run(exportsOf(url).f).catch((error) => error)));
  await host.connected(4);
  // Finding and fetching a module has limits of its own: no task's time counts.
  aborts.abort("enough");
  assertEquals(new Set(await runs), new Set(["enough"]));
  // Those that got so far as to ask have been ended, which is seen here.
  await Promise.all(host.ended);
  await bystander.assertGoesOn();
});

Deno.test("S10: so many helpers run at once, the status counts them, and they end with who waits for them", {
  ignore,
}, async () => {
  using host = new SilentHost();
  await using bystander = await Bystander.start({ numWorkers: 10 });
  const handles = await Promise.all(
    Array.from({ length: 8 }, (_, at) => bystander.client.submit(exportsOf(host.url(`${at}.ts`)).f)),
  );
  await host.connected(4);
  assertEquals(bystander.server.status().helpers, { running: 4, waiting: 4 });
  // Local modules need none of them.
  await bystander.assertGoesOn();
  for (const handle of handles) await handle.cancel();
  await Promise.all(host.ended);
  await bystander.server.stop({ mode: "now" });
  assertEquals(bystander.server.status().helpers, { running: 0, waiting: 0 });
});

Deno.test("S10: a task whose module never ends, or is a device, ends in time and leaves no helper behind", {
  ignore,
}, async () => {
  await using tree = new TempTree({
    "deno.json": "{}",
    "pipe.ts": `import "./fifo.ts"; export const f = () => 1;`,
    "zero.ts": `import "./device.ts"; export const f = () => 1;`,
    "text.ts": `import text from "./device.ts" with { type: "text" }; export const f = () => text;`,
  });
  await new Deno.Command("mkfifo", { args: [tree.path("fifo.ts")] }).output();
  await Deno.symlink("/dev/zero", tree.path("device.ts"));
  await using bystander = await Bystander.start();
  const codeOf = async (url: string, timeoutMs: number) => {
    const error = await bystander.client.with({ timeoutMs }).run(exportsOf(url).f).catch((error) => error);
    assertInstanceOf(error, TaskError, `${url}: ${Deno.inspect(error)}`);
    return error.code;
  };
  assertEquals(await codeOf("file:///dev/zero", 300), "MODULE_NOT_ALLOWED");
  const client = bystander.client.with({ signal: AbortSignal.timeout(300) });
  const pipe = await client.run(exportsOf(tree.url("pipe.ts")).f).catch((error: Error) => error) as Error;
  assertEquals(pipe.name, "TimeoutError");
  for (const name of ["zero.ts", "text.ts"]) {
    assertEquals(await codeOf(tree.url(name), 20_000), "MODULE_LOAD_FAILED", name);
  }
  await bystander.assertGoesOn();
  await bystander.server.stop({ mode: "now" });
  assertEquals(bystander.server.status().helpers, { running: 0, waiting: 0 });
});
