/** The pipeline. The server's command loads this module; callers need no more than its type. */

import { remote } from "@palpable/palpable";
import { ensemble, processServlet, sequential } from "@palpable/palpable/servlets";

const stages = remote<typeof import("./stages.ts")>(import.meta.resolve("./stages.ts"));
const dictionary = `${import.meta.dirname}/words.txt`;

export const spelling = sequential(
  ensemble([
    processServlet(stages.Corrector, { workers: 2, options: { dictionary }, permissions: { read: [dictionary] } }),
    processServlet(stages.countWords),
  ]),
  processServlet(stages.report),
);
