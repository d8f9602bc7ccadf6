import { assertEquals } from "@std/assert";

Deno.test("Lines are corrected by a pipeline of another process, which is started after its caller", async () => {
  // Server and caller find each other, and the key, in the folders of their user.
  const folder = await Deno.makeTempDir();
  const task = (...args: string[]) => {
    const env = { XDG_CONFIG_HOME: folder, XDG_RUNTIME_DIR: folder };
    return new Deno.Command(Deno.execPath(), {
      args: ["task", ...args],
      cwd: import.meta.dirname,
      env,
      stdout: "piped",
    });
  };
  try {
    const caller = task("start", "helo wrld", "over the lazy god", "zzz").output();
    await using server = task("serve").spawn();
    const { stdout, success } = await caller;
    assertEquals(success, true);
    assertEquals(new TextDecoder().decode(stdout).split("\n"), [
      "hello world (2 words)",
      "over the lazy god (4 words)",
      "zzz (1 words)",
      "",
    ]);
    server.kill("SIGTERM");
    assertEquals((await server.output()).success, true);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
