/** A server with a client that has no part in what a test does to the server, and must never notice. */
import { assertEquals } from "@std/assert";
import { Client, remote } from "../../mod.ts";
import { Server, type ServerOptions } from "../../server.ts";
import { parseAddress } from "../../wire/address.ts";
import { dial } from "../../client/dial.ts";
import { importAuthkey } from "../../wire/handshake.ts";
import { Peer, type PeerHandler } from "../../wire/peer.ts";
import { Transport } from "../../wire/transport.ts";

export const AUTHKEY = "the key of the tests";

const functions = remote<typeof import("../fixtures/functions.ts")>(import.meta.resolve("../fixtures/functions.ts"));

/** A running server and its uninvolved client. */
export class Bystander implements AsyncDisposable {
  readonly server: Server;
  readonly client: Client;

  private constructor(server: Server, client: Client) {
    this.server = server;
    this.client = client;
  }

  static async start(options: ServerOptions = {}): Promise<Bystander> {
    const server = await Server.start({
      address: "127.0.0.1:0",
      authkey: AUTHKEY,
      numWorkers: 2,
      logLevel: "none",
      // So that what hangs fails.
      taskTimeoutMs: 30_000,
      ...options,
    });
    try {
      const { insecure } = options;
      return new Bystander(server, await Client.connect({ address: server.address, authkey: AUTHKEY, insecure }));
    } catch (error) {
      await server.stop({ mode: "now" });
      throw error;
    }
  }

  /** Another client, for the test to do bad things with. */
  connect(): Promise<Client> {
    return Client.connect({ address: this.server.address, authkey: AUTHKEY });
  }

  /** The server and the uninvolved client work as before: a task runs, on the connection from the beginning. */
  async assertGoesOn(): Promise<void> {
    assertEquals(await this.client.run(functions.square, 7), 49);
  }

  /** A socket to the server, nothing said yet. */
  async openSocket(): Promise<Deno.TcpConn> {
    const address = parseAddress(this.server.address);
    if (address.transport !== "tcp") throw new Error("Only for servers on TCP");
    return await Deno.connect({ hostname: address.hostname, port: address.port });
  }

  /** The same for whole messages. */
  async openTransport(): Promise<Transport> {
    return new Transport(await this.openSocket());
  }

  /** An authenticated connection that sends whatever it is told to. */
  async openAuthenticated(): Promise<Transport> {
    return await dial({ address: parseAddress(this.server.address), key: await importAuthkey(AUTHKEY) });
  }

  /** An authenticated peer, for calls that no client makes. */
  async openPeer(onPush: PeerHandler["onPush"] = () => {}): Promise<Peer> {
    const onCall = () => {
      throw new Error("The server calls nobody");
    };
    return new Peer(await this.openAuthenticated(), { onCall, onPush });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
    await this.server.stop({ mode: "now" });
  }
}

/** Reads to the end of the stream: the event that the other side has closed. Gives what came before. */
export async function readToEnd(conn: Deno.Conn): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of conn.readable) chunks.push(chunk);
  } catch {
    // Closed with unread input: the system says so with a reset, which is an end too.
  }
  const all = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  chunks.reduce((at, chunk) => (all.set(chunk, at), at + chunk.length), 0);
  return all;
}
