/** Every iterator that the package gives. A new one belongs into one of these lists. */
import { CLIENT_CASES } from "./client_cases.ts";
import { DISPATCHER_CASES } from "./dispatcher_cases.ts";
import type { IteratorCase } from "./iterator_case.ts";
import { WORKER_CASES } from "./worker_cases.ts";

export const ITERATORS: readonly IteratorCase[] = [...CLIENT_CASES, ...DISPATCHER_CASES, ...WORKER_CASES];
