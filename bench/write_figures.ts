/**
 * Puts figures into docs/figures.md and docs/bench.svg.
 *
 * @module
 */

import { describeMachine } from "./machine.ts";
import { drawFigures } from "./picture.ts";
import { markdownOf, replaceFigures } from "./report.ts";
import type { Row } from "./rows.ts";

const PAGE = new URL("../docs/figures.md", import.meta.url);
const PICTURE = new URL("../docs/bench.svg", import.meta.url);

/** Writes both. */
export async function writeFigures(rows: readonly Row[], loadBefore: number): Promise<void> {
  const text = replaceFigures(await Deno.readTextFile(PAGE), markdownOf(rows, describeMachine(loadBefore)));
  const picture = drawFigures(rows);
  await Deno.mkdir(new URL(".", PICTURE), { recursive: true });
  await Deno.writeTextFile(PICTURE, picture);
  await Deno.writeTextFile(PAGE, text);
}
