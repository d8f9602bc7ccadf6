/**
 * A program: floods a server with connections that prove nothing, from an address of its own, until it is killed.
 *
 *     deno run -A flood.ts PORT FROM CARRIER FIRST
 *
 * CARRIER is plain or tls, FIRST what each connection says first, in hexadecimal. It prints a line when 400 were made.
 *
 * @module
 */

import net from "node:net";
import tls from "node:tls";

/** More than a server of 1,024 files has places for newcomers, so that it has to send some away. */
const AT_ONCE = 300;
const FLOOD = 400;

const [port, localAddress, carrier, first = ""] = Deno.args;
let made = 0;

function connect(): void {
  const socket = net.connect({ port: Number(port), host: "127.0.0.1", localAddress });
  socket.on("error", () => {});
  socket.on("close", connect);
  socket.on("connect", () => {
    const stream = carrier === "tls" ? tls.connect({ socket, rejectUnauthorized: false }) : socket;
    // It does not look at what the server says; whoever is refused is there again at once.
    stream.on("data", () => {});
    stream.on("error", () => socket.destroy());
    if (first !== "") stream.write(Uint8Array.fromHex(first));
    if (++made === FLOOD) console.log("floods");
  });
}

for (let i = 0; i < AT_ONCE; i++) connect();
