/**
 * Every message that crosses a socket, as types; no logic. PROTOCOL.md tells the same in prose: whoever changes a
 * message here changes it there and raises {@linkcode PROTOCOL_VERSION} where the rule that stands there says so.
 *
 * @module
 */

import type { ErrorCode } from "../core/errors.ts";
import type { LogLevel } from "../core/log_level.ts";
import type { TaskState } from "../core/task_state.ts";
import type { WirePacked } from "./packed_values.ts";

export type { LogLevel } from "../core/log_level.ts";

/** Both sides must speak the same one. PROTOCOL.md says when it goes up. */
export const PROTOCOL_VERSION = 5;

/** First element of every frame after the handshake. */
export const Kind = { call: 0, reply: 1, error: 2, push: 3, bye: 4, ping: 5, pong: 6 } as const;

/**
 * A frame: a multiplexed call, its reply or error, a push that wants no answer, the reason for closing, or a question
 * whether anybody is there and its answer.
 */
export type Envelope =
  | readonly [kind: typeof Kind.call, callId: number, command: string, body: unknown]
  | readonly [kind: typeof Kind.reply, callId: number, body: unknown]
  | readonly [kind: typeof Kind.error, callId: number, error: unknown]
  | readonly [kind: typeof Kind.push, topic: string, body: unknown]
  | readonly [kind: typeof Kind.bye, error: unknown]
  | readonly [kind: typeof Kind.ping]
  | readonly [kind: typeof Kind.pong];

/**
 * Handshake frames, in order: client's hello, server's challenge, client's proof, server's proof. A refusal may replace
 * any of the server's.
 */
export type HandshakeFrame =
  | readonly ["palpable", version: number, role: "client", nonce: Uint8Array]
  | readonly ["palpable", version: number, role: "worker", token: Uint8Array]
  | readonly ["challenge", version: number, nonce: Uint8Array]
  | readonly ["proof", mac: Uint8Array]
  | readonly ["refused", code: ErrorCode, message: string];

/** A line that a task logs; one that stands where lines are missing says how many those are. */
export type LogEntry = readonly [level: LogLevel, text: string, missing?: number];

/** Log text of one run that comes in full, in characters. Of what follows the last lines of each second come. */
export const MAX_LOG_CHARS = 4 * 1024 * 1024;

/** What an empty line counts for: its time, level, names and ids. */
export const LOG_LINE_CHARS = 100;

/** Of what follows, so many characters a second. */
export const LATER_LOG_CHARS = 16 * 1024;

/** What a task runs. `within` is a module whose project the task belongs to, where that is not the module's own. */
export type WireTarget =
  | readonly ["export", module: string, name: string]
  | readonly ["procedure", module: string, name: string, within: string | null]
  | readonly ["source", text: string, name: string];

/** What tasks of one submission share. */
export interface WireProfile {
  target: WireTarget;
  permissions: unknown;
  timeoutMs: number | null;
  memoryMb: number | null;
  isolation: "task" | "module" | null;
  priority: number;
  name: string | null;
  /** What the tasks yield is sent item by item to whoever submits them, and they may be sent items. */
  stream: boolean;
  /** Of a stream: it runs as a worker, see {@linkcode WorkerOrder}. @default {false} */
  worker?: boolean;
}

/** `submit`: accept tasks. Reply: how many were accepted, always all of them. */
export interface SubmitBody {
  profile: WireProfile;
  /** The id, made by the caller (so that submitting again is harmless), and the encoded arguments. */
  tasks: readonly (readonly [id: string, input: Uint8Array])[];
  /**
   * Instead of tasks: items of the group, which are awaited. The number of the first, which makes their ids (see
   * `core/item_id.ts`), the encoded arguments, and for each 1 where the caller has its result (null: it has none).
   */
  items?: readonly [firstNumber: number, inputs: WirePacked, known: Uint8Array | null];
  /** Push the results here when they are known. From a task: it waits for them, and lends its slot. */
  await: boolean;
  /** Cancel them when the submitting task ends: nobody could take the results. */
  bound: boolean;
  /** Name them in the submitting task's result. */
  followup: boolean;
  /** The map that these are items of: its id, and how many items one process runs (null: as many as pay off). */
  group: readonly [id: string, chunkSize: number | null] | null;
  /** From a client: what it has put in line as one thing, such as a task queue; such lanes take turns. A map is one. */
  lane?: string;
  /** Give each up that has not begun so many milliseconds from now; null, or left out: it may wait for ever. */
  startBeforeMs?: number | null;
  /** So many of these milliseconds were over when this was sent. @default {0} */
  waitedMs?: number;
  /** With a full queue: wait for room (true) or refuse with QUEUE_FULL (false). */
  waitForRoom: boolean;
}

