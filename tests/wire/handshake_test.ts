import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import fc from "fast-check";
import { AuthenticationFailed, ServerBusy, TaskError } from "../../core/errors.ts";
import { FrameDecoder, UNAUTHENTICATED_FRAME_BYTES } from "../../wire/frame.ts";
import { authenticateNewcomer, authenticateToServer, importAuthkey, refuse } from "../../wire/handshake.ts";
import { PROTOCOL_VERSION } from "../../wire/message.ts";
import { presentToken, TOKEN_BYTES } from "../../wire/token.ts";
import { type ByteStream, Transport } from "../../wire/transport.ts";
import { memoryStreams } from "../helpers/memory_stream.ts";
import { Random } from "../helpers/random.ts";

const KEY = await importAuthkey("the shared key");
const OTHER_KEY = await importAuthkey("another key");

type Outcome = { ok: true } | { ok: false; error: TaskError };

/** How one side's handshake ended; when it failed the side hangs up, as the real ones do. */
async function outcomeOf(transport: Transport, handshake: Promise<unknown>): Promise<Outcome> {
  try {
    await handshake;
    return { ok: true };
  } catch (error) {
    await transport.flushed();
    transport.close();
    assert(error instanceof TaskError, `an error of the family, not ${error}`);
    return { ok: false, error };
  }
}

function asServer(stream: ByteStream, key: CryptoKey | null = KEY): Promise<Outcome> {
  const transport = new Transport(stream, UNAUTHENTICATED_FRAME_BYTES);
  return outcomeOf(transport, authenticateNewcomer(transport, key));
}

function asClient(stream: ByteStream, key = KEY): Promise<Outcome> {
  const transport = new Transport(stream, UNAUTHENTICATED_FRAME_BYTES);
  return outcomeOf(transport, authenticateToServer(transport, key));
}

function codeOf(outcome: Outcome): string {
  return outcome.ok ? "authenticated" : outcome.error.code;
}

/** A server, and the bare transport of whoever talks to it. */
function serverAndStranger(key: CryptoKey | null = KEY) {
  const [near, far] = memoryStreams();
  return { outcome: asServer(near, key), stranger: new Transport(far) };
}

/** A client, and the bare transport of whoever answers it. */
function clientAndImpostor(key = KEY) {
  const [near, far] = memoryStreams();
  return { outcome: asClient(near, key), impostor: new Transport(far) };
}

// deno-lint-ignore no-explicit-any
async function receive(transport: Transport): Promise<any[]> {
  const frame = await transport.receive();
  assert(Array.isArray(frame), "a frame is an array");
  return structuredClone(frame);
}

/** The MAC of a transcript, told a second time from the protocol's description. */
async function macOf(key: CryptoKey, role: string, client: Uint8Array, server: Uint8Array, version = PROTOCOL_VERSION) {
  const label = new TextEncoder().encode(`palpable ${version} ${role} plain\0`);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, new Uint8Array([...label, ...client, ...server])));
}

// -- Both honest --

Deno.test("authenticateNewcomer() and authenticateToServer() agree when both know the key", async () => {
  const [a, b] = memoryStreams();
  const [server, client] = [new Transport(a, UNAUTHENTICATED_FRAME_BYTES), new Transport(b)];
  const [newcomer] = await Promise.all([authenticateNewcomer(server, KEY), authenticateToServer(client, KEY)]);
  assertEquals(newcomer, { role: "client" });
});

Deno.test("authenticateNewcomer() takes authkeys as text and as bytes for the same", async () => {
  const [a, b] = memoryStreams();
  const bytes = await importAuthkey(new TextEncoder().encode("the shared key"));
  assertEquals(await Promise.all([asServer(a, bytes), asClient(b, KEY)]), [{ ok: true }, { ok: true }]);
});

