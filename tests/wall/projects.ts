/** The table of project shapes, once more behind the second wall: the same modules are found there. */
import { around } from "../projects/shape.ts";
import { HERE } from "./here.ts";

if (!HERE.ignore) {
  around.options = { wall: "bwrap" };
  around.name = `Behind the second wall: `;
  // Each registers its rows as it is loaded.
  await import("../projects/deno_json_test.ts");
  await import("../projects/package_json_test.ts");
  await import("../projects/workspaces_test.ts");
}
