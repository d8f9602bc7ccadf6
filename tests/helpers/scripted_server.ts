import { uuidv7 } from "../../core/uuid.ts";
import { encode } from "../../wire/codec.ts";
import type { Submission } from "../../client/awaited_results.ts";
import type { WireResult } from "../../wire/message.ts";
import { Peer } from "../../wire/peer.ts";
import { Transport } from "../../wire/transport.ts";
import { type MemoryStream, memoryStreams } from "./memory_stream.ts";

/** One connection of a client, seen from the server. */
export interface Session {
  /** 1 for the first. */
  readonly number: number;
  readonly peer: Peer;
  /** The server's end. */
  readonly stream: MemoryStream;
}

/** Answers to what a client sends. */
export interface Script {
  onCall?(session: Session, command: string, body: unknown): unknown;
  onPush?(session: Session, topic: string, body: unknown): void;
  /** Throws to refuse the connection. */
  onDial?(number: number): void | Promise<void>;
}

/** Stands for a server: a test says what each of its connections answers. */
export class ScriptedServer {
  readonly sessions: Session[] = [];
  dials = 0;
  #script: Script;
  #onConnected = new Map<number, () => void>();

  constructor(script: Script) {
    this.#script = script;
  }

  /** For a ClientLink; a new connection each time. */
  readonly dial = async (): Promise<Transport> => {
    const number = ++this.dials;
    await this.#script.onDial?.(number);
    const [near, stream] = memoryStreams();
    const peer: Peer = new Peer(new Transport(stream), {
      onCall: (command, body) => this.#script.onCall?.(session, command, body) ?? null,
      onPush: (topic, body) => this.#script.onPush?.(session, topic, body),
    });
    const session = { number, peer, stream };
    this.sessions.push(session);
    this.#onConnected.get(number)?.();
    return new Transport(near);
  };

  /** Resolves when connection `number` is made, before the client has it. */
  connected(number: number): Promise<void> {
    return new Promise((resolve) => this.#onConnected.set(number, resolve));
  }
}

/** A success as a server pushes it. */
export function success(id: string, data: unknown): WireResult {
  return [id, "succeeded", 1, encode(data), [], 1, 2, 3];
}

/** What a client's `run` submits. */
export const SUBMISSION: Submission = {
  profile: {
    target: ["source", "(x) => x", "same"],
    permissions: null,
    timeoutMs: null,
    memoryMb: null,
    isolation: null,
    priority: 0,
    name: null,
    stream: false,
  },
  await: true,
  group: null,
  bound: true,
  followup: false,
  waitForRoom: true,
};

/** Ids and encoded arguments of so many tasks. */
export function newTasks(count: number): [string, Uint8Array][] {
  return Array.from({ length: count }, (_, i) => [uuidv7(), encode([i])]);
}