Deno.test("authenticateNewcomer() speaks the frames that the protocol describes", async () => {
  const { outcome, stranger } = serverAndStranger();
  const clientNonce = new Uint8Array(32).fill(7);
  stranger.send(["palpable", PROTOCOL_VERSION, "client", clientNonce]);
  const [kind, version, serverNonce, ...rest] = await receive(stranger);
  assertEquals([kind, version, serverNonce.length, rest], ["challenge", PROTOCOL_VERSION, 32, []]);
  stranger.send(["proof", await macOf(KEY, "client", clientNonce, serverNonce)]);
  assertEquals(await receive(stranger), ["proof", await macOf(KEY, "server", clientNonce, serverNonce)]);
  assertEquals(await outcome, { ok: true });
});

Deno.test("importAuthkey() refuses an empty key", async () => {
  for (const empty of ["", new Uint8Array()]) {
    const error = await assertRejects(() => importAuthkey(empty), TaskError, "Cannot use an empty authkey");
    assertEquals(error.code, "AUTHKEY_UNUSABLE");
  }
});

Deno.test("R3: authenticateNewcomer() tells whoever finds no room so before the proof, which would let it in", async () => {
  const [near, far] = memoryStreams();
  const transport = new Transport(near, UNAUTHENTICATED_FRAME_BYTES);
  const onProved = () => {
    throw new ServerBusy();
  };
  const serving = outcomeOf(transport, authenticateNewcomer(transport, KEY, { onProved }));
  assertEquals(codeOf(await asClient(far)), "SERVER_BUSY");
  assertEquals(codeOf(await serving), "SERVER_BUSY");
});

// -- Wrong keys, and none --

Deno.test("authenticateNewcomer() refuses a client with another key, and tells it", async () => {
  const [a, b] = memoryStreams();
  const [server, client] = await Promise.all([asServer(a), asClient(b, OTHER_KEY)]);
  for (const outcome of [server, client]) {
    assert(!outcome.ok);
    assertInstanceOf(outcome.error, AuthenticationFailed);
  }
  assert(!client.ok);
  assertEquals(
    client.error.message,
    "Refused: The client's proof does not fit the authkey; give both sides the same: authkey, authkeyFile or PALPABLE_AUTHKEY",
  );
});

Deno.test("authenticateNewcomer() gives a stranger no MAC to try keys against", async () => {
  const { outcome, stranger } = serverAndStranger();
  stranger.send(["palpable", PROTOCOL_VERSION, "client", new Uint8Array(32)]);
  assertEquals((await receive(stranger))[0], "challenge");
  stranger.send(["proof", new Uint8Array(32)]);
  assertEquals((await receive(stranger)).slice(0, 2), ["refused", "AUTHENTICATION_FAILED"]);
  assertEquals(await stranger.receive(), null);
  assertEquals(codeOf(await outcome), "AUTHENTICATION_FAILED");
});

Deno.test("authenticateNewcomer() refuses proofs of any other form", async () => {
  for (const mac of [null, "", 0, true, [], {}, new Uint8Array(), new Uint8Array(31), new Uint8Array(33)]) {
    const { outcome, stranger } = serverAndStranger();
    stranger.send(["palpable", PROTOCOL_VERSION, "client", new Uint8Array(32)]);
    await receive(stranger);
    stranger.send(["proof", mac]);
    assertEquals(codeOf(await outcome), "AUTHENTICATION_FAILED");
  }
});

Deno.test("authenticateToServer() refuses a server that does not know the key", async () => {
  const { outcome, impostor } = clientAndImpostor();
  const [, , , clientNonce] = await receive(impostor);
  const serverNonce = new Uint8Array(32);
  impostor.send(["challenge", PROTOCOL_VERSION, serverNonce]);
  await receive(impostor);
  impostor.send(["proof", await macOf(OTHER_KEY, "server", clientNonce, serverNonce)]);
  const refused = await outcome;
  assert(!refused.ok);
  assertInstanceOf(refused.error, AuthenticationFailed);
});

// -- Reflection and replay --

Deno.test("authenticateToServer() refuses its own proof sent back as the server's", async () => {
  for (const reflectNonce of [false, true]) {
    const { outcome, impostor } = clientAndImpostor();
    const [, , , clientNonce] = await receive(impostor);
    impostor.send(["challenge", PROTOCOL_VERSION, reflectNonce ? clientNonce : new Uint8Array(32)]);
    const [, proof] = await receive(impostor);
    impostor.send(["proof", proof]);
    assertEquals(codeOf(await outcome), "AUTHENTICATION_FAILED");
  }
});

