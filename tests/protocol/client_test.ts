/** A client in Python, written from PROTOCOL.md, against a server: what the document says is true. */
import { assertEquals } from "@std/assert";
import { threadServlet } from "../../servlets/mod.ts";
import { AUTHKEY, startPair } from "../fixtures/pair.ts";
import { GetLength } from "../fixtures/stages.ts";

const SCENARIO = new URL("scenario.py", import.meta.url);
const FIXTURES = new URL("../fixtures/", import.meta.url).href;

Deno.test({
  name: "a client in Python that knows PROTOCOL.md alone does all that a client can do",
  // Without python3 there is nobody to ask.
  ignore: !await hasPython(),
  async fn() {
    // Short, so that the scenario sees that it would be left without its pongs.
    await using pair = await startPair({ heartbeatMs: 600 });
    await pair.server.serve("lengths", threadServlet(GetLength));
    const [host, port] = pair.server.address.split(":");
    const { success, stdout, stderr } = await new Deno.Command("python3", {
      // Compiled files would stay in the checkout.
      args: ["-B", SCENARIO.pathname, host, port, AUTHKEY, FIXTURES],
    }).output();
    const steps = new TextDecoder().decode(stdout).trimEnd().split("\n");
    assertEquals({ success, stderr: new TextDecoder().decode(stderr) }, { success: true, stderr: "" }, steps.join());
    assertEquals(steps.length, 17);
  },
});

async function hasPython(): Promise<boolean> {
  try {
    const { success } = await new Deno.Command("python3", { args: ["--version"], stdout: "null", stderr: "null" })
      .output();
    if (!success) console.warn("The client in Python is not tried: python3 --version fails");
    return success;
  } catch {
    console.warn("The client in Python is not tried: there is no python3");
    return false;
  }
}
