/** Piscina as a peer of the bench: worker threads, so nothing crosses a socket. */

import { Piscina } from "piscina";
import { timeMs } from "../rows.ts";
import { OBJECTS, timeSquares, WORKERS } from "../work.ts";
import { answerLines } from "./answer_lines.ts";
import { versionOf } from "./version_of.ts";

const filename = new URL("./squares.mjs", import.meta.url).href;
const pool = new Piscina({ filename, minThreads: WORKERS, maxThreads: WORKERS });

await answerLines(versionOf("piscina"), {
  squares: () => timeSquares((numbers) => Promise.all(numbers.map((x) => pool.run(x, { name: "square" })))),
  echo: () => timeMs(() => pool.run(OBJECTS, { name: "echo" })),
});
await pool.destroy();
