/** Servers in processes of their own that follow each other at one address, with one file. */
import { Client } from "../../mod.ts";
import type { ServerOptions } from "../../server.ts";
import { AUTHKEY } from "../fixtures/pair.ts";
import { LoneServer } from "./lone_server.ts";

/** The present one, and what is beside its file. */
export class LastingServer implements AsyncDisposable {
  readonly folder: string;
  readonly #options: ServerOptions;
  #server: LoneServer | null = null;
  #address = "127.0.0.1:0";

  private constructor(folder: string, options: ServerOptions) {
    this.folder = folder;
    this.#options = options;
  }

  static async start(options: ServerOptions = {}): Promise<LastingServer> {
    const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "palpable-lasting-" }));
    const server = new LastingServer(folder, { permissionCeiling: "all", isolation: "module", ...options });
    await server.startNext();
    return server;
  }

  get address(): string {
    return this.#address;
  }

  /** Another, once the one before is gone. */
  async startNext(options: ServerOptions & { clockAheadMs?: number } = {}): Promise<void> {
    const store = `${this.folder}/tasks.db`;
    this.#server = await LoneServer.start({ ...this.#options, store, address: this.#address, ...options });
    this.#address = this.#server.address;
  }

  /** As the system does it that has no memory left. */
  async kill(): Promise<void> {
    await this.#server!.kill();
  }

  /** Stops it, killing what runs. */
  async stop(): Promise<void> {
    await this.#server![Symbol.asyncDispose]();
  }

  connect(): Promise<Client> {
    return Client.connect({ address: this.#address, authkey: AUTHKEY, reconnectMs: 60_000 });
  }

  /** The lines of a file here, once there are so many. */
  async lines(name: string, count: number): Promise<string[]> {
    using watcher = Deno.watchFs(this.folder);
    const changes = watcher[Symbol.asyncIterator]();
    for (;;) {
      const lines = (await Deno.readTextFile(`${this.folder}/${name}`).catch(() => "")).split("\n").slice(0, -1);
      if (lines.length >= count) return lines;
      await changes.next();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** A client whose tasks may read and write what is beside the server's file. */
export function granted(client: Client, { folder }: LastingServer): Client {
  return client.with({ permissions: { read: [folder], write: [folder] } });
}
