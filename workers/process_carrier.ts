/**
 * A worker in a process of its own, with nobody between it and this program.
 *
 * @module
 */

import { profileOf } from "../client/profile.ts";
import { ALL_PERMISSIONS } from "../core/permissions.ts";
import { crashError } from "../host/crash_report.ts";
import { notConnectedError, ProcessDeadlines } from "../host/process_deadlines.ts";
import { parseSubmit } from "../server/submit_request.ts";
import { encode } from "../wire/codec.ts";
import type { Carrier, CarrierParams } from "../host/carrier.ts";
import { ProcessHome } from "./process_home.ts";

/** A killed process is gone after this many milliseconds, however busy the machine is. */
const KILLED_MS = 5000;
/** A greeting of more bytes waits for the connection: a pipe holds 64 KiB, and must not have to wait. */
const GREETING_BYTES = 16 * 1024;

const NOTHING = new Uint8Array();

/** Starts a process. */
export async function startProcess(params: CarrierParams): Promise<Carrier> {
  const home = await ProcessHome.acquire();
  try {
    return await spawn(home, params);
  } catch (error) {
    await home.release();
    throw error;
  }
}

async function spawn(home: ProcessHome, { target, task, options, onConnected, onLine, onSaid }: CarrierParams) {
  const { cpus = null, ceiling = ALL_PERMISSIONS, wall = null, ...own } = options;
  const request = parseSubmit({ profile: profileOf(target, own), tasks: [] });
  const profiles = home.profilesWithin(ceiling);
  const profile = profiles.profileFor(request, null);
  const graph = await home.host.graphOf(profile);
  const isTold = task[1].length <= GREETING_BYTES;
  let isConnected = false;
  const process = home.host.start(
    profile,
    profiles.grantsOf(profile),
    graph,
    isTold ? encode([["tasks", [task]]]) : NOTHING,
    {
      onLine: (stream, line) => onLine(stream === "stdout" ? "info" : "warning", line),
      onSaid,
      onFlood: () => {},
    },
    { cpus, wall },
  );
  const deadlines = new ProcessDeadlines(home.ticker, () => process.kill());
  deadlines.started();
  home.expect(process.token, (transport) => {
    isConnected = true;
    deadlines.connected();
    onConnected(transport, isTold);
  });
  const carrier: Carrier = {
    gone: process.exited.then(async (exit) => {
      // It may have connected, run its target and exited, all before its connection was accepted.
      if (!isConnected) await home.allHeard();
      home.forget(process.token);
      deadlines.clear();
      await home.release();
      return deadlines.wasLate ? notConnectedError() : crashError(exit, isConnected);
    }),
    release: () => process.kill(),
    onDisconnected: () => deadlines.disconnected(),
    forceMs: KILLED_MS,
    heard: (count) => process.heard(count),
    kill: (signal) => process.kill(signal),
    // Nothing withstands SIGKILL but for a time.
    abandon: () => process.kill(),
  };
  return carrier;
}