/** A result, or the state of a task that has none yet. The payload is opaque: encoded data or an encoded error. */
export type WireResult = readonly [
  id: string,
  status: TaskState,
  attempt: number,
  payload: Uint8Array | null,
  followupTaskIds: readonly string[],
  submittedAt: number,
  startedAt: number | null,
  finishedAt: number | null,
  /** Of a task that has not ended: how far it said that it is. */
  progress?: readonly [done: number, total: number | null] | null,
  /** Of one that failed: its own process said so. */
  raisedByTask?: boolean,
];

/** What is known of a task, or of a map: by the id of its group, and then `items` says how many have not ended. */
export type WireTaskInfo = readonly [
  id: string,
  name: string,
  state: TaskState,
  priority: number,
  attempt: number,
  submittedAt: number,
  startedAt: number | null,
  finishedAt: number | null,
  /** The task that submitted it. */
  parent: string | null,
  /** The connection that it came over, by a name that no other has. */
  client: string,
  progress: readonly [done: number, total: number | null] | null,
  items: number | null,
];

/** Which tasks are to be listed: those that pass everything that is not null. */
export interface WireTaskFilter {
  states: readonly TaskState[] | null;
  /** What the task is called, the name of what it runs, or `module#name`. */
  name: string | null;
  /** Submitted then or later: wall clock, milliseconds. */
  since: number | null;
}

/** Calls to the server. A task's session has the same ones, but acts within its own subtree only. */
export interface Calls {
  submit: { body: SubmitBody; reply: number };
  /** Push results of these when known. Reply: the ids that nobody knows. */
  await: { body: { ids: readonly string[] }; reply: readonly string[] };
  /** The caller no longer waits. From a task: the reply comes once it has its slot back. */
  unawait: { body: { ids: readonly string[] }; reply: null };
  query: { body: { ids: readonly string[] }; reply: readonly (WireResult | null)[] };
  /**
   * Cancels tasks and all below them; with `discard` the caller wants no result either, present or to come.
   * Reply: how many were not yet final.
   */
  cancel: { body: { ids: readonly string[]; discard: boolean }; reply: number };
  /** Reply: what is known of each, or null for an unknown id. Nothing is taken. */
  info: { body: { ids: readonly string[] }; reply: readonly (WireTaskInfo | null)[] };
  /**
   * Lists tasks of the caller's key, some at a time. Reply: up to `most` of them, perhaps none though there are more, and
   * the `place` to go on behind them, null behind the last. "" is the beginning. Clients only.
   */
  list: {
    body: WireTaskFilter & { place: string; most: number };
    reply: readonly [tasks: readonly WireTaskInfo[], place: string | null];
  };
  /**
   * The caller chooses the number, so that no push can come before it is known. `from`: it has so many of the task's lines,
   * and wants what is kept of those behind; absent: it wants none of those before.
   */
  subscribe: {
    body: { subscription: number; topic: "logs" | "progress"; taskId: string | null; from?: number };
    reply: null;
  };
  unsubscribe: { body: { subscription: number }; reply: null };
  /** Goes on consuming a stream over a new connection; it has `received` items. Null: there is no such stream any more. */
  attach: { body: { taskId: string; received: number }; reply: readonly [received: number, taken: number] | null };
  /**
   * Ends a worker: its target is told, or its process gets a signal, for a task that has not begun whatever is said.
   * Reply: whether there was anything to end.
   */
  terminate: { body: { taskId: string; how: TerminateHow }; reply: boolean };
  /**
   * Takes an encoded item through a pipeline that the server runs. The caller chooses the id, which no other item has: over
   * a new connection an item that the server knows goes on. Reply: the encoded output.
   * A task lends its slot meanwhile, and may call what it could do itself.
   */
  pipe: {
    body: { name: string; id: string; item: Uint8Array; timeoutMs: number | null; refuse: boolean };
    reply: Uint8Array;
  };
  status: { body: null; reply: unknown };
  quit: { body: { mode: "drain" | "now"; deadlineMs: number | null }; reply: null };
}

