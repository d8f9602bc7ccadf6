import { assert, assertEquals } from "@std/assert";
import { defaultModule, sshArguments } from "../../ssh/command.ts";

const PATHS = { local: "/here/server.sock", remote: "/there.sock" };

/** What the shell there makes of the command, word by word; `denoPath` is the program that is to run. */
async function wordsThere(denoPath: string, module: string): Promise<string[]> {
  const command = sshArguments({ host: "machine", denoPath, module }, PATHS).at(-1)!;
  const { stdout } = await new Deno.Command("/bin/sh", { args: ["-c", command] }).output();
  return new TextDecoder().decode(stdout).split("\0").slice(0, -1);
}

function settingsOf(args: readonly string[]): string[] {
  return args.filter((_, i) => args[i - 1] === "-o");
}

Deno.test("sshArguments() gives ssh the host after a double dash, and the command as one word", () => {
  const args = sshArguments({ host: "machine", user: "me", port: 22022, identityFile: "/key" }, PATHS);
  const [separator, host, command] = args.slice(-3);
  assertEquals([separator, host], ["--", "machine"]);
  assert(/^exec deno run -A \S*server\.ts serve --options-from-stdin --stop-with-stdin$/.test(command), command);
  const text = args.join(" ");
  for (const part of ["-L /here/server.sock:/there.sock", "-l me", "-p 22022", "-i /key"]) assert(text.includes(part));
  assert(!args.includes("/there.sock"), "the socket is to come over standard input");
});

Deno.test("sshArguments() lets the user's settings win over defaults, and not over what must hold", () => {
  const settings = settingsOf(
    sshArguments({ host: "machine", sshOptions: ["ServerAliveInterval=1", "BatchMode=no", "ControlPath=/x"] }, PATHS),
  );
  // ssh takes the first of each name.
  const first = (name: string) => settings.find((setting) => setting.startsWith(`${name}=`));
  assertEquals(first("ServerAliveInterval"), "ServerAliveInterval=1");
  assertEquals(first("ServerAliveCountMax"), "ServerAliveCountMax=1");
  assertEquals(first("BatchMode"), "BatchMode=yes");
  assertEquals(first("ControlPath"), "ControlPath=none");
});

Deno.test("R1: sshArguments() has ssh notice a vanished machine within two heartbeats of its server", () => {
  for (
    const [serverOptions, seconds] of [[undefined, 10], [{ heartbeatMs: 2500 }, 3], [{ heartbeatMs: 100 }, 1]] as const
  ) {
    const settings = settingsOf(sshArguments({ host: "machine", serverOptions }, PATHS));
    assert(settings.includes(`ServerAliveInterval=${seconds}`), settings.join(" "));
    assert(settings.includes("ServerAliveCountMax=1"));
  }
});

Deno.test("sshArguments() quotes the words of the command for the shell there", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const program = `${folder}/the "user's" $(own) \\deno`;
    await Deno.writeTextFile(program, `#!/bin/sh\nprintf '%s\\0' "$@"\n`, { mode: 0o755 });
    for (
      const module of ["/a b/it's; exit 3 #.ts", "$HOME/`id`/*", "jsr:@palpable/palpable@0.1.0/server", "-A", "\\"]
    ) {
      const words = ["run", "-A", module, "serve", "--options-from-stdin", "--stop-with-stdin"];
      assertEquals(await wordsThere(program, module), words);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("defaultModule() is the package of the same version, or the server's module beside this one", () => {
  const published = "https://jsr.io/@palpable/palpable/0.1.0/ssh/command.ts";
  assertEquals(defaultModule(published), "jsr:@palpable/palpable@0.1.0/server");
  assertEquals(defaultModule("http://127.0.0.1:8/@a-b/c/1.0.0-rc.1/ssh/x.ts"), "jsr:@a-b/c@1.0.0-rc.1/server");
  assertEquals(defaultModule("https://example.com/v1/ssh/command.ts"), "https://example.com/v1/server.ts");
  assertEquals(defaultModule("file:///my%20projects/palpable/ssh/x.ts"), "/my projects/palpable/server.ts");
});
