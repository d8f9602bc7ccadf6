/**
 * The messages that cross a socket, as types; no logic. PROTOCOL.md tells the same in prose: whoever changes a
 * message here changes it there and raises {@linkcode PROTOCOL_VERSION} where the rule that stands there says so.
 *
 * @module
 */

import type { ErrorCode } from "../core/errors.ts";
import type { KnownStep } from "../core/step.ts";
import type { TaskState } from "../core/task_state.ts";
import type { LogEntry, WireLogLine, WireProgress } from "./log_lines.ts";
import type { WireLettersDealtWith, WireTaskFilter, WireTaskInfo } from "./listing_message.ts";
import type { WirePacked } from "./packed_values.ts";
import type { WireSchedule, WireScheduleSpec } from "./schedule_message.ts";
import type { SubmitBody, WireTarget } from "./submission_message.ts";
import type { WireItems, WireTask } from "./worker_message.ts";

export type { LogLevel } from "../core/log_level.ts";
export type { SubmitBody, WireProfile, WireTarget } from "./submission_message.ts";

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

/** A step, and the attempt that has it: what another says is refused. */
export interface WireStep {
  taskId: string;
  attempt: number;
  name: string;
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
  /** Tasks only. Reply: how many steps the task has recorded, and the encoded value of this one, null where it has none. */
  step: { body: WireStep; reply: KnownStep };
  /** Tasks only: records the encoded value of a step that has run. The reply comes once it lasts. */
  keepStep: { body: WireStep & { value: Uint8Array }; reply: null };
  /**
   * Takes an encoded item through a pipeline that the server runs. The caller chooses the id, which no other item has: over
   * a new connection an item that the server knows goes on. Reply: the encoded output.
   * A task lends its slot meanwhile, and may call what it could do itself.
   */
  pipe: {
    body: { name: string; id: string; item: Uint8Array; timeoutMs: number | null; refuse: boolean };
    reply: Uint8Array;
  };
  /** Sets a schedule, or changes the one of that name. What its runs submit, and their encoded arguments. Clients only. */
  setSchedule: {
    body: { name: string; spec: WireScheduleSpec; submission: Omit<SubmitBody, "tasks">; input: Uint8Array };
    reply: WireSchedule;
  };
  /** Reply: the schedules of the caller's key, by their names; or the one of a name, null where there is none. */
  schedules: { body: { name: string | null }; reply: readonly (WireSchedule | null)[] };
  pauseSchedule: { body: { name: string }; reply: WireSchedule };
  resumeSchedule: { body: { name: string }; reply: WireSchedule };
  /** Runs one now. The caller chooses the id of the task. Reply: once that was accepted. */
  triggerSchedule: { body: { name: string; id: string }; reply: null };
  /** Reply: whether there was one. */
  deleteSchedule: { body: { name: string }; reply: boolean };
  /** Failed tasks are to run again, or to be dropped. Reply: how many are, once that lasts, and of the others why not. */
  retry: { body: { ids: readonly string[] }; reply: WireLettersDealtWith };
  discard: { body: { ids: readonly string[] }; reply: WireLettersDealtWith };
  /** No task begins until `resume`, but what comes from tasks that run. Reply: once that lasts, and so of the other. */
  pause: { body: null; reply: null };
  resume: { body: null; reply: null };
  /** Copies the server's store to a new file of its machine. Clients only. Reply: its path, and its bytes. */
  backup: { body: { file: string }; reply: readonly [file: string, bytes: number] };
  /**
   * Which life of a server this is, when it began (wall clock, milliseconds), and which store it has, null where it keeps tasks
   * in memory. Life and store are words that no other has. Clients only.
   */
  life: { body: null; reply: readonly [life: string, startedAt: number, store: string | null] };
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
  outcome: readonly [
    status: "succeeded" | "failed",
    payload: Uint8Array,
    /** Of a failure: whether there is to be another attempt, or after how many milliseconds. @default {its kind decides} */
    again?: boolean | number | null,
  ];
  /**
   * From a worker: how its current item ended, and those behind it; for each 1 where it failed, 2 where no other attempt
   * would mend that, null when none did; and how long they took, in milliseconds.
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
