/** The other end of a bare echo between two processes: whatever comes goes back. */

const conn = await Deno.connect({ hostname: "127.0.0.1", port: Number(Deno.args[0]) });
conn.setNoDelay(true);
const buffer = new Uint8Array(64 * 1024);
for (let count = await conn.read(buffer); count !== null; count = await conn.read(buffer)) {
  for (let sent = 0; sent < count;) sent += await conn.write(buffer.subarray(sent, count));
}
