/** What a task without permissions tries, shared by the tests of both walls. */
import { assertEquals } from "@std/assert";
import type { Probe } from "../fixtures/sandbox_probes.ts";

/** Everything that a task without permissions must not do, with what it takes to be more than a mistake. */
export async function attempts(use: (cases: [Probe, string][]) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  await Deno.writeTextFile(`${folder}/file`, "content");
  const tcp = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const unix = Deno.listen({ transport: "unix", path: `${folder}/socket` });
  const port = String(tcp.addr.port);
  const echo = "/bin/echo";
  try {
    await use([
      ["readFile", "/etc/passwd"],
      ["readFile", `${folder}/file`],
      ["readFile", import.meta.resolve("./attempts.ts").slice("file://".length)],
      ["readFileNode", "/etc/passwd"],
      ["readDir", folder],
      ["stat", "/etc/passwd"],
      ["realPath", "/etc/passwd"],
      ["fetchFile", "/etc/passwd"],
      ["procSelf", ""],
      ["sqliteFile", `${folder}/database`],
      ["write", `${folder}/file`],
      ["write", `${folder}/other`],
      ["writeNode", `${folder}/other`],
      ["makeTemp", ""],
      ["remove", `${folder}/file`],
      ["connect", port],
      ["connectNode", port],
      ["connectUnix", `${folder}/socket`],
      ["listen", ""],
      ["serve", ""],
      ["fetchHttp", port],
      ["webSocket", port],
      ["resolveDns", ""],
      ["run", echo],
      // Node says no more of it than that it failed: that nothing ran is seen by the folder.
      ["touchNode", `${folder}/other`],
      ["ffi", "/lib/x86_64-linux-gnu/libc.so.6"],
      ["ffiNode", "/lib/x86_64-linux-gnu/libc.so.6"],
      ["hostname", ""],
      ["osRelease", ""],
      ["networkInterfaces", ""],
      ["uid", ""],
      ["hostnameNode", ""],
      ["killDeno", String(Deno.pid)],
      ["killNode", String(Deno.pid)],
      ["importText", "/etc/passwd"],
      ["importText", `${folder}/file`],
      ["importModule", "https://example.com/module.ts"],
      ["importModule", import.meta.resolve("./attempts.ts")],
    ]);
    assertEquals(await Deno.readTextFile(`${folder}/file`), "content");
    assertEquals(await Array.fromAsync(Deno.readDir(folder), ({ name }) => name).then((names) => names.sort()), [
      "file",
      "socket",
    ]);
  } finally {
    tcp.close();
    unix.close();
    await Deno.remove(folder, { recursive: true });
  }
}