/** Calls to a client. */
export interface CallsToClient {
  /**
   * The server stops: what waited, and is no subtask, was handed back. Reply: once the client has asked for what it
   * wants to have before the server goes.
   */
  stopping: { body: null; reply: null };
}

/** How a worker is ended: its AbortSignal fires, or its process group gets the signal. */
export type TerminateHow = "abort" | "SIGTERM" | "SIGKILL";

/** Pushes to the server. */
export interface PushesToServer {
  /** Results that arrived safely: the server may forget them. */
  ack: readonly string[];
  /** Results of items that arrived safely: the groups, and the number of the first of each push of them. */
  ackItems: readonly (readonly [groupId: string, firstNumber: number])[];
  /**
   * From a client: what runs of this number have in common from now on; they are awaited. A number is below 64, and may be
   * given anew.
   */
  kind: readonly [number: number, common: Omit<SubmitBody, "tasks">];
  /** From a client: accept these, of the kind of this number. Those that are not accepted are `refused`. */
  runs: readonly [number: number, tasks: SubmitBody["tasks"]];
  /** Items that the caller sent into pipelines and does not want any more, or has the outputs of, by their ids. */
  leave: readonly string[];
  /** From a worker: how its current task ended, and the encoded data or error; the next one begins. */
  outcome: readonly [status: "succeeded" | "failed", payload: Uint8Array];
  /**
   * From a worker: how its current item ended, and those behind it; for each 1 where it failed, null when none did, and
   * how long they took, in milliseconds.
   */
  outcomes: readonly [failed: Uint8Array | null, values: WirePacked, ms: number];
  /** From a worker that has nothing to do: it is ready for more, or the text says what a task has left behind in it. */
  ready: string | null;
  /** From a worker whose module did not load, which the runtime never tries again: it is of no use for more of its kind. */
  unfit: null;
  /** From a worker: it has dropped this many of its tasks, the last ones. */
  recalled: number;
  /** From the consumer of a stream: it has taken this many items since the beginning. */
  taken: readonly [taskId: string, count: number];
  /** From the consumer: items for the task. `from` is the number of the first, `count` how many they are. */
  input: readonly [taskId: string, from: number, count: number, items: Uint8Array];
  /** From the consumer: there are so many items for the task in all. */
  inputEnd: readonly [taskId: string, total: number];
  /** From a streaming task that begins: it can be sent items. */
  opened: null;
  /** From a streaming task: what it yields. */
  items: readonly [from: number, count: number, items: Uint8Array];
  /** From a streaming task: it has taken so many of the items that it was sent. */
  inputTaken: number;
  /** From a streaming task that can go on only when it is sent something; it has been sent so many pushes till now. */
  pause: number;
  /** From a task that has no standard error of its own. */
  log: readonly LogEntry[];
  /** From a task that has no standard error of its own. */
  progress: readonly [done: number, total: number | null];
  /** From a worker: so many records stand on its standard error, and belong ahead of what comes behind this. */
  said: number;
}

