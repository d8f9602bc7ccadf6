/** Two users of one machine: neither reads what the other's server keeps, nor is led to the other's by its surroundings. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { OtherUser, whyNoOtherUser } from "./helpers/other_user.ts";
import { ROOT } from "./helpers/program.ts";

const THIRD = 65533;
const WHY_NOT = whyNoOtherUser();
const AS_ROOT = { ignore: WHY_NOT !== null };
const because = WHY_NOT === null ? "" : ` (not here: ${WHY_NOT})`;

Deno.test(
  `S12: an ordinary user's server works, and no other user reads what it keeps${because}`,
  AS_ROOT,
  async () => {
    await using user = await OtherUser.make();
    const logs = `${user.home}/logs`;
    const socket = `${user.home}/socket`;
    await using _serving = await user.serve("--group=mine", `--address=unix:${socket}`, `--log-folder=${logs}`);
    const status = await user.run(user.palpable("status", "--group=mine"));
    assertEquals([status.code, status.stderr], [0, ""]);
    assertStringIncludes(status.stdout, "mine");
    const example = await user.run([user.deno, "task", "example"]);
    assertEquals(example.code, 0, example.stderr);
    const kept = [
      `${user.home}/config/palpable/authkey`,
      `${user.home}/run/palpable/groups/mine.json`,
      `${logs}/Server.log`,
      `${user.home}/deno_dir/palpable/location_data`,
    ];
    for (const file of kept) {
      assertEquals((await user.run(["cat", file])).code, 0, file);
      const { code, stderr } = await user.run(["cat", file], THIRD);
      assert(code !== 0, `another user reads ${file}`);
      assertStringIncludes(stderr, "Permission denied");
    }
    for (const folder of ["config/palpable", "run/palpable/groups", "logs", "deno_dir/palpable"]) {
      const { stderr } = await user.run(["ls", `${user.home}/${folder}`], THIRD);
      assertStringIncludes(stderr, "Permission denied", folder);
    }
    // Connecting takes the right to write to a socket.
    const { code } = await user.run(["test", "-w", socket], THIRD);
    assertEquals([code, (await user.run(["test", "-S", socket], THIRD)).code], [1, 0]);
  },
);

Deno.test(
  `S12: root is not led to another user's server by what is set in its surroundings${because}`,
  AS_ROOT,
  async () => {
    await using user = await OtherUser.make();
    const socket = `${user.home}/socket`;
    await using _serving = await user.serve("--group=mine", `--address=unix:${socket}`);
    const config = await Deno.makeTempDir();
    try {
      const asRoot = async (...args: string[]) => {
        const env = { XDG_RUNTIME_DIR: `${user.home}/run`, XDG_CONFIG_HOME: config, NO_COLOR: "1" };
        const command = ["run", "-A", new URL("server.ts", ROOT).href, ...args];
        const { code, stderr } = await new Deno.Command(Deno.execPath(), { args: command, env }).output();
        return { code, stderr: new TextDecoder().decode(stderr) };
      };
      const key = `${user.home}/config/palpable/authkey`;
      const byGroup = await asRoot("status", "--group=mine");
      assertMatch(byGroup.stderr, /no server of the group "mine"|authkey/i);
      assert(!byGroup.stderr.includes(`${user.home}/run`), byGroup.stderr);
      for (const args of [["status", "--address=127.0.0.1:1"], ["--address=127.0.0.1:0"]]) {
        const byKey = await asRoot(...args, `--authkey-file=${key}`);
        assertStringIncludes(byKey.stderr, `${key}: it belongs to another user`);
        assert(byKey.code !== 0);
      }
      const own = `${config}/key`;
      await Deno.writeTextFile(own, "key", { mode: 0o600 });
      const bySocket = await asRoot("status", `--address=unix:${socket}`, `--authkey-file=${own}`);
      assertStringIncludes(bySocket.stderr, "belongs to another user");
    } finally {
      await Deno.remove(config, { recursive: true });
    }
  },
);