Deno.test("authenticateToServer() refuses a server's proof of another session", async () => {
  // The impostor has heard a whole handshake between the same two, and knows a nonce of the server's own.
  const { stranger } = serverAndStranger();
  const oldNonce = new Uint8Array(32).fill(1);
  stranger.send(["palpable", PROTOCOL_VERSION, "client", oldNonce]);
  const [, , serverNonce] = await receive(stranger);
  stranger.send(["proof", await macOf(KEY, "client", oldNonce, serverNonce)]);
  const [, overheard] = await receive(stranger);

  const { outcome, impostor } = clientAndImpostor();
  await receive(impostor);
  impostor.send(["challenge", PROTOCOL_VERSION, serverNonce]);
  await receive(impostor);
  impostor.send(["proof", overheard]);
  assertEquals(codeOf(await outcome), "AUTHENTICATION_FAILED");
});

Deno.test("authenticateNewcomer() refuses a client's proof of another session", async () => {
  const nonce = new Uint8Array(32).fill(1);
  const first = serverAndStranger();
  first.stranger.send(["palpable", PROTOCOL_VERSION, "client", nonce]);
  const [, , serverNonce] = await receive(first.stranger);
  const overheard = await macOf(KEY, "client", nonce, serverNonce);

  const second = serverAndStranger();
  second.stranger.send(["palpable", PROTOCOL_VERSION, "client", nonce]);
  await receive(second.stranger);
  second.stranger.send(["proof", overheard]);
  assertEquals(codeOf(await second.outcome), "AUTHENTICATION_FAILED");
});

Deno.test("authenticateNewcomer() refuses a proof of the server's role, of swapped nonces, of another version", async () => {
  type Nonces = [client: Uint8Array, server: Uint8Array];
  const forgeries: ((...nonces: Nonces) => Promise<Uint8Array>)[] = [
    (client, server) => macOf(KEY, "server", client, server),
    (client, server) => macOf(KEY, "client", server, client),
    (client, server) => macOf(KEY, "client", client, server, PROTOCOL_VERSION + 1),
    (client) => macOf(KEY, "client", client, client),
  ];
  for (const forge of forgeries) {
    const { outcome, stranger } = serverAndStranger();
    const clientNonce = new Uint8Array(32).fill(9);
    stranger.send(["palpable", PROTOCOL_VERSION, "client", clientNonce]);
    const [, , serverNonce] = await receive(stranger);
    stranger.send(["proof", await forge(clientNonce, serverNonce)]);
    assertEquals(codeOf(await outcome), "AUTHENTICATION_FAILED");
  }
});

Deno.test("authenticateNewcomer() draws a new nonce for each session", async () => {
  const nonces = new Set<string>();
  for (let i = 0; i < 20; i++) {
    const { stranger } = serverAndStranger();
    stranger.send(["palpable", PROTOCOL_VERSION, "client", new Uint8Array(32)]);
    nonces.add((await receive(stranger))[2].toHex());
    stranger.close();
  }
  assertEquals(nonces.size, 20);
});

// -- Versions and forms --

Deno.test("authenticateNewcomer() refuses another version, and names both", async () => {
  for (
    const version of [PROTOCOL_VERSION + 1, 0, String(PROTOCOL_VERSION), null, [PROTOCOL_VERSION], { toString: 1 }]
  ) {
    const { outcome, stranger } = serverAndStranger();
    stranger.send(["palpable", version, "client", new Uint8Array(32)]);
    const [kind, code, message] = await receive(stranger);
    assertEquals([kind, code], ["refused", "PROTOCOL_VERSION"]);
    assert(message.includes(`this side speaks ${PROTOCOL_VERSION}`), message);
    assertEquals(codeOf(await outcome), "PROTOCOL_VERSION");
  }
});

Deno.test("authenticateToServer() refuses a server of another version before it proves anything", async () => {
  const { outcome, impostor } = clientAndImpostor();
  await receive(impostor);
  impostor.send(["challenge", PROTOCOL_VERSION + 1, new Uint8Array(32)]);
  assertEquals(codeOf(await outcome), "PROTOCOL_VERSION");
  assertEquals(await impostor.receive(), null);
});

