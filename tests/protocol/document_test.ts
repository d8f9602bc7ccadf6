/** The tables of PROTOCOL.md say what the code does. */
import { assert, assertEquals } from "@std/assert";
import { ERROR_CODES, TASK_ERROR_CLASSES } from "../../core/errors.ts";
import { decode, encode } from "../../wire/codec.ts";
import * as extensions from "../../wire/extensions.ts";
import { Kind, PROTOCOL_VERSION } from "../../wire/message.ts";
import { WorkerItem } from "../../wire/worker_message.ts";

const ROOT = new URL("../../", import.meta.url);
const DOCUMENT = await Deno.readTextFile(new URL("PROTOCOL.md", ROOT));
const FILES = ["message", "submission_message", "worker_message", "listing_message", "schedule_message"].map((name) =>
  `wire/${name}.ts`
);
const MESSAGES = (await Promise.all(FILES.map((file) => Deno.readTextFile(new URL(file, ROOT))))).join("\n");
/** Folders whose files may have a limit. */
const FOLDERS = ["client", "core", "engine", "host", "server", "store", "wire"];

Deno.test("PROTOCOL.md is of this version", () => {
  assert(DOCUMENT.startsWith(`# Protocol, version ${PROTOCOL_VERSION}\n`));
  assert(DOCUMENT.includes(`"palpable ${PROTOCOL_VERSION} client plain"`));
  assert(DOCUMENT.includes(`"palpable ${PROTOCOL_VERSION} server plain"`));
});

Deno.test("PROTOCOL.md has every extension, and no other", () => {
  const types = Object.entries(extensions).filter(([name]) => name.startsWith("EXT_")).map(([, type]) =>
    type as number
  );
  assertEquals(sorted(column("Values", 0).map(Number)), sorted(types));
});

Deno.test("PROTOCOL.md has the classes of buffers by their bytes", () => {
  const text = DOCUMENT.match(/^Classes of type 6, by their byte: ([^.]*)\./m)![1].replaceAll("\n", " ");
  for (const [byte, name] of text.split(", ").map((entry) => entry.split(" "))) {
    const bytes = new Uint8Array([0xc7, 9, extensions.EXT_BINARY, Number(byte), ...new Uint8Array(8)]);
    assertEquals((decode(bytes) as object).constructor.name, name);
    assertEquals(encode(decode(bytes)), bytes);
  }
  assertEquals(text.split(", ").length, 13);
});

