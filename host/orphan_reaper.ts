/**
 * Ends every worker process when the server is gone, also after a SIGKILL that leaves the server no word, and also a
 * worker that is in an endless loop and cannot notice its closed socket.
 *
 * A small `sh` waits for the end of a pipe from the server, into which nothing is ever written. The server keeps the
 * numbers of its workers in a file that only the two of them have open; when the pipe ends, what stands there is
 * killed, each as a process group; and, where a task could start others, all that is in the server's cgroup and that a
 * walk over `/proc` finds, by the rules of `descendants.ts`. A file, because a line through the pipe would wake the shell
 * for every process that comes or goes, which costs more than all else that the server does to start one. On Windows there
 * is no such shell: there workers leave when they see the closed socket.
 *
 * @module
 */

import { backoffMs } from "../core/backoff.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import type { DescendantKeeper } from "./descendant_keeper.ts";
import { placesFolders, removeQuietly } from "./places_folder.ts";

/** Stands in the file once there was a process with descendants. */
const WALK = "walk";

/** A process says its own name: there may be line breaks in it, and what a shell takes for a pattern of files. */
const SCRIPT = `
trap '' INT TERM HUP
exec 3<"$1"
rm -f "$1"
origin=$2
cgroup=$3
read -r end
[ -z "$cgroup" ] || [ ! -d "$cgroup" ] || echo 1 > "$cgroup/cgroup.kill"
groups= walks=
while read -r pid <&3; do
  case $pid in 0) ;; ${WALK}) walks=1234 ;; *) groups="$groups $pid" ;; esac
done
found="$groups "
find_more() {
  more=1
  while [ -n "$more" ]; do
    more=
    for file in /proc/[0-9]*/stat; do
      line=
      while read -r part; do line="$line$part "; done < "$file"
      [ -n "$line" ] || continue
      pid=\${line%% *}
      set -f
      set -- \${line##*) }
      set +f
      case $found in *" $pid "*) continue ;; esac
      case $found in *" $2 "* | *" $3 "* | *" $4 "*) found="$found$pid " more=1 ;; esac
    done
  done
}
[ -z "$walks" ] || find_more
for pid in $groups; do kill -9 "-$pid" || kill -9 "$pid"; done
while [ -n "$walks" ]; do
  for pid in $found; do kill -9 "$pid"; done
  walks=\${walks%?}
  before=$found
  for file in $(grep -lsF "$origin." /proc/[0-9]*/environ); do
    pid=\${file#/proc/} pid=\${pid%/environ}
    case $found in *" $pid "*) ;; *) found="$found$pid " ;; esac
  done
  find_more
  [ "$found" != "$before" ] || break
done
[ -z "$cgroup" ] || [ ! -d "$cgroup" ] || find "$cgroup" -depth -type d -exec rmdir {} \\;
`;

/** A line for each process; a process that is gone leaves its line to another. */
const LINE_BYTES = 12;

/** A watching process that lived this long, in milliseconds, died for a reason of its own. */
const STEADY_MS = 10_000;

/** What a reaper is told by whoever wants to know. */
export interface OrphanReaperOptions {
  clock?: Clock;
  /** The watching process has ended, and not been told to; another one starts. */
  onDied?: (message: string) => void;
  /** What tells of processes that tasks have started. @default {nothing does} */
  descendants?: Pick<DescendantKeeper, "origin" | "cgroup">;
}

/** Watches over the server from a process of its own, which is itself watched. */
export class OrphanReaper {
  /** Called when the watching process has ended, and not been told to; another one starts. */
  onDied: (message: string) => void;
  #clock: Clock;
  /** Deaths one soon after the other. */
  #deaths = 0;
  #cancelRestart: () => void = () => {};
  #process: Deno.ChildProcess | null = null;
  #file: Deno.FsFile | null = null;
  #descendants: OrphanReaperOptions["descendants"];
  #lines = new Map<number | typeof WALK, number>();
  #freeLines: number[] = [];
  #encoder = new TextEncoder();

  /** Starts the watching process. Throws what the system says when there can be no temporary file or no process. */
  constructor({ clock = systemClock, onDied = () => {}, descendants }: OrphanReaperOptions = {}) {
    this.#clock = clock;
    this.#descendants = descendants;
    this.onDied = onDied;
    if (Deno.build.os !== "windows") this.#start();
  }

