import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { alternate } from "../bench/alternate.ts";
import { PeerMissing, PeerProcess } from "../bench/peers/peer_process.ts";
import { markdownOf, replaceFigures } from "../bench/report.ts";
import { cellsOf, holds, ratio, type Row, spread } from "../bench/rows.ts";
import { timeSquares } from "../bench/work.ts";

const ROWS: Row[] = [
  { figure: "held", value: 1, min: 0.5, max: 2, unit: "×", bar: 1 },
  { figure: "missed", value: 41_762.4, unit: "tasks/s", bar: 100_000, least: true, peer: "Peer 1.2" },
  { figure: "detail", value: 3, unit: "ms", detail: true },
];

// -- Rows --

Deno.test("spread() refuses nothing and gives median, smallest and largest", () => {
  assertThrows(() => spread([]), RangeError);
  assertEquals(spread([7]), { value: 7, min: 7, max: 7 });
  assertEquals(spread([10, 9, 100]), { value: 10, min: 9, max: 100 });
});

Deno.test("ratio() is of the medians, its ends are of pairs", () => {
  assertEquals(ratio([2, 30, 4], [1, 10, 4]), { value: 1, min: 1, max: 3 });
});

Deno.test("holds() takes the bar itself as held, in both directions", () => {
  const row = { figure: "", unit: "", bar: 2 };
  assertEquals([1, 2, 3].map((value) => holds({ ...row, value })), [true, true, false]);
  assertEquals([1, 2, 3].map((value) => holds({ ...row, value, least: true })), [false, true, true]);
  assert(holds({ figure: "", unit: "", value: Infinity }));
});

Deno.test("cellsOf() shows what was missed as missed", () => {
  assertEquals(ROWS.map(cellsOf), [
    ["held", "1 ×", "0.5 – 2", "≤ 1", "held"],
    ["missed", "41,800 tasks/s", "", "≥ 100,000", "MISSED"],
    ["detail", "3 ms", "", "", ""],
  ]);
});

// -- Alternating --

Deno.test("alternate() runs each work once a round, in changing order, and leaves warm-ups out", async () => {
  const order: string[] = [];
  const work = (name: string) => () => Promise.resolve(order.push(name));
  const times = await alternate({ a: work("a"), b: work("b"), c: work("c") }, { rounds: 3, warmUps: 1 });
  const rounds = [0, 3, 6, 9].map((from) => order.slice(from, from + 3));
  for (const round of rounds) assertEquals(round.toSorted(), ["a", "b", "c"]);
  assert(new Set(rounds.map(String)).size > 1);
  const counts = (name: string) => order.flatMap((other, i) => other === name && i >= 3 ? i + 1 : []);
  assertEquals(times, { a: counts("a"), b: counts("b"), c: counts("c") });
});

// -- docs/figures.md --

Deno.test("replaceFigures() replaces what is between the marks, twice the same, and nothing else", () => {
  const page = Deno.readTextFileSync(new URL("../docs/figures.md", import.meta.url));
  const once = replaceFigures(page, markdownOf(ROWS, "machine"));
  assertEquals(replaceFigures(once, markdownOf(ROWS, "machine")), once);
  assertMatch(once, /\| missed \| 41,800 tasks\/s \| +\| ≥ 100,000 \| MISSED \|/);
  assertStringIncludes(once, "Measured on: machine. Peers: Peer 1.2.");
  assert(!once.includes("detail |"));
  const around = (text: string) => [text.slice(0, text.indexOf("<!--")), text.slice(text.indexOf("<!-- end -->"))];
  assertEquals(around(once), around(page));
});

Deno.test("replaceFigures() leaves nothing for deno fmt to change", async () => {
  const page = Deno.readTextFileSync(new URL("../docs/figures.md", import.meta.url));
  const once = replaceFigures(page, markdownOf(ROWS, "machine"));
  const args = ["fmt", "--quiet", "--ext=md", "--config", new URL("../deno.json", import.meta.url).pathname, "-"];
  const process = new Deno.Command(Deno.execPath(), { args, stdin: "piped", stdout: "piped" }).spawn();
  const [, { stdout }] = await Promise.all([
    new Blob([once]).stream().pipeTo(process.stdin),
    process.output(),
  ]);
  assertEquals(new TextDecoder().decode(stdout), once);
});

