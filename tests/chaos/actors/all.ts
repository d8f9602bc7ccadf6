/** Those who act in the kill matrix. */
import type { Actor } from "../world.ts";
import { cancelling } from "./cancel.ts";
import { delaying } from "./delay.ts";
import { runningOnce } from "./once.ts";
import { retrying } from "./retry.ts";
import { scheduling } from "./schedule.ts";
import { submitting } from "./submit.ts";
import { taking } from "./take.ts";

export const ACTORS: readonly Actor[] = [submitting, runningOnce, retrying, delaying, cancelling, scheduling, taking];