  /** The number of the watching process, or null where there is none. */
  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  #start(): void {
    const path = makeFile();
    const file = Deno.openSync(path, { write: true });
    try {
      this.#process = spawnReaper(path, this.#descendants);
    } catch (error) {
      file.close();
      Deno.removeSync(path);
      throw error;
    }
    this.#file?.close();
    this.#file = file;
    for (const [pid, line] of this.#lines) this.#write(line, pid);
    for (const line of this.#freeLines) this.#write(line, 0);
    void this.#watchOver(this.#process, path, this.#clock.now());
  }

  /** Somebody may end the watching process, and the system may when memory runs out. */
  async #watchOver(process: Deno.ChildProcess, path: string, startedAt: number): Promise<void> {
    const { code, signal } = await process.status;
    // It may have died before it had taken the file.
    removeQuietly(path);
    if (this.#file === null) return;
    process.stdin.close().catch(() => {});
    this.#deaths = this.#clock.now() - startedAt < STEADY_MS ? this.#deaths + 1 : 1;
    this.onDied(
      `The process that ends orphaned workers has ended (${signal ?? `exit code ${code}`}): starting another`,
    );
    // The first at once: until then nobody would end a worker that cannot notice that its server is gone.
    if (this.#deaths === 1) this.#restart();
    else this.#restartLater();
  }

  #restart(): void {
    if (this.#file === null) return;
    try {
      this.#start();
    } catch (error) {
      this.#deaths++;
      this.onDied(`Cannot start the process that ends orphaned workers: ${(error as Error).message}`);
      this.#restartLater();
    }
  }

  #restartLater(): void {
    const waitMs = backoffMs(this.#deaths, Math.random(), { firstMs: 200, maxMs: 60_000 });
    this.#cancelRestart = this.#clock.schedule(waitMs, () => this.#restart());
  }

  /** A process group to end with the server. */
  watch(pid: number): void {
    this.#add(pid);
  }

  /** From now on there may be processes that have started others. */
  watchDescendants(): void {
    if (this.#descendants !== undefined && !this.#lines.has(WALK)) this.#add(WALK);
  }

  #add(pid: number | typeof WALK): void {
    const line = this.#freeLines.pop() ?? this.#lines.size;
    this.#lines.set(pid, line);
    this.#write(line, pid);
  }

  /** A process that was reaped; its number may be given out again. */
  forget(pid: number): void {
    const line = this.#lines.get(pid);
    if (line === undefined) return;
    this.#lines.delete(pid);
    this.#freeLines.push(line);
    this.#write(line, 0);
  }

  /** Ends what is left and the watching process itself. */
  async close(): Promise<void> {
    if (this.#file === null) return;
    this.#file.close();
    this.#file = null;
    this.#cancelRestart();
    await this.#process!.stdin.close().catch(() => {});
    await this.#process!.status;
  }

  #write(line: number, pid: number | typeof WALK): void {
    try {
      this.#file?.seekSync(line * LINE_BYTES, Deno.SeekMode.Start);
      this.#file?.writeSync(this.#encoder.encode(`${String(pid).padEnd(LINE_BYTES - 1)}\n`));
    } catch {
      // The disk is full: workers still leave by themselves when they see the closed socket.
    }
  }
}

function spawnReaper(path: string, descendants: OrphanReaperOptions["descendants"]): Deno.ChildProcess {
  return new Deno.Command("/bin/sh", {
    args: ["-c", SCRIPT, "reaper", path, descendants?.origin ?? "", descendants?.cgroup ?? ""],
    stdin: "piped",
    stdout: "null",
    stderr: "null",
    clearEnv: true,
    cwd: "/",
    // A group of its own: Ctrl-C in the server's terminal is not for it.
    detached: true,
  }).spawn();
}

/** Where the system says, or else where workers' places may be: `TMPDIR` may name what cannot be used. */
function makeFile(): string {
  const prefix = "palpable-workers-";
  let failure: Error;
  try {
    return Deno.makeTempFileSync({ prefix });
  } catch (error) {
    failure = error as Error;
  }
  for (const dir of placesFolders()) {
    try {
      return Deno.makeTempFileSync({ dir, prefix });
    } catch {
      // The next one may do; what is wrong with the first is told.
    }
  }
  throw new Error(
    `Cannot make a temporary file, nor in another folder: ${failure.message}; set TMPDIR to a folder of your own`,
    { cause: failure },
  );
}