Deno.test("PROTOCOL.md has every kind of envelope and of a worker's items", () => {
  const kindsIn = (section: string) => column(section, 0).map((cell) => Number(cell.match(/^`\[(\d)/)![1]));
  assertEquals(sorted(kindsIn("Envelopes")), sorted(Object.values(Kind)));
  const items = [...section("Workers").matchAll(/^\| `\[(\d), /gm)].map(([, kind]) => Number(kind));
  assertEquals(sorted(items), sorted(Object.values(WorkerItem)));
});

Deno.test("PROTOCOL.md has every call and every push, and no other", () => {
  assertEquals(names(column("Every call to the server", 0)), fieldsOf("Calls"));
  assertEquals(names(column("Every push to the server", 0)), fieldsOf("PushesToServer"));
  assertEquals(names(column("Every push from the server", 0)), fieldsOf("PushesFromServer"));
});

Deno.test("PROTOCOL.md has every field of a submission, a profile and an order", () => {
  const [submission, profile] = tablesOf("Submitting a task");
  assertEquals(names(submission.map(([cell]) => cell)), fieldsOf("SubmitBody"));
  assertEquals(names(profile.map(([cell]) => cell)), fieldsOf("WireProfile"));
  assertEquals(names(tablesOf("Workers")[0].map(([cell]) => cell)), fieldsOf("WorkerOrder"));
});

Deno.test("PROTOCOL.md has every field of a schedule", () => {
  const [spec, known] = tablesOf("Schedules");
  assertEquals(names(spec.map(([cell]) => cell)), fieldsOf("WireScheduleSpec"));
  assertEquals(names(known.map(([cell]) => cell)), fieldsOf("WireSchedule"));
});

Deno.test("PROTOCOL.md has every field of a status", async () => {
  const text = section("Status");
  for (const file of ["server_status", "pipeline_snapshot"]) {
    const source = await Deno.readTextFile(new URL(`wire/${file}.ts`, ROOT));
    for (const [, name] of source.matchAll(/^ +readonly (\w+)\??:/gm)) {
      assert(new RegExp(`\\b${name}\\b`).test(text), `there is no ${name}`);
    }
  }
});

Deno.test("PROTOCOL.md has every code and every class of errors, once", () => {
  const [classes, codes] = tablesOf("Errors");
  assertEquals(names(codes.map(([cell]) => cell)), [...ERROR_CODES].sort());
  assertEquals(names(classes.map(([cell]) => cell)), TASK_ERROR_CLASSES.map((type) => type.name).sort());
});

Deno.test("PROTOCOL.md has the limits that the code has", async () => {
  const values = await constants();
  const rows = tablesOf("Limits")[0];
  for (const [what, limit, , name] of rows) {
    const constant = name.replaceAll("`", "");
    const found = values.get(constant) ?? [];
    // Another file may have one of the same name.
    assert(
      found.includes(Number(limit.replaceAll(",", ""))),
      `${what}: ${constant} is ${found.join(" or ") || "nowhere"}`,
    );
  }
});

/** The text of a section, up to the next one of its level or above. */
function section(title: string): string {
  const from = DOCUMENT.search(new RegExp(`^##+ ${title}$`, "m"));
  assert(from >= 0, `there is no section "${title}"`);
  const end = DOCUMENT.slice(from + 3).search(/^##? /m);
  return end < 0 ? DOCUMENT.slice(from) : DOCUMENT.slice(from, from + 3 + end);
}

/** The tables of a section: rows of cells, without their heads. */
function tablesOf(title: string): string[][][] {
  const tables = section(title).match(/(^\|.*\n)+/gm) ?? [];
  return tables.map((table) =>
    table.trim().split("\n").slice(2).map((row) => row.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim()))
  );
}

function column(title: string, index: number): string[] {
  return tablesOf(title)[0].map((row) => row[index]);
}

/** What stands in the cells as code, each once. */
function names(cells: string[]): string[] {
  const found = cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name));
  assertEquals(found.length, new Set(found).size, "a name stands twice");
  return found.sort();
}

/** Names of an interface's fields in these files, which have types alone. */
function fieldsOf(type: string): string[] {
  const body = MESSAGES.match(new RegExp(`^export interface ${type} \\{\\n([\\s\\S]*?)^\\}`, "m"))![1];
  return [...body.matchAll(/^ {2}(\w+)\??:/gm)].map(([, name]) => name).sort();
}

/** Constants that are numbers, or products of such, by their names: most limits are nobody's but their file's. */
async function constants(): Promise<Map<string, number[]>> {
  const values = new Map<string, number[]>();
  for (const folder of FOLDERS) {
    for (const file of await filesIn(folder)) {
      const text = await Deno.readTextFile(file);
      for (const [, name, value] of text.matchAll(/^(?:export )?const ([A-Z][A-Z_]+) = ([\d_ *]+);$/gm)) {
        const factors = value.replaceAll("_", "").split("*").map(Number);
        values.set(name, [...values.get(name) ?? [], factors.reduce((product, factor) => product * factor)]);
      }
    }
  }
  return values;
}

async function filesIn(folder: string): Promise<URL[]> {
  const files: URL[] = [];
  try {
    for await (const { name } of Deno.readDir(new URL(folder, ROOT))) {
      if (name.endsWith(".ts")) files.push(new URL(`${folder}/${name}`, ROOT));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return files;
}

function sorted(numbers: number[]): number[] {
  return numbers.toSorted((a, b) => a - b);
}
