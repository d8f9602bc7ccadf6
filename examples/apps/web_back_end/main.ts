/** Serves the page, with a task server of its own: `deno task start`. */

import { Client } from "@palpable/palpable";
import { Server } from "@palpable/palpable/server";
import { makeApp } from "./app.ts";

const authkey = crypto.randomUUID();
await using server = await Server.start({ address: "127.0.0.1:0", authkey });
await using client = await Client.connect({ address: server.address, authkey });
await Deno.serve({ hostname: "127.0.0.1", port: 8000 }, makeApp(client).fetch).finished;
