/** Those who act in the kill matrix. */
import type { Actor } from "../world.ts";
import { cancelling } from "./cancel.ts";
import { delaying } from "./delay.ts";
import { dealingWithLetters } from "./letter.ts";
import { limiting } from "./limit.ts";
import { runningOnce } from "./once.ts";
import { pausing } from "./pause.ts";
import { retrying } from "./retry.ts";
import { scheduling } from "./schedule.ts";
import { stepping } from "./step.ts";
import { submitting } from "./submit.ts";
import { taking } from "./take.ts";
import { makingUnique } from "./unique.ts";

export const ACTORS: readonly Actor[] = [
  // First: nothing else comes to an end while the server is paused.
  pausing,
  submitting,
  runningOnce,
  retrying,
  delaying,
  cancelling,
  scheduling,
  makingUnique,
  limiting,
  stepping,
  dealingWithLetters,
  taking,
];
