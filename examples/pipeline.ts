/**
 * A pipeline of an ensemble in processes, a step in a thread and a step in a process, here and served, as one sends an
 * item or a stream of them through it. Prints:
 *
 *     Hello, wdwdwdwdwd!
 *     Hello, 20!
 *     world → Hello, wdwdwdwdwd!
 *     1,2,3,4 → Hello, 20!
 *     served: Hello, wdwdwdwdwd!
 *     served: Hello, 20!
 */

import { Client, remote } from "@palpable/palpable";
import { Server } from "@palpable/palpable/server";
import { ensemble, Pipeline, processServlet, sequential, threadServlet } from "@palpable/palpable/servlets";

const stages = remote<typeof import("./stages.ts")>(import.meta.resolve("./stages.ts"));

const servlet = sequential(
  ensemble([
    processServlet(stages.GetHead, { cpus: [0] }),
    processServlet(stages.GetTail, { cpus: [0, null] }), // two processes, because it is heavy
    processServlet(stages.GetLength),
  ]),
  threadServlet(stages.repeat),
  processServlet(stages.Greet),
);
const inputs = ["world", [1, 2, 3, 4]];

{
  await using pipeline = await Pipeline.start(servlet, { capacity: 256 });
  for (const input of inputs) console.log(await pipeline.call(input, { timeoutMs: 5000 }));
  for await (const [x, y] of pipeline.stream(inputs, { returnInput: true })) console.log(`${x} → ${y}`);
}

await using server = await Server.start({ address: "127.0.0.1:0", authkey: "29r8in389rhd", logLevel: "none" });
await using client = await Client.connect({ address: server.address, authkey: "29r8in389rhd" });
await server.serve("greet", servlet);
const served = client.pipeline<typeof servlet>("greet");
for (const input of inputs) console.log(`served: ${await served.call(input)}`);
