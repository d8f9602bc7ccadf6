import { assertEquals } from "@std/assert";
import { mostMb } from "../../server/server_option_table.ts";
import { memoryLimitBytes } from "../../host/container_memory.ts";

const MEMINFO = { "/proc/meminfo": "MemTotal:       16384 kB\nMemFree:  1 kB\n" };
const limitOf = (files: Record<string, string>) => memoryLimitBytes((path) => files[path] ?? null);
const V1 = "/sys/fs/cgroup/memory";

Deno.test("R8: the container's memory limit is found in both versions of control groups", () => {
  assertEquals(limitOf({}), null);
  assertEquals(limitOf(MEMINFO), 16 * 2 ** 20);
  assertEquals(limitOf({ "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": "1048576\n" }), 2 ** 20);
  assertEquals(
    limitOf({ ...MEMINFO, "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": "max\n" }),
    16 * 2 ** 20,
  );
  const nested = { "/proc/self/cgroup": "0::/a/b\n", "/sys/fs/cgroup/a/b/memory.max": "max\n" };
  assertEquals(limitOf({ ...nested, "/sys/fs/cgroup/a/memory.max": "2097152\n" }), 2 ** 21);
  const v1 = { "/proc/self/cgroup": "9:cpu,memory:/x/y\n8:pids:/\n0::/\n" };
  assertEquals(limitOf({ ...v1, [`${V1}/x/y/memory.limit_in_bytes`]: "4096\n" }), 4096);
  assertEquals(limitOf({ ...v1, [`${V1}/memory.limit_in_bytes`]: "8192\n" }), 8192);
  assertEquals(limitOf({ ...v1, [`${V1}/x/y/memory.limit_in_bytes`]: "9223372036854771712\n" }), null);
  assertEquals(limitOf({ ...MEMINFO, "/proc/self/cgroup": "garbage" }), 16 * 2 ** 20);
});

Deno.test("R8: the defaults are 1024 MiB, and at most a quarter of the limit", () => {
  assertEquals([null, 2 ** 40, 2 ** 30, 2 ** 20].map((bytes) => mostMb(bytes)), [1024, 1024, 256, 1]);
});

const MEMORY_GROUP = `${V1}/palpable_test_${Deno.pid}`;
const OPTIONS = new URL("../../server/server_options.ts", import.meta.url).href;

Deno.test({
  name: "R8: a server in a control group of 1 GiB keeps a quarter of that, unless it is told otherwise",
  // Only root makes control groups, and only where the system has those of version 1, with a folder for memory.
  ignore: !canMakeGroups(),
  async fn() {
    const code = `import { resolveOptions } from ${JSON.stringify(OPTIONS)};
      const { resultRetentionMb, queueCapacityMb } = resolveOptions({});
      console.log(JSON.stringify([resultRetentionMb, queueCapacityMb, resolveOptions({ queueCapacityMb: 7 }).queueCapacityMb]));`;
    Deno.mkdirSync(MEMORY_GROUP);
    try {
      Deno.writeTextFileSync(`${MEMORY_GROUP}/memory.limit_in_bytes`, String(2 ** 30));
      const { stdout } = await new Deno.Command("/bin/sh", {
        args: ["-c", `echo $$ > ${MEMORY_GROUP}/cgroup.procs && exec "$0" eval "$1"`, Deno.execPath(), code],
        stderr: "inherit",
      }).output();
      assertEquals(JSON.parse(new TextDecoder().decode(stdout)), [256, 256, 7]);
    } finally {
      Deno.removeSync(MEMORY_GROUP);
    }
  },
});

function canMakeGroups(): boolean {
  try {
    Deno.mkdirSync(MEMORY_GROUP);
    Deno.statSync(`${MEMORY_GROUP}/memory.limit_in_bytes`);
    return true;
  } catch {
    return false;
  } finally {
    try {
      Deno.removeSync(MEMORY_GROUP);
    } catch {
      // It was not made.
    }
  }
}
