import { assertEquals } from "@std/assert";

Deno.test("Lines are corrected by a pipeline of another process, which is started after its caller", async () => {
  // Server and caller find each other, and the key, in the folders of their user.
  const folder = await Deno.makeTempDir();
  const env = { XDG_CONFIG_HOME: folder, XDG_RUNTIME_DIR: folder };
  const task = (...args: string[]) => {
    const options = { args: ["task", ...args], cwd: import.meta.dirname, env };
    return new Deno.Command(Deno.execPath(), { ...options, stdout: "piped", stderr: "piped" });
  };
  try {
    const caller = task("start", "helo wrld", "over the lazy god", "zzz").output();
    await using server = task("serve").spawn();
    const { stdout, stderr, success } = await caller;
    assertEquals(success, true, new TextDecoder().decode(stderr));
    const lines = ["hello world (2 words)", "over the lazy god (4 words)", "zzz (1 words)", ""];
    assertEquals(new TextDecoder().decode(stdout).split("\n"), lines);
    server.kill("SIGTERM");
    assertEquals((await server.output()).success, true);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
