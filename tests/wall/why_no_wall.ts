/** Whether there can be a second wall here; the server says why not. */
import { Server } from "../../server.ts";

/** Null when there can be one. */
export async function whyNoWall(): Promise<string | null> {
  try {
    await using _server = await Server.start({
      address: "127.0.0.1:0",
      authkey: "key",
      logLevel: "none",
      wall: "bwrap",
    });
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}