Deno.test("replaceFigures() refuses a text without the marks", () => {
  assertThrows(() => replaceFigures("# Palpable", "figures"), Error, "Cannot write the figures");
  assertThrows(() => replaceFigures("<!-- end -->", "figures"), Error, "Cannot write the figures");
});

Deno.test("drawFigures() shows what asks for it, with its median, and the same each time", async () => {
  const shown = (label: string, kind: "ours" | "limit"): Row["shown"] => ({ chart: "latency", label, kind });
  const rows: Row[] = [
    { figure: "a", value: 0.3125, min: 0.2, max: 0.4, unit: "ms", shown: shown("shared process", "ours") },
    { figure: "b", value: 0.1, unit: "ms", shown: shown("bare socket", "limit") },
    { figure: "not shown", value: 7.77, unit: "ms" },
    { figure: "c", value: 1234, unit: "tasks/s", shown: { chart: "throughput", label: "Peer & Co", kind: "peer" } },
  ];
  const svg = await draw(rows);
  assertMatch(svg, /^<svg [\s\S]*<\/svg>\n$/);
  for (const text of ["shared process", "0.313 ms", "bare socket", "0.1 ms", "Peer &amp; Co", "1,230 tasks/s"]) {
    assertStringIncludes(svg, text);
  }
  assert(!svg.includes("7.77"));
  assertEquals(await draw(rows), svg);
});

// -- Peers --

Deno.test("timeSquares() lets no wrong or missing result count", async () => {
  const square = (numbers: readonly number[]) => numbers.map((x) => x * x);
  assert(await timeSquares((numbers) => Promise.resolve(square(numbers))) >= 0);
  const tooFew = () => timeSquares((numbers) => Promise.resolve(square(numbers).slice(1)));
  await assertRejects(tooFew, Error, "squares are wrong");
  const wrong = () => timeSquares((numbers) => Promise.resolve(square(numbers).with(5, 26)));
  await assertRejects(wrong, Error, "squares are wrong");
});

Deno.test("PeerProcess speaks with a program in lines, and ends it", async () => {
  const program = `
    import { answerLines } from ${JSON.stringify(import.meta.resolve("../bench/peers/answer_lines.ts"))};
    await answerLines("1.2", { squares: () => Promise.resolve(12.5), echo: () => Promise.resolve(3) });
  `;
  await using peer = await PeerProcess.start("Peer", Deno.execPath(), ["eval", program]);
  assertEquals([peer.name, peer.version], ["Peer", "1.2"]);
  assertEquals([await peer.ms("squares"), await peer.ms("echo"), await peer.ms("squares")], [12.5, 3, 12.5]);
});

Deno.test("PeerProcess.start() says what is missing when there is no program, or it ends at once", async () => {
  await assertRejects(() => PeerProcess.start("Peer", "palpable-no-such-program", []), PeerMissing, "there is no");
  const program = `console.error("no such library"); Deno.exit(3)`;
  const start = () => PeerProcess.start("Peer", Deno.execPath(), ["eval", program]);
  await assertRejects(start, PeerMissing, "no such library");
});

/** In a process of its own: what draws counts its charts, and leaves a timer behind that does nothing. */
async function draw(rows: readonly Row[]): Promise<string> {
  const picture = import.meta.resolve("../bench/picture.ts");
  const program = `
    import { drawFigures } from ${JSON.stringify(picture)};
    await Deno.stdout.write(new TextEncoder().encode(drawFigures(${JSON.stringify(rows)})));
  `;
  const config = new URL("../bench/deno.json", import.meta.url).pathname;
  // Quiet about what it has to fetch before.
  const args = ["eval", "--quiet", "--config", config, program];
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}