Deno.test("authenticateToServer() passes a refusal on", async () => {
  const cases = [
    [["refused", "PROTOCOL_VERSION", "old"], "PROTOCOL_VERSION", "Refused: old"],
    [["refused", "AUTHENTICATION_FAILED", "no"], "AUTHENTICATION_FAILED", "Refused: no"],
    [["refused", "SERVER_BUSY", "full"], "SERVER_BUSY", "Refused: full"],
    [["refused", "MADE_UP", "x"], "INVALID_REQUEST", "Refused: x"],
    [["refused"], "INVALID_REQUEST", "Refused: no reason was given"],
    [["refused", {}, { toString: 1 }], "INVALID_REQUEST", "Refused: no reason was given"],
  ] as const;
  for (const [frame, code, message] of cases) {
    const { outcome, impostor } = clientAndImpostor();
    impostor.send(frame);
    const refused = await outcome;
    assert(!refused.ok);
    assertEquals([refused.error.code, refused.error.message], [code, message]);
  }
});

Deno.test("authenticateNewcomer() and authenticateToServer() refuse nonces of another size", async () => {
  for (const nonce of [new Uint8Array(), new Uint8Array(31), new Uint8Array(33), "x".repeat(32), null, [1]]) {
    const { outcome, stranger } = serverAndStranger();
    stranger.send(["palpable", PROTOCOL_VERSION, "client", nonce]);
    assertEquals((await receive(stranger)).slice(0, 2), ["refused", "MALFORMED_MESSAGE"]);
    assertEquals(codeOf(await outcome), "MALFORMED_MESSAGE");

    const reverse = clientAndImpostor();
    reverse.impostor.send(["challenge", PROTOCOL_VERSION, nonce]);
    assertEquals(codeOf(await reverse.outcome), "MALFORMED_MESSAGE");
  }
});

Deno.test("authenticateNewcomer() refuses a first frame over 1 KiB unread", async () => {
  const { outcome, stranger } = serverAndStranger();
  stranger.send(["palpable", PROTOCOL_VERSION, "client", new Uint8Array(1100)]);
  assertEquals(codeOf(await outcome), "FRAME_TOO_LARGE");
});

Deno.test("authenticateNewcomer() gives CONNECTION_CLOSED when the newcomer leaves, at any point", async () => {
  const early = serverAndStranger();
  early.stranger.close();
  assertEquals(codeOf(await early.outcome), "CONNECTION_CLOSED");
  const late = serverAndStranger();
  late.stranger.send(["palpable", PROTOCOL_VERSION, "client", new Uint8Array(32)]);
  await receive(late.stranger);
  late.stranger.close();
  assertEquals(codeOf(await late.outcome), "CONNECTION_CLOSED");
});

Deno.test("refuse() sends a text of any length within what may be sent before authentication", async () => {
  const [a, b] = memoryStreams();
  const transport = new Transport(a, UNAUTHENTICATED_FRAME_BYTES);
  refuse(transport, new TaskError("PROTOCOL_VERSION", "\u20ac".repeat(5000)));
  await transport.flushed();
  assertEquals((await receive(new Transport(b))).slice(0, 2), ["refused", "PROTOCOL_VERSION"]);
});

// -- Workers --

Deno.test("authenticateNewcomer() takes a worker's token on the workers' socket only, a client there never", async () => {
  const token = new Random(1).bytes(TOKEN_BYTES);
  for (const key of [KEY, null]) {
    const [a, b] = memoryStreams();
    const newcomer = authenticateNewcomer(new Transport(a), key);
    presentToken(new Transport(b), token);
    if (key === null) assertEquals(await newcomer, { role: "worker", token });
    else await assertRejects(() => newcomer, AuthenticationFailed, "not for that role");
  }
  const { outcome, stranger } = serverAndStranger(null);
  stranger.send(["palpable", PROTOCOL_VERSION, "client", new Uint8Array(32)]);
  assertEquals(codeOf(await outcome), "AUTHENTICATION_FAILED");
});

