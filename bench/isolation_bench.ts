/**
 * Each isolation next to its own limit, in the same run.
 *
 * @module
 */

import { benchBulk } from "./bulk_bench.ts";
import { benchMap } from "./map_bench.ts";
import { benchPackage } from "./package_bench.ts";
import type { Row } from "./rows.ts";
import { benchShared } from "./shared_bench.ts";
import { benchSpares } from "./spares_bench.ts";
import { benchStrict } from "./strict_bench.ts";

/** Spares, shared processes, strict isolation, chunked maps, packages, bulk data. */
export async function benchIsolation(): Promise<Row[]> {
  return [
    ...await benchSpares(),
    ...await benchShared(),
    ...await benchStrict(),
    ...await benchMap(),
    ...await benchPackage(),
    ...await benchBulk(),
  ];
}
