/**
 * The server of the kill matrix: the program `server.ts` as anybody starts it, but for an import map, which puts the
 * thread that fails in the place of the store's.
 *
 * @module
 */

import { Client } from "../../mod.ts";
import type { CommitFault } from "./faulty_core.ts";
import { type Break, broken } from "./breaks.ts";

const ROOT = new URL("../../", import.meta.url);

/** Where all of it lies. */
export class Place implements AsyncDisposable {
  readonly folder: string;
  readonly store: string;
  readonly marks: string;
  readonly address: string;
  readonly #authkey = "a key of the kill matrix";

  private constructor(folder: string) {
    this.folder = folder;
    this.store = `${folder}/tasks.db`;
    this.marks = `${folder}/marks`;
    this.address = `unix:${folder}/socket`;
  }

  /** Makes it, with the import map, and the store broken where it is to be. */
  static async make(breakage: Break | null): Promise<Place> {
    const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "palpable-chaos-" }));
    const place = new Place(folder);
    await Deno.writeTextFile(`${folder}/key`, place.#authkey, { mode: 0o600 });
    await Deno.writeTextFile(place.marks, "");
    const { imports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
    const here = (path: string) => new URL(path, ROOT).href;
    if (breakage !== null) {
      await Deno.writeTextFile(`${folder}/broken.ts`, broken(breakage, ROOT));
      imports[here(breakage.file)] = new URL(`file://${folder}/broken.ts`).href;
    }
    const faulty = { [here("store/sqlite/worker_core.ts")]: here("tests/chaos/faulty_core.ts") };
    const map = { imports, scopes: { [here("store/sqlite/worker.ts")]: faulty } };
    await Deno.writeTextFile(`${folder}/import_map.json`, JSON.stringify(map));
    return place;
  }

  connect(reconnectMs: number): Promise<Client> {
    return Client.connect({ address: this.address, authkey: this.#authkey, reconnectMs, waitMs: reconnectMs });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** How one is started. */
export interface StartWith {
  /** What `strace` injects into its system calls on the store's log. */
  readonly inject?: string;
  /** No file may become larger than this. */
  readonly mostFileBytes?: number;
}

/** A running one. */
export class ChaosServer {
  readonly #process: Deno.ChildProcess;
  readonly #place: Place;
  /** Resolves with what ended it, once it is gone. */
  readonly gone: Promise<Deno.CommandStatus>;
  /** True once it listens; false when it ended before. */
  readonly started: Promise<boolean>;
  /** What it said of what went wrong. */
  said = "";

  constructor(place: Place, { inject, mostFileBytes }: StartWith = {}) {
    this.#place = place;
    disarm(place);
    const program = [
      "run",
      "-A",
      "--import-map",
      `${place.folder}/import_map.json`,
      new URL("server.ts", ROOT).pathname,
    ];
    const flags = [
      ...["--address", place.address, "--authkey-file", `${place.folder}/key`, "--store", place.store],
      ...["--workers", "2", "--isolation", "module", "--heartbeat", "1s", "--max-crashes", "1000000"],
      ...["--result-retention", "3h", "--log-level", "error"],
    ];
    let command = [Deno.execPath(), ...program, ...flags];
    if (inject !== undefined) {
      // The tracer is a child of what it traces: the process that is started is the server.
      const calls = inject.slice(0, inject.indexOf(":"));
      const trace = ["-D", "-f", "-o", "/dev/null", "-P", `${place.store}-wal`, "-e", `trace=${calls}`];
      command = ["strace", ...trace, "-e", `inject=${inject}`, ...command];
    }
    if (mostFileBytes !== undefined) {
      const blocks = Math.floor(mostFileBytes / 512);
      command = ["/bin/sh", "-c", `trap "" XFSZ; ulimit -f ${blocks}; exec "$@"`, "sh", ...command];
    }
    const [name, ...args] = command;
    this.#process = new Deno.Command(name, { args, stdin: "null", stdout: "piped", stderr: "piped" }).spawn();
    this.gone = this.#process.status;
    const listens = this.#read(this.#process.stdout, / listens on /);
    void this.#read(this.#process.stderr, null);
    this.started = Promise.race([listens, this.gone.then(() => false)]);
  }

  async #read(stream: ReadableStream<Uint8Array>, wanted: RegExp | null): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const reading = (async () => {
      let text = "";
      for await (const part of stream.pipeThrough(new TextDecoderStream())) {
        if (wanted?.test(text += part)) resolve(true);
        if (wanted === null) this.said = (this.said + part).slice(-4000);
      }
      return false;
    })();
    return await Promise.race([promise, reading]);
  }

  /** Its store fails so at the next commit, and at each one after, until it is gone or mended. */
  arm(fault: CommitFault): void {
    const path = `${this.#place.store}-fault`;
    // In one piece: the thread may look at any time.
    Deno.writeTextFileSync(`${path}-new`, JSON.stringify(fault));
    Deno.renameSync(`${path}-new`, path);
  }

  mend(): void {
    disarm(this.#place);
  }

  signal(signal: Deno.Signal): void {
    try {
      this.#process.kill(signal);
    } catch (error) {
      // It has just ended by itself.
      if (!(error instanceof TypeError) && !(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

function disarm({ store }: Place): void {
  try {
    Deno.removeSync(`${store}-fault`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
