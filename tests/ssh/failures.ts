/** Not named `*_test.ts`, because it needs an sshd: `deno task test:ssh` runs what is in this folder. */

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { TaskError } from "../../mod.ts";
import { sshServer, type SshServerOptions } from "../../ssh/server.ts";
import { freePort, Sshd } from "../helpers/sshd.ts";

/** Something that can go wrong, and what the error says then. */
interface Case {
  name: string;
  /** Lines for the configuration of sshd. */
  settings?: string[];
  change(sshd: Sshd): Promise<Partial<SshServerOptions>> | Partial<SshServerOptions>;
  reason: RegExp;
  /** What ssh or the other side said, which the message ends with. */
  said?: RegExp;
}

const CASES: Case[] = [
  {
    name: "the host has no such name",
    change: () => ({ host: "no-such-host.invalid" }),
    reason: /over ssh: there is no machine of that name: check host/,
    said: /no-such-host\.invalid/,
  },
  {
    name: "nothing listens at the port",
    change: () => ({ port: freePort() }),
    reason: /nothing answers there as sshd: check host and port/,
    said: /Connection refused/,
  },
  {
    name: "something else than sshd closes the connection",
    change: (sshd) => ({ sshOptions: [...sshd.options.sshOptions!, "ProxyCommand=true"] }),
    reason: /ssh could not connect, lost the connection/,
  },
  {
    name: "the host's key is not known",
    change: (sshd) => ({ sshOptions: sshd.trust("no_hosts") }),
    reason: /ssh does not know the host's key.*check the key/,
    said: /Host key verification failed/,
  },
  {
    name: "the key is refused",
    change: (sshd) => ({ identityFile: `${sshd.folder}/other_key` }),
    reason: /the host accepts none of the keys: give identityFile or user/,
    said: /Permission denied \(publickey\)/,
  },
  {
    name: "there is no such key",
    change: (sshd) => ({ identityFile: `${sshd.folder}/no_key` }),
    reason: /the host accepts none of the keys/,
    said: /no_key not accessible/,
  },
  {
    name: "ssh would have to ask for a password",
    settings: ["PasswordAuthentication yes", "PubkeyAuthentication no"],
    change: () => ({}),
    reason: /ssh may not ask for a password: give identityFile, or put a key/,
    said: /Permission denied \(password\)/,
  },
  {
    name: "ssh would have to ask for a password, and the user's settings would let it",
    settings: ["PasswordAuthentication yes", "PubkeyAuthentication no"],
    change: (sshd) => ({ sshOptions: [...sshd.options.sshOptions!, "BatchMode=no"] }),
    reason: /ssh may not ask for a password/,
  },
  {
    name: "ssh does not know a setting",
    change: () => ({ sshOptions: ["NoSuchSetting=yes"] }),
    reason: /ssh cannot use its settings: check sshOptions/,
    said: /Bad configuration option: nosuchsetting/,
  },
  {
    name: "there is no deno",
    change: () => ({ denoPath: "/no such/deno" }),
    reason: /there is no deno on the PATH of a shell that ssh starts there: install Deno, or give denoPath/,
    said: /\/no such\/deno/,
  },
  {
    name: "there is no such module",
    change: () => ({ module: "/no/such/server.ts" }),
    reason: /the server there ended with exit code 1 before it listened: check module/,
    said: /Module not found/,
  },
  {
    name: "the server refuses an option",
    change: () => ({ serverOptions: { numWorkers: 0 } }),
    reason: /ended with exit code 2 .*check module and serverOptions/,
    said: /Cannot use numWorkers: it must be a whole number from 1: current value is 0/,
  },
  {
    name: "the server is killed before it listens",
    change: async (sshd) => ({ denoPath: await sshd.writeProgram("deno", "kill -9 $$") }),
    reason: /a signal ended the server there/,
  },
  {
    name: "sshd does not allow forwarding",
    settings: ["AllowStreamLocalForwarding no"],
    change: () => ({}),
    reason: /cannot be used from here .*AllowStreamLocalForwarding/,
    said: /open failed/,
  },
  {
    name: "the server has another key",
    change: async (sshd) => ({
      denoPath: await sshd.writeProgram("deno", `sed -u 's/"authkey":"/&x/' | '${Deno.execPath()}' "$@"`),
    }),
    reason: /cannot be used from here/,
  },
  {
    name: "the server does not answer in time",
    change: async (sshd) => ({
      denoPath: await sshd.writeProgram("deno", "exec cat > /dev/null"),
      connectTimeoutMs: 500,
    }),
    reason: /no server answered within 500 ms: .*raise connectTimeoutMs/,
  },
];

for (const { name, settings, change, reason, said } of CASES) {
  Deno.test(`sshServer() raises SSH_FAILED and says what to do when ${name}`, async () => {
    await using sshd = await Sshd.start(settings);
    using temporary = new TemporaryFolder(`${sshd.folder}/temporary`);
    const options = { ...sshd.options, ...await change(sshd) };
    const error = await assertRejects(() => sshServer(options), TaskError, "Cannot start a server on ");
    assertEquals(error.code, "SSH_FAILED");
    const [first, ...rest] = error.message.split("\n");
    assertMatch(first, reason);
    if (said !== undefined) assertMatch(rest.join("\n"), said);
    assertEquals(temporary.entries, []);
  });
}

/** Where this program makes its temporary folders meanwhile. */
class TemporaryFolder implements Disposable {
  #path: string;
  #usual = Deno.env.get("TMPDIR");

  constructor(path: string) {
    this.#path = path;
    Deno.mkdirSync(path);
    Deno.env.set("TMPDIR", path);
  }

  get entries(): string[] {
    return [...Deno.readDirSync(this.#path)].map(({ name }) => name);
  }

  [Symbol.dispose](): void {
    if (this.#usual === undefined) Deno.env.delete("TMPDIR");
    else Deno.env.set("TMPDIR", this.#usual);
  }
}
