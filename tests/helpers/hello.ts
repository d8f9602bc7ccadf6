import { encode } from "../../wire/codec.ts";
import { PROTOCOL_VERSION } from "../../wire/message.ts";

/** What a client says first, whether it knows the key or not. */
export function helloFrame(): Uint8Array<ArrayBuffer> {
  const body = encode(["palpable", PROTOCOL_VERSION, "client", new Uint8Array(32)]);
  const frame = new Uint8Array(4 + body.length);
  new DataView(frame.buffer).setUint32(0, body.length);
  frame.set(body, 4);
  return frame;
}

/** What a client begins TLS with. */
export async function clientHello(): Promise<Uint8Array> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [near, far] = await Promise.all([
    Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
    listener.accept(),
  ]);
  const client = await Deno.startTls(near, { hostname: "127.0.0.1" });
  const failing = client.handshake().catch(() => {});
  const buffer = new Uint8Array(4096);
  const count = await far.read(buffer);
  far.close();
  await failing;
  client.close();
  return buffer.subarray(0, count!);
}