/** Pushes from the server. */
export interface PushesFromServer {
  results: readonly WireResult[];
  /** To a client: these `runs` were not accepted. Submitted by a call they are, or it is answered why not. */
  refused: readonly string[];
  /** Results of items that ended together: for each 1 where it failed, null when none did; wall clock, milliseconds. */
  itemResults: readonly [
    groupId: string,
    firstNumber: number,
    failed: Uint8Array | null,
    values: WirePacked,
    attempt: number,
    submittedAt: number,
    startedAt: number | null,
    finishedAt: number,
  ];
  log: readonly [subscription: number, lines: readonly WireLogLine[]];
  progress: readonly [subscription: number, reports: readonly WireProgress[]];
  /** Nothing more will come of this subscription: its task has ended. */
  end: number;
  /** To the consumer of a stream. */
  items: readonly [taskId: string, from: number, count: number, items: Uint8Array];
  /** To the consumer: the task has ended, and there are so many items in all. */
  itemsEnd: readonly [taskId: string, total: number];
  /** To the consumer: the task has taken so many of the items that it was sent. */
  inputTaken: readonly [taskId: string, count: number];
  /** To a streaming task: its consumer has taken so many items. */
  taken: number;
  /** To a streaming task. */
  input: readonly [from: number, items: Uint8Array];
  /** To a streaming task: there are so many items for it in all. */
  inputEnd: number;
  /** To a worker: tasks to run one after the other, behind those that it has. */
  tasks: readonly WireTask[];
  /** To a worker: items to run one after the other, the same. */
  groupItems: WireItems;
  /** To a worker without a task: the module to load ahead, and whether many quick items are to come. */
  load: readonly [target: WireTarget, expectsItems: boolean];
  /** To a worker, before its first task: it will be given tasks that have nothing to do with each other. */
  share: null;
  /** To a worker: drop the tasks that have not begun. */
  recall: null;
  /** To a worker: a task is to end, if it still runs; the error is the reason of its AbortSignal. */
  abort: readonly [taskId: string, reason: Uint8Array];
}

/** Pushes that a worker is born with: MessagePack behind the token on its standard input, in the order to be handled. */
export type Greeting = ["share" | "load" | "tasks" | "groupItems", unknown][];

/**
 * Items of a map as their worker gets them: what their ids begin with, the number of the first, whether the outcome of
 * each is to leave before the next begins, the target (null is that of what came before), and the encoded arguments.
 */
export type WireItems = readonly [
  prefix: string,
  firstNumber: number,
  attempt: number,
  isCareful: boolean,
  target: WireTarget | null,
  inputs: WirePacked,
];

/** A task as its worker gets it; a null target is the one of the task before. */
export type WireTask = readonly [
  id: string,
  input: Uint8Array,
  attempt: number,
  target: WireTarget | null,
  isStream: boolean,
  /** Of a worker: the name of the machine. The input is a {@linkcode WorkerOrder} then. */
  host?: string,
];

/** What a worker's target is run with; encoded as the task's input. */
export interface WorkerOrder {
  /** The encoded arguments, or a procedure's fields; of a persistent worker those that its calls leave out. */
  args: Uint8Array;
  /** Calls the target for each item that it is sent, and not just once. */
  isPersistent: boolean;
  /** A call that raises ends the worker. */
  endsOnError: boolean;
  /** Calls that are at work at once; several say which one they are of. @default {1} */
  concurrency?: number;
  /** What a call gave leaves before the next begins, which may never yield. @default {false} */
  isCareful?: boolean;
  /** The target is a pipeline's stage, and is asked what `StageRequest` in `wire/stage_batch.ts` says. */
  isStage: boolean;
  /** Nobody is between the worker and its maker, so there is no slot to be lent. */
  isDirect: boolean;
  initState: unknown;
  name: string;
  userId: unknown;
  parentId: string;
  /** What its id has behind host, process and thread. */
  suffix: string;
}

/**
 * What a worker yields: where it runs; what a call gave, or raised; and last its state. Where several calls are at work at
 * once, `call` says which one it was, from 0.
 */
export const WorkerItem = { started: 0, value: 1, error: 2, state: 3 } as const;

/** See {@linkcode WorkerItem}. */
export type WireWorkerItem =
  | readonly [kind: typeof WorkerItem.started, host: string, pid: number, tid: number]
  | readonly [kind: typeof WorkerItem.value, value: unknown, call?: number]
  | readonly [kind: typeof WorkerItem.error, error: unknown, call?: number]
  | readonly [kind: typeof WorkerItem.state, state: unknown];

/** How far a task is. */
export type WireProgress = readonly [taskId: string, done: number, total: number | null];

/**
 * A line of a task's log. `at` is wall-clock time in milliseconds. One that stands where lines are missing says how many
 * those are; where they are several tasks' its names are empty.
 */
export type WireLogLine = readonly [
  taskId: string,
  worker: string,
  level: LogLevel,
  at: number,
  text: string,
  missing?: number,
];