Deno.test("authenticateNewcomer() refuses a token of another size", async () => {
  for (const token of [new Uint8Array(), new Uint8Array(TOKEN_BYTES - 1), new Uint8Array(TOKEN_BYTES + 1), "x", null]) {
    const { outcome, stranger } = serverAndStranger(null);
    stranger.send(["palpable", PROTOCOL_VERSION, "worker", token]);
    assertEquals(codeOf(await outcome), "MALFORMED_MESSAGE");
  }
});

// -- Fuzz --

/** Passes frames on from one stream to the other, each as `change` wants it, until the sender is gone. */
async function relay(from: ByteStream, to: ByteStream, change: (frame: Uint8Array) => Uint8Array): Promise<void> {
  const decoder = new FrameDecoder(100_000);
  try {
    for (;;) {
      for (let frame = decoder.next(); frame !== null; frame = decoder.next()) {
        const payload = change(frame);
        const bytes = new Uint8Array(4 + payload.length);
        new DataView(bytes.buffer).setUint32(0, payload.length);
        bytes.set(payload, 4);
        await to.write(bytes);
      }
      const count = await from.read(decoder.space());
      if (count === null) break;
      decoder.advance(count);
    }
  } catch {
    // The receiver has hung up.
  }
  to.close();
}

function mutated(random: Random, frame: Uint8Array): Uint8Array {
  const bytes = [...frame];
  const at = random.int(0, bytes.length - 1);
  const kind = random.int(0, 4);
  if (kind <= 1) bytes[at] ^= 1 << random.int(0, 7);
  else if (kind === 2) bytes[at] = (bytes[at] + random.int(1, 255)) & 0xff;
  else if (kind === 3) bytes.splice(at, random.int(1, 4));
  else bytes.splice(at, 0, ...random.bytes(random.int(1, 4)));
  const changed = Uint8Array.from(bytes);
  return changed.toHex() === frame.toHex() ? new Uint8Array() : changed;
}

Deno.test("no handshake of which one frame was changed on its way authenticates who got it", async () => {
  const random = new Random(2024);
  for (let round = 0; round < 600; round++) {
    const victim = round % 4;
    let frame = 0;
    // Handshake frames alternate, so one counter numbers those of both directions: hello, challenge, proof, proof.
    const change = (bytes: Uint8Array) => frame++ === victim ? mutated(random, bytes) : bytes.slice();
    const [client, clientSide] = memoryStreams();
    const [serverSide, server] = memoryStreams();
    const relays = [relay(clientSide, serverSide, change), relay(serverSide, clientSide, change)];
    const outcomes = await Promise.all([asServer(server), asClient(client)]);
    // The last frame is the server's own proof: by then the client has rightly proved itself to the server.
    assertEquals(outcomes.map(({ ok }) => ok), [victim === 3, false], `round ${round}`);
    server.close();
    await Promise.all(relays);
  }
});

Deno.test("authenticateNewcomer() takes no sequence of made-up frames for a client", async () => {
  const word = fc.constantFrom("palpable", "client", "worker", "challenge", "proof", "refused", "welcome");
  const value = fc.oneof(
    word,
    fc.constant(PROTOCOL_VERSION),
    fc.uint8Array({ minLength: 30, maxLength: 34 }),
    fc.jsonValue({ maxDepth: 1 }),
  );
  const hello = fc.uint8Array({ minLength: 32, maxLength: 32 })
    .map((nonce): unknown => ["palpable", PROTOCOL_VERSION, "client", nonce]);
  const anyFrame: fc.Arbitrary<unknown> = fc.oneof(
    hello,
    fc.array(value, { maxLength: 5 }),
    fc.jsonValue({ maxDepth: 1 }),
  );
  const frames = fc.array(anyFrame, { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(frames, fc.boolean(), async (frames, isForClients) => {
      const { outcome, stranger } = serverAndStranger(isForClients ? KEY : null);
      for (const frame of frames) stranger.send(frame);
      await stranger.flushed();
      stranger.close();
      const { ok } = await outcome;
      assert(!ok || !isForClients, "a stranger was taken for a client");
    }),
    { numRuns: 400 },
  );
});
