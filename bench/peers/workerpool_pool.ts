/** workerpool as a peer of the bench: worker threads too. */

import workerpool from "workerpool";
import { timeSquares, WORKERS } from "../work.ts";
import { answerLines } from "./answer_lines.ts";
import { versionOf } from "./version_of.ts";

const script = new URL("./workerpool_worker.mjs", import.meta.url).pathname;
const pool = workerpool.pool(script, { workerType: "thread", minWorkers: WORKERS, maxWorkers: WORKERS });

await answerLines(versionOf("workerpool"), {
  squares: () => timeSquares((numbers) => Promise.all(numbers.map((x) => pool.exec("square", [x])))),
});
await pool.terminate();
