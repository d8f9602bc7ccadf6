// Made of process/subtasks.ts by `deno task bundle`. Do not edit. 2d4bc875117ac60deaf0e823282d06d446e0a124a6d465a549ba81b884050ec6
// core/abort.ts
var hearersOf = /* @__PURE__ */ new WeakMap();
function onAbort(signal, act) {
  if (signal === void 0) return nothing;
  if (signal.aborted) {
    act(signal.reason);
    return nothing;
  }
  let hearers = hearersOf.get(signal);
  if (hearers === void 0) {
    const acts2 = /* @__PURE__ */ new Set();
    hearers = {
      acts: acts2,
      listener: () => tellAll(signal, acts2)
    };
    hearersOf.set(signal, hearers);
    signal.addEventListener("abort", hearers.listener, {
      once: true
    });
  }
  const { acts, listener } = hearers;
  const hearer = {
    act
  };
  acts.add(hearer);
  return () => {
    if (!acts.delete(hearer) || acts.size > 0 || signal.aborted) return;
    hearersOf.delete(signal);
    signal.removeEventListener("abort", listener);
  };
}
async function untilAborted(work, signal, act) {
  if (signal === void 0) return await work;
  const { promise: aborted, reject } = Promise.withResolvers();
  const letGo = onAbort(signal, (reason) => {
    reject(reason);
    act?.(reason);
  });
  try {
    return await Promise.race([
      work,
      aborted
    ]);
  } finally {
    letGo();
  }
}
function tellAll(signal, acts) {
  hearersOf.delete(signal);
  for (const hearer of acts) {
    acts.delete(hearer);
    try {
      hearer.act(signal.reason);
    } catch (error) {
      reportError(error);
    }
  }
}
function nothing() {
}

// core/errors.ts
var TaskError = class extends Error {
  /** Which failure this is; stable over versions, unlike the message. */
  code;
  /** Makes an error with a code. */
  constructor(code, message, options) {
    super(message, options);
    this.code = code;
  }
};
var TaskFailed = class extends TaskError {
  /** What the task wants its caller to have; any value that can be sent. */
  data;
  /** A failure with a message and, optionally, data of any sendable shape. */
  constructor(message = "The task failed", data, options) {
    super("TASK_FAILED", message, options);
    this.data = data;
  }
};
var TaskTimeout = class extends TaskError {
  /** The limit that was exceeded, in milliseconds. */
  timeoutMs;
  /** A timeout of `timeoutMs` milliseconds. */
  constructor(message, timeoutMs) {
    super("TASK_TIMEOUT", message);
    this.timeoutMs = timeoutMs;
  }
};
var TaskCancelled = class extends TaskError {
  /** A cancellation; the message says by what. */
  constructor(message = "The task was cancelled") {
    super("TASK_CANCELLED", message);
  }
};
var TaskCrashed = class extends TaskError {
  /** The exit code, or null when a signal ended the process. */
  exitCode;
  /** The signal's name, such as `"SIGKILL"`, or null. */
  signal;
  /** The end of what the process wrote to its standard error, for finding the cause. */
  stderr;
  /** A crash with what is known of it. */
  constructor(message, details, code = "TASK_CRASHED") {
    super(code, message);
    this.exitCode = details.exitCode;
    this.signal = details.signal;
    this.stderr = details.stderr ?? "";
  }
};
var TaskKilledByQuitSignal = class extends TaskError {
  /** Killed by the server's stop. */
  constructor(message = "The server stopped before the task ended", options) {
    super("TASK_KILLED_BY_QUIT", message, options);
  }
};
var TaskKilledByMonitoringError = class extends TaskError {
  /** Killed because it could not be watched. */
  constructor(message, options) {
    super("TASK_KILLED_BY_MONITORING", message, options);
  }
};
var PermissionCeilingExceeded = class extends TaskError {
  /** Each permission that was too much, such as `"net example.com:443"`. */
  excess;
  /** Names what was too much. */
  constructor(message, excess) {
    super("PERMISSION_CEILING", message);
    this.excess = excess;
  }
};
var QueueFull = class extends TaskError {
  /** How many tasks the queue may hold. */
  capacity;
  /** A refusal that states the capacity. */
  constructor(message, capacity) {
    super("QUEUE_FULL", message);
    this.capacity = capacity;
  }
};
var AuthenticationFailed = class extends TaskError {
  /** A failed handshake. */
  constructor(message, options) {
    super("AUTHENTICATION_FAILED", message, options);
  }
};
var ServerOffline = class extends TaskError {
  /** Offline; the cause says what the last attempt met. */
  constructor(message = "TaskServer OFFLINE", options) {
    super("SERVER_OFFLINE", message, options);
  }
};
var ServerBusy = class extends TaskError {
  /** A refusal for want of room. */
  constructor(message = "The server has no room for another connection", options) {
    super("SERVER_BUSY", message, options);
  }
};
var WaitTimeout = class extends TaskError {
  /** A wait that ended. */
  constructor(message) {
    super("WAIT_TIMEOUT", message);
  }
};
var QueueClosed = class extends TaskError {
  /** A queue that its owner closed. */
  constructor(message = "The queue is closed") {
    super("QUEUE_CLOSED", message);
  }
};
var DispatcherClosed = class extends TaskError {
  /** A dispatcher that its owner closed. */
  constructor(message = "The dispatcher is closed") {
    super("DISPATCHER_CLOSED", message);
  }
};
var PipelineFull = class extends TaskError {
  /** How many items the pipeline may hold. */
  capacity;
  /** A refusal that states the capacity. */
  constructor(message, capacity) {
    super("PIPELINE_FULL", message);
    this.capacity = capacity;
  }
};
var PipelineTimeout = class extends TaskError {
  /** The limit, in milliseconds. */
  timeoutMs;
  /** A limit that was exceeded. */
  constructor(message, timeoutMs) {
    super("PIPELINE_TIMEOUT", message);
    this.timeoutMs = timeoutMs;
  }
};
var StageFailed = class extends TaskError {
  /** A failure of the stage itself; the cause says more. */
  constructor(message, stage, options) {
    super("STAGE_FAILED", message, options);
    this.stage = stage;
  }
};
var EnsembleFailed = class extends TaskError {
  /** What each part raised, in their order. */
  errors;
  /** The parts' errors. */
  constructor(message, errors) {
    super("ENSEMBLE_FAILED", message, {
      cause: errors[0]
    });
    this.errors = errors;
  }
};
var WorkerTerminated = class extends TaskError {
  /** The signal that ended its process by force; null when it ended by itself, and for a thread. */
  signal;
  /** A termination, by force where there is a signal. */
  constructor(message = "The worker was told to end", signal = null, options) {
    super("WORKER_TERMINATED", message, options);
    this.signal = signal;
  }
};
var NotSendable = class extends TaskError {
  /** Where in the value, from `$`. */
  path;
  /** Names the place. */
  constructor(message, path, code = "NOT_SENDABLE") {
    super(code, message);
    this.path = path;
  }
};
var TASK_ERROR_CLASSES = [
  TaskError,
  TaskFailed,
  TaskTimeout,
  TaskCancelled,
  TaskCrashed,
  TaskKilledByQuitSignal,
  TaskKilledByMonitoringError,
  PermissionCeilingExceeded,
  QueueFull,
  AuthenticationFailed,
  ServerOffline,
  ServerBusy,
  WaitTimeout,
  PipelineFull,
  PipelineTimeout,
  StageFailed,
  EnsembleFailed,
  WorkerTerminated,
  QueueClosed,
  DispatcherClosed,
  NotSendable
];
for (const type of TASK_ERROR_CLASSES) {
  Object.defineProperty(type.prototype, "name", {
    value: type.name,
    writable: true,
    configurable: true
  });
}

// core/require_known.ts
function requireKnown(options, known2, kind = "option") {
  if (typeof options !== "object" || options === null) throw new TypeError(`Cannot use ${kind}s: give an object`);
  for (const key of Object.keys(options)) {
    if (known2.includes(key)) continue;
    throw new TypeError(`Cannot use the ${kind} "${key}": known ${known2.length === 1 ? "is" : "are"} ${known2.join(", ")}`);
  }
}

// core/uuid.ts
var HEX = Array.from({
  length: 256
}, (_, byte) => byte.toString(16).padStart(2, "0"));
var random = new Uint8Array(10 * 256);
var next = random.length;
var prefix = {
  ms: -1,
  text: ""
};
function uuidv7() {
  if (next === random.length) {
    crypto.getRandomValues(random);
    next = 0;
  }
  const at = next;
  next += 10;
  const hex = (i) => HEX[random[at + i]];
  const a = HEX[112 | random[at] & 15] + hex(1);
  const b = HEX[128 | random[at + 2] & 63] + hex(3);
  return `${prefixOf(Date.now())}-${a}-${b}-${hex(4)}${hex(5)}${hex(6)}${hex(7)}${hex(8)}${hex(9)}`;
}
function prefixOf(ms) {
  if (ms !== prefix.ms) {
    const high = Math.floor(ms / 65536).toString(16).padStart(8, "0");
    const low = (ms & 65535).toString(16).padStart(4, "0");
    prefix = {
      ms,
      text: `${high}-${low}`
    };
  }
  return prefix.text;
}
var DASH = 45;
var DIGITS = new TextEncoder().encode("0123456789abcdef");
var VALUES = new Uint8Array(128);
var NO_DIGIT = 16;
VALUES.fill(NO_DIGIT);
DIGITS.forEach((code, value) => VALUES[code] = value);
var characters = new Uint8Array(36).fill(DASH);

// procedures/procedure.ts
var Procedure = class {
  /** Where the class can be imported from: `static override module = import.meta.url`. */
  static module = "";
};
function procedureIdentity(procedure) {
  const type = procedure.constructor;
  if (!type.name) throw new TaskError("NOT_CALLABLE", "Cannot submit a procedure whose class has no name");
  if (!Object.hasOwn(type, "module") || !URL.canParse(String(type.module))) {
    throw new TaskError("NOT_CALLABLE", `Cannot submit ${type.name}: it does not say where it lives; add "static override module = import.meta.url" to it`);
  }
  return {
    module: String(type.module),
    name: type.name
  };
}
var MARK = Symbol.for("palpable.procedure");
Object.defineProperty(Procedure.prototype, MARK, {
  value: true
});
function isProcedure(value) {
  return typeof value === "object" && value !== null && MARK in value;
}

// procedures/call_text.ts
var SHOWN_CHARS = 80;
var SHOWN_TEXT_CHARS = 40;
function callText(target, args) {
  if (isProcedure(target)) return `${target.constructor.name}(${cut(fieldsText(target))})`;
  let text = "";
  for (const [index, arg] of args.entries()) {
    if (text.length > SHOWN_CHARS) break;
    text += (index === 0 ? "" : ", ") + argumentText(arg);
  }
  return `${target.name || "anonymous"}(${cut(text)})`;
}
function fieldsText(procedure) {
  const fields = Object.entries(procedure).slice(0, 10);
  return fields.map(([name, value]) => `${name}: ${argumentText(value)}`).join(", ");
}
function argumentText(value) {
  try {
    return Deno.inspect(value, {
      depth: 1,
      iterableLimit: 10,
      strAbbreviateSize: SHOWN_TEXT_CHARS,
      breakLength: Infinity,
      compact: true,
      trailingComma: false,
      colors: false
    });
  } catch {
    return `[${typeof value} that cannot be shown]`;
  }
}
function cut(text) {
  return text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}\u2026` : text;
}

// procedures/task.ts
var Task = class {
  /** What to run. */
  target;
  /** The arguments, in order; none for a procedure. */
  args;
  /** Options that go before those of the caller. */
  options;
  /** Use {@linkcode task}, which checks the arguments' types. */
  constructor(target, args, options = NO_OPTIONS) {
    this.target = target;
    this.args = args;
    this.options = options;
  }
  /** The call as text, such as `factorise(12345)`, arguments shortened; made when it is asked for. */
  toString() {
    return callText(this.target, this.args);
  }
};
var NO_OPTIONS = Object.freeze({});

// wire/decode_budget.ts
var COST = {
  container: 4,
  pair: 2,
  pairOfMany: 10,
  entry: 4,
  value: 6,
  collection: 12,
  bytes: 20,
  error: 100
};
var MANY_KEYS = 128;
function costOfPairs(count) {
  return count > MANY_KEYS ? count * COST.pairOfMany : count * COST.pair;
}
var UNBOUNDED = Object.freeze({
  items: Infinity,
  depth: Infinity,
  textBytes: Infinity,
  keys: Infinity,
  numberKeys: Infinity,
  largeNames: null,
  takesCollections: true,
  code: "MALFORMED_MESSAGE",
  named: ""
});
var ENVELOPE_BUDGET = Object.freeze({
  items: 3e5,
  depth: 32,
  textBytes: 2 * 1024 * 1024,
  keys: 64,
  numberKeys: 0,
  largeNames: /* @__PURE__ */ new Set([
    "submit",
    "pipe",
    "input",
    "outcome",
    "outcomes",
    "items"
  ]),
  takesCollections: false,
  code: "MALFORMED_MESSAGE",
  named: "a message to a server"
});
var ITEM_BUDGET = Object.freeze({
  items: 3e5,
  depth: Infinity,
  textBytes: 8 * 1024 * 1024,
  keys: 1e4,
  numberKeys: 2e3,
  largeNames: null,
  takesCollections: true,
  code: "ITEM_TOO_LARGE",
  named: "an item that the server itself looks at"
});
var ANSWER_BUDGET = Object.freeze({
  ...ITEM_BUDGET,
  code: "RESULT_TOO_LARGE",
  named: "what a stage's worker gave"
});
var DEFAULT_RESULT_ITEMS = 2e7;
var DEFAULT_RESULT_BYTES = 64 * 1024 * 1024;
function resultBudget(items = DEFAULT_RESULT_ITEMS) {
  return {
    items,
    depth: Infinity,
    textBytes: Infinity,
    keys: Infinity,
    numberKeys: Infinity,
    largeNames: null,
    takesCollections: true,
    code: "RESULT_TOO_LARGE",
    named: "a result here (maxResultItems)"
  };
}
var REPLY_BUDGET = Object.freeze({
  ...resultBudget(),
  code: "MALFORMED_MESSAGE",
  named: "a message of a server"
});

// wire/error_registry.ts
var classByName = /* @__PURE__ */ new Map();
var nameByClass = /* @__PURE__ */ new Map();
function registerError(cls, name = cls?.name) {
  if (typeof cls !== "function" || !(cls.prototype instanceof Error || cls === Error)) {
    throw new TypeError(`Cannot register ${name || "a value"} as an error class: it does not extend Error`);
  }
  if (typeof name !== "string" || name === "") throw new TypeError("Cannot register an error class without a name");
  classByName.set(name, cls);
  nameByClass.set(cls, name);
}
var BUILT_IN_CLASSES = [
  Error,
  TypeError,
  RangeError,
  SyntaxError,
  ReferenceError,
  EvalError,
  URIError,
  AggregateError,
  DOMException
];
for (const cls of [
  ...BUILT_IN_CLASSES,
  ...TASK_ERROR_CLASSES
]) registerError(cls);
function isError(value) {
  return value instanceof Error || Error.isError(value);
}
function errorParts(error, attempt = (read) => read()) {
  const name = attempt(() => error.name);
  const stack = attempt(() => error.stack);
  const parts = {
    className: attempt(() => classNameOf(error)) ?? "Error",
    name: typeof name === "string" ? name : "Error",
    message: attempt(() => String(error.message)) ?? "",
    fields: []
  };
  if (typeof stack === "string") parts.stack = stack;
  parts.cause = attempt(() => Object.hasOwn(error, "cause") ? {
    value: error.cause
  } : void 0);
  parts.errors = attempt(() => isHidden(error, "errors") ? error.errors : void 0);
  for (const key of attempt(() => Object.keys(error)) ?? []) {
    if (isReserved(key)) continue;
    const field = attempt(() => ({
      value: error[key]
    }));
    if (field !== void 0) parts.fields.push([
      key,
      field.value
    ]);
  }
  return parts;
}
function isHidden(error, key) {
  return Object.getOwnPropertyDescriptor(error, key)?.enumerable === false;
}
function classNameOf(error) {
  const cls = Object.getPrototypeOf(error)?.constructor;
  const name = nameByClass.get(cls) ?? cls?.name;
  return typeof name === "string" && name !== "" ? name : "Error";
}
function isReserved(key) {
  return key === "name" || key === "message" || key === "stack" || key === "cause";
}
function rebuildError(parts) {
  const known2 = classByName.get(parts.className);
  const cls = known2 === void 0 || known2 === Error ? classByName.get(parts.name) ?? Error : known2;
  const isUnknown = known2 === void 0 && parts.name === "Error";
  const name = isUnknown ? parts.className : parts.name;
  const error = create(cls, parts.message, name);
  hide(error, "stack", parts.stack);
  if (error.name !== name) hide(error, "name", name);
  if (parts.cause !== void 0) hide(error, "cause", parts.cause.value);
  if (parts.errors !== void 0) hide(error, "errors", parts.errors);
  for (const [key, value] of parts.fields) {
    if (isReserved(key)) continue;
    Object.defineProperty(error, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true
    });
  }
  return error;
}
function create(cls, message, name) {
  if (cls === DOMException) return new DOMException(message, name);
  return Reflect.construct(Error, message === "" ? [] : [
    message
  ], cls);
}
function hide(error, key, value) {
  Object.defineProperty(error, key, {
    value,
    writable: true,
    enumerable: false,
    configurable: true
  });
}

// wire/extensions.ts
var EXT_TIMESTAMP = -1;
var EXT_CONSTANT = 0;
var EXT_STRING16 = 1;
var EXT_BIGINT = 2;
var EXT_MAP = 3;
var EXT_SET = 4;
var EXT_SPARSE = 5;
var EXT_BINARY = 6;
var EXT_REGEXP = 7;
var EXT_URL = 8;
var EXT_ERROR = 9;
var CONSTANT_UNDEFINED = 0;
var CONSTANT_INVALID_DATE = 1;
var ERROR_HAS_CAUSE = 1;
var ERROR_HAS_ERRORS = 2;
var UINT32 = 2 ** 32;
var UINT34 = 2 ** 34;
function packDate(date) {
  const ms = date.getTime();
  const seconds = Math.floor(ms / 1e3);
  const nanoseconds = (ms - seconds * 1e3) * 1e6;
  if (seconds < 0 || seconds >= UINT34) {
    const view2 = new DataView(new ArrayBuffer(12));
    view2.setUint32(0, nanoseconds);
    view2.setBigInt64(4, BigInt(seconds));
    return new Uint8Array(view2.buffer);
  }
  if (nanoseconds === 0 && seconds < UINT32) {
    const view2 = new DataView(new ArrayBuffer(4));
    view2.setUint32(0, seconds);
    return new Uint8Array(view2.buffer);
  }
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, nanoseconds * 4 + Math.floor(seconds / UINT32));
  view.setUint32(4, seconds % UINT32);
  return new Uint8Array(view.buffer);
}
function unpackDate(payload) {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  let seconds;
  let nanoseconds = 0;
  if (payload.length === 4) {
    seconds = view.getUint32(0);
  } else if (payload.length === 8) {
    const high = view.getUint32(0);
    nanoseconds = high >>> 2;
    seconds = (high & 3) * UINT32 + view.getUint32(4);
  } else if (payload.length === 12) {
    nanoseconds = view.getUint32(0);
    seconds = Number(view.getBigInt64(4));
  } else {
    throw new Error(`a timestamp has 4, 8 or 12 bytes, not ${payload.length}`);
  }
  const date = new Date(seconds * 1e3 + Math.floor(nanoseconds / 1e6));
  if (nanoseconds >= 1e9 || Number.isNaN(date.getTime())) throw new Error("the timestamp is out of range");
  return date;
}
function packString16(text) {
  const view = new DataView(new ArrayBuffer(text.length * 2));
  for (let i = 0; i < text.length; i++) view.setUint16(i * 2, text.charCodeAt(i), true);
  return new Uint8Array(view.buffer);
}
function unpackString16(payload) {
  if (payload.length % 2 !== 0) throw new Error("UTF-16 text has an even number of bytes");
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const chunks = [];
  for (let at = 0; at < payload.length; at += 8192) {
    const units2 = [];
    for (let i = at; i < Math.min(at + 8192, payload.length); i += 2) units2.push(view.getUint16(i, true));
    chunks.push(String.fromCharCode(...units2));
  }
  return chunks.join("");
}
function packBigInt(value) {
  const digits = (value < 0n ? -value : value).toString(16);
  const hex = digits.length % 2 === 0 ? digits : `0${digits}`;
  const packed = new Uint8Array(1 + hex.length / 2);
  packed[0] = value < 0n ? 1 : 0;
  packed.subarray(1).setFromHex(hex);
  return packed;
}
function unpackBigInt(payload) {
  if (payload.length < 2 || payload[0] > 1) throw new Error("a bigint has a sign byte, 0 or 1, and a magnitude");
  const magnitude = BigInt(`0x${payload.subarray(1).toHex()}`);
  return payload[0] === 1 ? -magnitude : magnitude;
}
var BINARY_CLASSES = [
  ArrayBuffer,
  DataView,
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
  Float16Array,
  Float32Array,
  Float64Array
];
function binaryClassOf(value) {
  return BINARY_CLASSES.findIndex((candidate) => value instanceof candidate);
}
function swapToLittleEndian(bytes, binaryClass) {
  const platformIsLittleEndian = new Uint8Array(new Uint16Array([
    1
  ]).buffer)[0] === 1;
  if (platformIsLittleEndian) return;
  const size = BINARY_CLASSES[binaryClass].BYTES_PER_ELEMENT ?? 1;
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}
function unpackBinary(payload) {
  const binaryClass = payload[0];
  const found = payload.length > 0 ? BINARY_CLASSES[binaryClass] : void 0;
  if (found === void 0) throw new Error("the class of a buffer is unknown");
  const copy = new Uint8Array(payload.subarray(1));
  swapToLittleEndian(copy, binaryClass);
  return found === ArrayBuffer ? copy.buffer : new found(copy.buffer);
}
function hasHoles(array) {
  if (array.length > 16 && !array.includes(void 0)) return false;
  for (let i = 0; i < array.length; i++) {
    if (array[i] === void 0 && !Object.hasOwn(array, i)) return true;
  }
  return false;
}
function indexesOf(array) {
  const indexes = [];
  for (const key of Object.keys(array)) {
    const index = Number(key);
    if (!(index < array.length) || String(index) !== key) break;
    indexes.push(index);
  }
  return indexes;
}

// wire/explain.ts
var SHOWN_PATH = 200;
var STEPS_BEYOND_DEPTH = 2e4;
function refusal(value) {
  if (typeof value === "function") return "it is a function; send data, or a remote() reference to it";
  if (typeof value === "symbol") return "it is a symbol, which means nothing in another process";
  if (typeof value !== "object" || value === null) return void 0;
  if (ArrayBuffer.isView(value)) return refusal(value.buffer);
  if (value instanceof ArrayBuffer) return value.detached ? "its memory was transferred away" : void 0;
  if (value instanceof SharedArrayBuffer) return "it is shared memory; send a copy";
  if (value instanceof Promise) return "it is a Promise; send what it resolves to";
  if (value instanceof Boolean) return "it is a Boolean object; send the plain boolean";
  if (value instanceof Number) return "it is a Number object; send the plain number";
  if (value instanceof String) return "it is a String object; send the plain string";
  return isError(value) || value instanceof URL ? void 0 : hostRefusal(value);
}
function hostRefusal(value) {
  const tag = value[Symbol.toStringTag];
  if (typeof tag !== "string" || value instanceof Map || value instanceof Set) return void 0;
  let cls = globalThis;
  for (const part of tag.split(".")) cls = cls?.[part];
  const isHost = typeof cls === "function" && value instanceof cls;
  const refused = isHost || value instanceof Iterator || tag === "AsyncGenerator";
  return refused ? `it is ${/^[AEIO]/.test(tag) ? "an" : "a"} ${tag}, which cannot leave its process` : void 0;
}
function textOf(thrown) {
  try {
    return String(thrown);
  } catch {
    return "a value that cannot be shown";
  }
}
function* childrenOf(value) {
  if (Array.isArray(value)) {
    yield* elementsOf(value);
  } else if (value instanceof Map) {
    let i = 0;
    for (const [key, item] of value) {
      yield {
        segment: `.keys()[${i++}]`,
        read: () => key
      };
      yield {
        segment: `.get(${typeof key === "string" ? quote(key) : textOf(key)})`,
        read: () => item
      };
    }
  } else if (value instanceof Set) {
    let i = 0;
    for (const item of value) yield {
      segment: `.values()[${i++}]`,
      read: () => item
    };
  } else if (isError(value)) {
    const { cause, errors, fields } = errorParts(value);
    if (cause !== void 0) yield {
      segment: ".cause",
      read: () => cause.value
    };
    if (errors !== void 0) yield {
      segment: ".errors",
      read: () => errors
    };
    for (const [key, field] of fields) yield {
      segment: property(key),
      read: () => field
    };
  } else if (!isLeaf(value)) {
    for (const key of Object.keys(value)) {
      yield {
        segment: property(key),
        read: () => value[key]
      };
    }
  }
}
function* elementsOf(array) {
  for (const i of hasHoles(array) ? indexesOf(array) : array.keys()) {
    yield {
      segment: `[${i}]`,
      read: () => array[i]
    };
  }
}
function isLeaf(value) {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof Date || value instanceof RegExp || value instanceof URL;
}
function property(key) {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${quote(key)}]`;
}
function quote(text) {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}\u2026` : text);
}
function explain(root, maxDepth) {
  return new Walk(maxDepth).run(root);
}
var Walk = class {
  #maxDepth;
  #frames = [];
  /** Places in the frames: whatever is met again while it is here is a cycle. */
  #open = /* @__PURE__ */ new Map();
  /** Of finished containers: a shared one may be too deep in one place only. */
  #heights = /* @__PURE__ */ new Map();
  #tooDeep;
  constructor(maxDepth) {
    this.#maxDepth = maxDepth;
  }
  run(root) {
    let found = this.#visit({
      segment: "$",
      read: () => root
    });
    for (let steps = STEPS_BEYOND_DEPTH; found === void 0 && this.#frames.length > 0 && steps > 0; ) {
      found = this.#step();
      if (this.#tooDeep !== void 0) steps--;
    }
    return found ?? this.#tooDeep;
  }
  #step() {
    let next2;
    try {
      next2 = this.#frames.at(-1).children.next();
    } catch (thrown) {
      return this.#refuse("", `reading it threw ${textOf(thrown)}`);
    }
    if (!next2.done) return this.#visit(next2.value);
    const { value, height } = this.#frames.pop();
    this.#open.delete(value);
    this.#heights.set(value, height);
    return this.#raiseTo(height + 1);
  }
  #visit({ segment, read }) {
    try {
      const value = read();
      const reason = refusal(value);
      if (reason !== void 0) return this.#refuse(segment, reason);
      const isContainer = typeof value === "object" && value !== null && !isLeaf(value);
      return isContainer ? this.#enter(segment, value) : void 0;
    } catch (thrown) {
      return this.#refuse(segment, `reading it threw ${textOf(thrown)}`);
    }
  }
  #enter(segment, value) {
    const place = this.#open.get(value);
    if (place !== void 0) return this.#refuse(segment, `it is a cycle, it leads back to ${this.#path(place + 1)}`);
    const height = this.#heights.get(value);
    if (this.#frames.length + (height ?? 1) > this.#maxDepth) {
      this.#tooDeep ??= this.#refuse(segment, `it is nested deeper than ${this.#maxDepth} levels`);
    }
    if (height !== void 0) return this.#raiseTo(height + 1);
    this.#open.set(value, this.#frames.length);
    this.#frames.push({
      value,
      segment,
      children: childrenOf(value),
      height: 1
    });
    return void 0;
  }
  #raiseTo(height) {
    const parent = this.#frames.at(-1);
    if (parent !== void 0) parent.height = Math.max(parent.height, height);
    return void 0;
  }
  /** The way to the container at a place in the frames. */
  #path(frames = this.#frames.length) {
    return this.#frames.slice(0, frames).map((frame) => frame.segment).join("");
  }
  #refuse(segment, reason) {
    const path = this.#path() + segment;
    const half = SHOWN_PATH / 2;
    const shown = path.length > SHOWN_PATH ? `${path.slice(0, half)}\u2026${path.slice(-half)}` : path;
    return new NotSendable(`Cannot send ${shown}: ${reason}`, path);
  }
};

// wire/read_text.ts
var SHORT_TEXT = 100;
var LONGEST_CACHED_KEY = 32;
var CACHED_KEYS = 512;
var utf8;
var units = [];
var keys = new Array(CACHED_KEYS).fill("");
function readText(bytes, start, end) {
  const length = end - start;
  if (length > SHORT_TEXT) return decodeUtf8(bytes.subarray(start, end));
  const filled = units[length] ??= new Array(length).fill(0);
  let seen = 0;
  for (let i = 0; i < length; i++) seen |= filled[i] = bytes[start + i];
  if (seen > 127) return decodeUtf8(bytes.subarray(start, end));
  return String.fromCharCode.apply(null, filled);
}
function readKey(bytes, start, end) {
  const length = end - start;
  if (length > LONGEST_CACHED_KEY || length === 0) return readText(bytes, start, end);
  const hash = length * 7 + bytes[start] * 31 + bytes[start + (length >> 1)] * 5 + bytes[end - 1] * 67;
  const slot = hash & CACHED_KEYS - 1;
  const known2 = keys[slot];
  if (known2.length === length) {
    let i = 0;
    while (i < length && known2.charCodeAt(i) === bytes[start + i]) i++;
    if (i === length) return known2;
  }
  const key = readText(bytes, start, end);
  if (key.length === length) keys[slot] = key;
  return key;
}
function decodeUtf8(bytes) {
  utf8 ??= new TextDecoder("utf-8", {
    fatal: true,
    ignoreBOM: true
  });
  return utf8.decode(bytes);
}

// wire/format_reader.ts
var UINT322 = 2 ** 32;
var FormatReader = class {
  bytes;
  data;
  at = 0;
  /** Where what is being read must end: the end of the bytes, or of the extension around. */
  end;
  constructor(bytes) {
    this.bytes = bytes;
    this.data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.end = bytes.length;
  }
  readByte() {
    if (this.at >= this.end) throw new Error("the message ends too early");
    return this.bytes[this.at++];
  }
  /** Goes past `n` bytes and returns where they start. */
  skip(n) {
    const start = this.at;
    this.expect(n);
    this.at = start + n;
    return start;
  }
  /** Refuses what takes at least `n` more bytes when there are fewer. */
  expect(n) {
    const left = this.end - this.at;
    if (n > left) throw new Error(`${n} bytes or more are announced and ${left} are left`);
  }
  /** A length of 1, 2 or 4 bytes. */
  readLength(size) {
    const start = this.skip(size);
    if (size === 1) return this.bytes[start];
    return size === 2 ? this.data.getUint16(start) : this.data.getUint32(start);
  }
  /** 64-bit integers come as numbers where these are exact, else as bigints. The encoder sends only the former. */
  readUint64() {
    const start = this.skip(8);
    const number = this.data.getUint32(start) * UINT322 + this.data.getUint32(start + 4);
    return Number.isSafeInteger(number) ? number : this.data.getBigUint64(start);
  }
  readInt64() {
    const start = this.skip(8);
    const number = this.data.getInt32(start) * UINT322 + this.data.getUint32(start + 4);
    return Number.isSafeInteger(number) ? number : this.data.getBigInt64(start);
  }
  readText(length) {
    this.expect(length);
    const text = readText(this.bytes, this.at, this.at + length);
    this.at += length;
    return text;
  }
  /** A key of less than 32 bytes, or undefined, and nothing read, if what is next is anything else. */
  readShortKey() {
    const code = this.bytes[this.at];
    if (this.at >= this.end || code < 160 || code > 191) return void 0;
    const length = code & 31;
    this.expect(length + 1);
    const key = readKey(this.bytes, this.at + 1, this.at + 1 + length);
    this.at += length + 1;
    return key;
  }
  /** All that is left up to the end, as a view. */
  readRest() {
    return this.bytes.subarray(this.skip(this.end - this.at), this.end);
  }
};

// wire/decoder.ts
var SMALL_ARRAY = 1024;
var LARGEST_PLAIN_ARRAY = 2 ** 25;
var NO_CONTAINER = Infinity;
var UINT323 = 2 ** 32;
var LAVISH = [
  EXT_MAP,
  EXT_SET,
  EXT_SPARSE,
  EXT_REGEXP,
  EXT_URL
];
var UNREAD = Object.freeze(new class Unread {
}());
var COST_OF = /* @__PURE__ */ new Map([
  [
    EXT_CONSTANT,
    0
  ],
  [
    EXT_BINARY,
    COST.bytes
  ],
  [
    EXT_URL,
    COST.bytes
  ],
  [
    EXT_MAP,
    COST.collection
  ],
  [
    EXT_SET,
    COST.collection
  ],
  [
    EXT_SPARSE,
    COST.collection
  ],
  [
    EXT_REGEXP,
    COST.collection
  ],
  [
    EXT_ERROR,
    COST.error
  ]
]);
var GRACE_MS = 1e3;
var MS_PER_ITEM = 1e-3;
var MS_PER_BYTE = 2e-5;
var ENTRIES_PER_LOOK = 1024;
var BATCH_SLACK_ITEMS = 1e6;
var OverBudget = class extends Error {
};
var Decoder = class _Decoder extends FormatReader {
  #maxDepth;
  #views;
  /** Elements of all the large arrays that are being read, read or not. */
  #announced = 0;
  #budget;
  /** Of the budget, what is left. Taken once for each container, ahead of what is in it. */
  #items;
  #textBytes;
  #numberKeys;
  /** Entries of Maps and Sets whose keys are numbers, and since when they are made. */
  #entries = 0;
  #since = 0;
  /** A decoder of just these bytes; with `views`, byte arrays in the result share their memory. */
  constructor(bytes, maxDepth, views, budget = UNBOUNDED) {
    super(bytes);
    this.#budget = budget;
    this.#items = budget.items;
    this.#textBytes = budget.textBytes;
    this.#numberKeys = budget.numberKeys;
    this.#maxDepth = Math.min(maxDepth, budget.depth);
    this.#views = views;
  }
  /**
   * The value; nothing may follow it.
   *
   * @throws {TaskError} with the code `MALFORMED_MESSAGE` and the byte offset in its message; with the code of the budget
   * for what is more than that.
   */
  read() {
    return this.#whole(_Decoder.#readValue);
  }
  /**
   * The value that begins and ends there, within the budget: of several that lie one behind the other.
   *
   * @throws {TaskError} as {@linkcode Decoder.read}; the others can be read all the same.
   */
  readBetween(start, end) {
    this.at = start;
    this.end = end;
    this.#items = this.#budget.items;
    this.#textBytes = this.#budget.textBytes;
    this.#numberKeys = this.#budget.numberKeys;
    this.#entries = this.#since = 0;
    return this.#whole(_Decoder.#readValue);
  }
  /** The values of a list, each within the budget; all together with as much more as a batch of small ones can be. */
  readItems() {
    return this.#whole(() => {
      const code = this.readByte();
      const count = code === 221 || code === 220 ? this.readLength(2 << code - 220) : code - 144;
      if (count < 0 || code > 159 && code < 220 || code > 221) throw new Error("items must be a list");
      let left = this.#budget.items + BATCH_SLACK_ITEMS;
      const items = [];
      for (let i = 0; i < count; i++) {
        const granted = this.#items = Math.min(this.#budget.items, left);
        items.push(this.#value(2));
        left -= granted - this.#items + 1;
      }
      return items;
    });
  }
  static #readValue = (decoder) => decoder.#value(1);
  #whole(read) {
    try {
      const value = read(this);
      if (this.at !== this.end) throw new Error(`${this.end - this.at} more bytes follow the value`);
      return value;
    } catch (error) {
      if (error instanceof OverBudget) {
        throw new TaskError(this.#budget.code, `Cannot decode ${this.#budget.named}, at byte ${this.at} of ${this.bytes.length}: ${error.message}`);
      }
      const reason = error instanceof Error ? error.message : textOf(error);
      throw new TaskError("MALFORMED_MESSAGE", `Cannot decode the message at byte ${this.at}: ${reason}`);
    }
  }
  #value(depth) {
    const code = this.readByte();
    if (code < 128) return code;
    if (code < 144) return this.#map(code & 15, depth);
    if (code < 160) return this.#array(code & 15, depth);
    if (code < 192) return this.readText(code & 31);
    if (code >= 224) return code - 256;
    switch (code) {
      case 192:
        return null;
      case 194:
        return false;
      case 195:
        return true;
      case 196:
      case 197:
      case 198:
        return this.#bin(this.readLength(1 << code - 196));
      case 199:
      case 200:
      case 201:
        return this.#extension(this.readLength(1 << code - 199), depth);
      case 202:
        return this.data.getFloat32(this.skip(4));
      case 203:
        return this.data.getFloat64(this.skip(8));
      case 204:
        return this.readByte();
      case 205:
        return this.data.getUint16(this.skip(2));
      case 206:
        return this.data.getUint32(this.skip(4));
      case 207:
        return this.readUint64();
      case 208:
        return this.data.getInt8(this.skip(1));
      case 209:
        return this.data.getInt16(this.skip(2));
      case 210:
        return this.data.getInt32(this.skip(4));
      case 211:
        return this.readInt64();
      case 212:
      case 213:
      case 214:
      case 215:
      case 216:
        return this.#extension(1 << code - 212, depth);
      case 217:
      case 218:
      case 219:
        return this.#text(this.readLength(1 << code - 217));
      case 220:
      case 221:
        return this.#array(this.readLength(2 << code - 220), depth);
      case 222:
      case 223:
        return this.#map(this.readLength(2 << code - 222), depth);
    }
    throw new Error(`0x${code.toString(16)} starts no value`);
  }
  #text(length) {
    this.#textBytes -= length;
    if (this.#textBytes < 0) throw new OverBudget(`it has more than ${this.#budget.textBytes} bytes of text`);
    return this.readText(length);
  }
  #bin(length) {
    this.#spend(COST.bytes);
    const start = this.skip(length);
    return this.#views ? this.bytes.subarray(start, this.at) : this.bytes.slice(start, this.at);
  }
  #spend(cost) {
    this.#items -= cost;
    if (this.#items < 0) throw new OverBudget(`it holds more than ${this.#budget.items} items`);
  }
  #enter(depth) {
    if (depth <= this.#maxDepth) return;
    if (depth === NO_CONTAINER) throw new Error("a container is where only a string or a number can be");
    throw new Error(`it is nested deeper than ${this.#maxDepth} levels`);
  }
  #array(length, depth) {
    this.#enter(depth);
    this.expect(length);
    this.#spend(length + COST.container);
    const counted = length > SMALL_ARRAY ? length : 0;
    this.#announced += counted;
    if (this.#announced > this.bytes.length) throw new Error("arrays announce more elements than there are bytes");
    const array = length <= LARGEST_PLAIN_ARRAY ? new Array(length) : [];
    for (let i = 0; i < length; i++) array[i] = this.#value(depth + 1);
    this.#announced -= counted;
    return array;
  }
  #map(size, depth) {
    this.#enter(depth);
    this.expect(size * 2);
    this.#spend(costOfPairs(size) + COST.container);
    if (size > this.#budget.keys) throw new OverBudget(`an object has more than ${this.#budget.keys} keys`);
    const record = {};
    for (let i = 0; i < size; i++) {
      const key = this.#key();
      const value = this.#value(depth + 1);
      if (key === "__proto__") define(record, key, value);
      else record[key] = value;
    }
    return record;
  }
  #key() {
    return this.readShortKey() ?? this.#string("a key");
  }
  /** A string in whichever form it takes. */
  #string(what) {
    const value = this.#value(NO_CONTAINER);
    if (typeof value !== "string") throw new Error(`${what} is not a string`);
    return value;
  }
  #extension(length, depth) {
    const type = this.data.getInt8(this.skip(1));
    this.expect(length);
    const outerEnd = this.end;
    this.end = this.at + length;
    const value = this.#content(type, depth);
    if (this.at !== this.end) throw new Error(`extension ${type} is longer than its content`);
    this.end = outerEnd;
    return value;
  }
  #content(type, depth) {
    this.#spend(COST_OF.get(type) ?? COST.value);
    if (!this.#budget.takesCollections && LAVISH.includes(type)) {
      this.skip(this.end - this.at);
      return UNREAD;
    }
    switch (type) {
      case EXT_TIMESTAMP:
        return unpackDate(this.readRest());
      case EXT_CONSTANT:
        return this.#constant();
      case EXT_STRING16:
        return unpackString16(this.readRest());
      case EXT_BIGINT:
        return unpackBigInt(this.readRest());
      case EXT_BINARY:
        return unpackBinary(this.readRest());
      case EXT_MAP:
        return this.#jsMap(depth);
      case EXT_SET:
        return this.#jsSet(depth);
      case EXT_SPARSE:
        return this.#sparse(depth);
      case EXT_REGEXP:
        return new RegExp(this.#string("a pattern"), this.#string("a pattern's flags"));
      case EXT_URL:
        return new URL(this.#string("a URL"));
      case EXT_ERROR:
        return this.#error(depth);
    }
    throw new Error(`extension type ${type} is unknown`);
  }
  #constant() {
    const which = this.readByte();
    if (which === CONSTANT_UNDEFINED) return void 0;
    if (which === CONSTANT_INVALID_DATE) {
      this.#spend(COST.value);
      return /* @__PURE__ */ new Date(NaN);
    }
    throw new Error(`constant ${which} is unknown`);
  }
  #jsMap(depth) {
    this.#enter(depth);
    const map = /* @__PURE__ */ new Map();
    while (this.at < this.end) {
      const key = this.#value(depth + 1);
      this.#countEntry(key);
      map.set(key, this.#value(depth + 1));
    }
    return map;
  }
  #jsSet(depth) {
    this.#enter(depth);
    const set = /* @__PURE__ */ new Set();
    while (this.at < this.end) {
      const value = this.#value(depth + 1);
      this.#countEntry(value);
      set.add(value);
    }
    return set;
  }
  /** Ahead of each entry of a Map or a Set. */
  #countEntry(key) {
    this.#spend(COST.entry);
    if (typeof key !== "number" && typeof key !== "bigint") return;
    if (--this.#numberKeys < 0) {
      throw new OverBudget(`its Maps and Sets have more than ${this.#budget.numberKeys} numbers as keys`);
    }
    if (++this.#entries % ENTRIES_PER_LOOK !== 0 || this.#budget === UNBOUNDED) return;
    const now = performance.now();
    this.#since ||= now;
    const mostMs = GRACE_MS + (this.#budget.items - this.#items) * MS_PER_ITEM + this.at * MS_PER_BYTE;
    if (now - this.#since > mostMs) throw new OverBudget("the keys of a Map or a Set collide");
  }
  #sparse(depth) {
    this.#enter(depth);
    const length = this.#index(UINT323);
    const array = [];
    array.length = UINT323 - 1;
    array.length = length;
    let next2 = 0;
    while (this.at < this.end) {
      const index = this.#index(length);
      if (index < next2) throw new Error("the indexes of an array do not ascend");
      this.#spend(COST.entry);
      array[index] = this.#value(depth + 1);
      next2 = index + 1;
    }
    return array;
  }
  #index(limit) {
    const index = this.#value(NO_CONTAINER);
    if (typeof index === "number" && Number.isInteger(index) && index >= 0 && index < limit) return index;
    throw new Error("an array has a length or an index that is not possible");
  }
  #error(depth) {
    this.#enter(depth);
    const parts = {
      className: this.#string("an error's class"),
      name: this.#string("an error's name"),
      message: this.#string("an error's message"),
      fields: []
    };
    const stack = this.#value(NO_CONTAINER);
    if (typeof stack === "string") parts.stack = stack;
    else if (stack !== null) throw new Error("an error's stack is not a string");
    const bits = this.readByte();
    if (bits & ERROR_HAS_CAUSE) parts.cause = {
      value: this.#value(depth + 1)
    };
    if (bits & ERROR_HAS_ERRORS) parts.errors = this.#value(depth + 1);
    while (this.at < this.end) {
      this.#spend(COST.pairOfMany);
      parts.fields.push([
        this.#key(),
        this.#value(depth + 1)
      ]);
    }
    return rebuildError(parts);
  }
};
function define(record, key, value) {
  Object.defineProperty(record, key, {
    value,
    writable: true,
    enumerable: true,
    configurable: true
  });
}

// wire/byte_buffer.ts
var KEEP_BYTES = 1 << 20;
var DEFAULT_BYTES = 1024;
var SET_ASIDE = 1 << 18;
var TooLarge = class extends Error {
  unit;
  limit;
  /** `unit` is what was limited. */
  constructor(unit, limit) {
    super(`it has more than ${limit} ${unit}`), this.unit = unit, this.limit = limit;
  }
};
var ByteBuffer = class {
  // Protected rather than private: an encoder's inner loops work on the bytes directly. All three belong together and
  // are replaced by grow(), so they must be read again after anything that can make room.
  bytes;
  data;
  end = 0;
  /** It does not grow much beyond; that it holds no more is for whoever sets this to see. */
  mostBytes = Infinity;
  #initialBytes;
  /** An empty buffer that starts with room for `initialBytes` bytes. */
  constructor(initialBytes = DEFAULT_BYTES) {
    this.#initialBytes = initialBytes;
    this.bytes = new Uint8Array(initialBytes);
    this.data = new DataView(this.bytes.buffer);
  }
  /** How many bytes are written so far. */
  get length() {
    return this.end;
  }
  /** Leaves `n` bytes for later, such as a frame's length, and returns their offset. They are zero until patched. */
  reserve(n) {
    this.room(n);
    const offset = this.end;
    this.end += n;
    this.bytes.fill(0, offset, this.end);
    return offset;
  }
  /**
   * Writes a big-endian 32-bit number over bytes that are already there.
   *
   * @throws {RangeError} if the four bytes were not written or reserved before
   */
  patchUint32(offset, value) {
    if (!(offset >= 0 && offset + 4 <= this.end)) {
      throw new RangeError(`Cannot patch at ${offset} as only ${this.end} bytes are written`);
    }
    this.data.setUint32(offset, value);
  }
  /**
   * Forgets everything after the first `length` bytes.
   *
   * @throws {RangeError} if there are not as many
   */
  truncate(length) {
    if (!(length >= 0 && length <= this.end)) {
      throw new RangeError(`Cannot truncate to ${length} bytes as ${this.end} are written`);
    }
    this.end = length;
  }
  /** What was written, without a copy; valid until the next write, `take()` or `clear()`. */
  view() {
    return this.bytes.subarray(0, this.end);
  }
  /** What was written, for the caller to keep; the buffer is empty afterwards. */
  take() {
    const handOver = this.bytes.length > KEEP_BYTES && this.end * 2 > this.bytes.length;
    const taken = handOver ? this.view() : this.bytes.slice(0, this.end);
    this.clear();
    return taken;
  }
  /** Empties the buffer, and gives back its memory if one message made it larger than 1 MiB. */
  clear() {
    this.end = 0;
    if (this.bytes.length > KEEP_BYTES) this.#replace(new Uint8Array(this.#initialBytes));
  }
  /** Makes sure that `n` more bytes fit. */
  room(n) {
    if (this.end + n > this.bytes.length) this.#grow(this.end + n);
  }
  #grow(needed) {
    if (needed > this.mostBytes + SET_ASIDE) throw new TooLarge("bytes", this.mostBytes);
    const larger = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    larger.set(this.view());
    this.#replace(larger);
  }
  #replace(bytes) {
    this.bytes = bytes;
    this.data = new DataView(bytes.buffer);
  }
};

// wire/format_writer.ts
var SHORT_STRING = 40;
var LONG_STRING = 1 << 16;
var UINT324 = 2 ** 32;
var encoder;
var utf82 = () => encoder ??= new TextEncoder();
var FormatWriter = class extends ByteBuffer {
  /** Counts what is written, where anybody does. */
  spend(_cost) {
  }
  writeByte(byte) {
    this.room(1);
    this.bytes[this.end++] = byte;
  }
  /** Integers in their smallest form, everything else, -0 included, as a 64-bit float. */
  writeNumber(value) {
    this.room(9);
    if ((value | 0) === value && !Object.is(value, -0)) return this.#int32(value);
    const at = this.end;
    if (!Number.isSafeInteger(value) || value === 0) {
      this.bytes[at] = 203;
      this.data.setFloat64(at + 1, value);
      this.end += 9;
    } else if (value > 0 && value < UINT324) {
      this.#wide(206, value, 4);
    } else {
      this.bytes[at] = value < 0 ? 211 : 207;
      this.data.setUint32(at + 1, Math.floor(value / UINT324));
      this.data.setUint32(at + 5, value);
      this.end += 9;
    }
  }
  #int32(value) {
    if (value >= 0) {
      if (value < 128) this.bytes[this.end++] = value;
      else if (value < 256) this.#wide(204, value, 1);
      else if (value < 65536) this.#wide(205, value, 2);
      else this.#wide(206, value, 4);
    } else {
      if (value >= -32) this.bytes[this.end++] = value;
      else if (value >= -128) this.#wide(208, value, 1);
      else if (value >= -32768) this.#wide(209, value, 2);
      else this.#wide(210, value, 4);
    }
  }
  /** A code and a big-endian number of 1, 2 or 4 bytes; needs room for them. */
  #wide(code, value, size) {
    const at = this.end;
    this.bytes[at] = code;
    if (size === 1) this.bytes[at + 1] = value;
    else if (size === 2) this.data.setUint16(at + 1, value);
    else this.data.setUint32(at + 1, value);
    this.end = at + 1 + size;
  }
  writeString(text) {
    const length = text.length;
    if (length > SHORT_STRING) return this.#anyString(text);
    this.room(length + 2);
    const bytes = this.bytes;
    let at = this.end;
    if (length < 32) {
      bytes[at++] = 160 | length;
    } else {
      bytes[at++] = 217;
      bytes[at++] = length;
    }
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 127) return this.#anyString(text);
      bytes[at++] = unit;
    }
    this.end = at;
  }
  #anyString(text) {
    if (!text.isWellFormed()) {
      this.spend(COST.value);
      return this.writeExtension(EXT_STRING16, packString16(text));
    }
    if (text.length > LONG_STRING) {
      const encoded = utf82().encode(text);
      this.#stringHeader(encoded.length);
      return this.append(encoded);
    }
    this.room(text.length * 3 + 5);
    const start = this.end;
    const guessed = start + stringHeaderSize(text.length);
    const { written } = utf82().encodeInto(text, this.bytes.subarray(guessed));
    const content = start + stringHeaderSize(written);
    if (content !== guessed) this.bytes.copyWithin(content, guessed, guessed + written);
    this.end = start;
    this.#stringHeader(written);
    this.end += written;
  }
  #stringHeader(length) {
    this.room(5);
    if (length < 32) this.bytes[this.end++] = 160 | length;
    else this.#lengthHeader(217, length);
  }
  writeBinHeader(length) {
    this.room(5);
    this.#lengthHeader(196, length);
  }
  writeArrayHeader(count) {
    this.#countHeader(144, 220, count);
  }
  writeMapHeader(count) {
    this.#countHeader(128, 222, count);
  }
  #countHeader(tiny, code16, count) {
    this.room(5);
    if (count < 16) this.bytes[this.end++] = tiny | count;
    else if (count < 65536) this.#wide(code16, count, 2);
    else this.#wide(code16 + 1, count, 4);
  }
  /** The codes for 8, 16 and 32 bits follow each other; needs room for them. */
  #lengthHeader(code8, length) {
    if (length < 256) this.#wide(code8, length, 1);
    else if (length < 65536) this.#wide(code8 + 1, length, 2);
    else this.#wide(code8 + 2, checkLength(length), 4);
  }
  writeConstant(which) {
    this.room(3);
    this.bytes[this.end] = 212;
    this.bytes[this.end + 1] = EXT_CONSTANT;
    this.bytes[this.end + 2] = which;
    this.end += 3;
  }
  writeExtension(type, payload) {
    this.writeExtensionHeader(type, payload.length);
    this.append(payload);
  }
  writeExtensionHeader(type, length) {
    this.room(6);
    const fixed = FIXED_LENGTHS.indexOf(length);
    if (fixed >= 0) this.bytes[this.end++] = 212 + fixed;
    else this.#lengthHeader(199, length);
    this.bytes[this.end++] = type;
  }
  /** Starts an extension whose length is not known yet; returns where its content begins. */
  openExtension(type) {
    this.room(6);
    this.bytes[this.end] = 201;
    this.bytes[this.end + 5] = type;
    this.end += 6;
    return this.end;
  }
  closeExtension(start) {
    this.data.setUint32(start - 5, checkLength(this.end - start));
  }
  append(content) {
    this.room(content.length);
    this.bytes.set(content, this.end);
    this.end += content.length;
  }
};
var FIXED_LENGTHS = [
  1,
  2,
  4,
  8,
  16
];
function stringHeaderSize(length) {
  return length < 32 ? 1 : length < 256 ? 2 : length < 65536 ? 3 : 5;
}
function checkLength(bytes) {
  if (bytes >= UINT324) throw new Error("it has more than 4 GiB");
  return bytes;
}

// wire/encoder.ts
var DEFAULT_MAX_DEPTH = 256;
var SUSPICIOUS_DEPTH = 32;
var SUSPICIOUS_BYTES = 1 << 16;
var Encoder = class extends FormatWriter {
  #maxDepth;
  #apartFrom;
  #apart = [];
  #apartBytes = 0;
  // These belong to the value being written; write() sets them.
  #alarmDepth = 0;
  #start = 0;
  #root;
  /** Items that may still come. */
  #items = Infinity;
  #mostItems = Infinity;
  /**
   * An encoder whose buffer starts with `initialBytes` bytes; values may nest `maxDepth` levels of containers. A
   * Uint8Array of `apartFrom` bytes or more is not copied: what is written is then to be had as `parts()` alone, and
   * nobody may change it until that is done.
   */
  constructor(initialBytes, maxDepth = DEFAULT_MAX_DEPTH, apartFrom = Infinity) {
    super(initialBytes);
    this.#maxDepth = maxDepth;
    this.#apartFrom = apartFrom;
  }
  /** Bytes written so far, with those that are apart. */
  get total() {
    return this.length + this.#apartBytes;
  }
  /** True when nothing is apart: `view()` has all that was written. */
  get isWhole() {
    return this.#apart.length === 0;
  }
  /** All that was written, in order and without a copy; valid as `view()` is. */
  *parts() {
    let from = 0;
    for (const { at, bytes } of this.#apart) {
      if (at > from) yield this.bytes.subarray(from, at);
      yield bytes;
      from = at;
    }
    if (this.end > from) yield this.bytes.subarray(from, this.end);
  }
  truncate(length) {
    super.truncate(length);
    if (this.#apart.length > 0) this.#dropApart();
  }
  clear() {
    super.clear();
    if (this.#apart.length > 0) this.#dropApart();
  }
  /** Forgets what belongs behind the end. */
  #dropApart() {
    while (this.#apart.length > 0 && this.#apart[this.#apart.length - 1].at > this.end) {
      this.#apartBytes -= this.#apart.pop().bytes.length;
    }
  }
  /**
   * Appends one value. If it fails, nothing was appended.
   *
   * @throws {NotSendable} if the value, or something in it, cannot be sent; `path` says where that is
   * @throws {TooLarge} as soon as it is more than the limits allow
   */
  write(value, limits) {
    const start = this.end;
    this.#items = this.#mostItems = limits?.items ?? Infinity;
    this.mostBytes = start + (limits?.bytes ?? Infinity);
    this.#alarmDepth = Math.min(this.#maxDepth, SUSPICIOUS_DEPTH);
    this.#start = start;
    this.#root = value;
    try {
      this.#value(value, 1);
      if (this.end > this.mostBytes) throw new TooLarge("bytes", this.mostBytes);
    } catch (error) {
      this.truncate(start);
      if (error instanceof TooLarge) throw error.unit === "bytes" ? new TooLarge("bytes", limits.bytes) : error;
      throw explain(value, this.#maxDepth) ?? new NotSendable(`Cannot send $: ${textOf(error)}`, "$");
    } finally {
      this.#root = void 0;
      this.mostBytes = Infinity;
    }
  }
  spend(cost) {
    this.#items -= cost;
    if (this.#items < 0) throw new TooLarge("items", this.#mostItems);
  }
  /** `depth` is that of the value if it is a container, from 1. */
  #value(value, depth) {
    switch (typeof value) {
      case "string":
        return this.writeString(value);
      case "number":
        return this.writeNumber(value);
      case "boolean":
        return this.writeByte(value ? 195 : 194);
      case "object":
        if (value === null) return this.writeByte(192);
        return this.#object(value, depth);
      case "undefined":
        return this.writeConstant(CONSTANT_UNDEFINED);
      case "bigint":
        this.spend(COST.value);
        return this.writeExtension(EXT_BIGINT, packBigInt(value));
      default:
        throw new Error(refusal(value));
    }
  }
  #object(value, depth) {
    if (Array.isArray(value)) return this.#array(value, depth);
    const prototype = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) {
      return this.#record(value, depth);
    }
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return this.#binary(value);
    if (value instanceof Date) return this.#date(value);
    if (value instanceof Map) return this.#map(value, depth);
    if (value instanceof Set) return this.#set(value, depth);
    if (isError(value)) return this.#error(value, depth);
    if (value instanceof RegExp) return this.#parts(EXT_REGEXP, value.source, value.flags);
    if (value instanceof URL) return this.#parts(EXT_URL, value.href);
    const reason = refusal(value);
    if (reason !== void 0) throw new Error(reason);
    return this.#record(value, depth);
  }
  #enter(depth) {
    if (depth > this.#alarmDepth) this.#suspect(depth);
  }
  #suspect(depth) {
    if (depth > this.#maxDepth) throw new Error("it is nested too deep");
    if (this.end - this.#start < SUSPICIOUS_BYTES) {
      this.#alarmDepth = Math.min(this.#maxDepth, this.#alarmDepth + SUSPICIOUS_DEPTH);
      return;
    }
    const found = explain(this.#root, this.#maxDepth);
    if (found !== void 0) throw found;
    this.#alarmDepth = this.#maxDepth;
  }
  #record(record, depth) {
    this.#enter(depth);
    const keys2 = Object.keys(record);
    this.spend(costOfPairs(keys2.length) + COST.container);
    this.writeMapHeader(keys2.length);
    for (let i = 0; i < keys2.length; i++) {
      const key = keys2[i];
      this.writeString(key);
      this.#value(record[key], depth + 1);
    }
  }
  #array(array, depth) {
    this.#enter(depth);
    if (hasHoles(array)) return this.#sparse(array, depth);
    const length = array.length;
    this.spend(length + COST.container);
    this.writeArrayHeader(length);
    for (let i = 0; i < length; i++) this.#value(array[i], depth + 1);
  }
  #sparse(array, depth) {
    this.spend(COST.collection);
    const start = this.openExtension(EXT_SPARSE);
    this.writeNumber(array.length);
    for (const index of indexesOf(array)) {
      this.spend(COST.entry);
      this.writeNumber(index);
      this.#value(array[index], depth + 1);
    }
    this.closeExtension(start);
  }
  #map(map, depth) {
    this.#enter(depth);
    this.spend(COST.collection + COST.entry * map.size);
    const start = this.openExtension(EXT_MAP);
    for (const [key, value] of map) {
      this.#value(key, depth + 1);
      this.#value(value, depth + 1);
    }
    this.closeExtension(start);
  }
  #set(set, depth) {
    this.#enter(depth);
    this.spend(COST.collection + COST.entry * set.size);
    const start = this.openExtension(EXT_SET);
    for (const value of set) this.#value(value, depth + 1);
    this.closeExtension(start);
  }
  #error(error, depth) {
    this.#enter(depth);
    const { className, name, message, stack, cause, errors, fields } = errorParts(error);
    this.spend(COST.error + COST.pairOfMany * fields.length);
    const start = this.openExtension(EXT_ERROR);
    this.writeString(className);
    this.writeString(name);
    this.writeString(message);
    this.#value(stack ?? null, depth);
    this.writeByte((cause ? ERROR_HAS_CAUSE : 0) | (errors === void 0 ? 0 : ERROR_HAS_ERRORS));
    if (cause !== void 0) this.#value(cause.value, depth + 1);
    if (errors !== void 0) this.#value(errors, depth + 1);
    for (const [key, value] of fields) {
      this.writeString(key);
      this.#value(value, depth + 1);
    }
    this.closeExtension(start);
  }
  #date(date) {
    this.spend(COST.value);
    if (Number.isNaN(date.getTime())) return this.writeConstant(CONSTANT_INVALID_DATE);
    this.writeExtension(EXT_TIMESTAMP, packDate(date));
  }
  #binary(source) {
    const reason = refusal(source);
    if (reason !== void 0) throw new Error(reason);
    const content = ArrayBuffer.isView(source) ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength) : new Uint8Array(source);
    this.spend(COST.bytes);
    if (source instanceof Uint8Array) {
      this.writeBinHeader(content.length);
      return content.length < this.#apartFrom ? this.append(content) : this.#setApart(content);
    }
    const binaryClass = binaryClassOf(source);
    this.writeExtensionHeader(EXT_BINARY, content.length + 1);
    this.writeByte(binaryClass);
    this.append(content);
    swapToLittleEndian(this.bytes.subarray(this.end - content.length, this.end), binaryClass);
  }
  #setApart(bytes) {
    this.mostBytes -= bytes.length;
    if (this.end > this.mostBytes) throw new TooLarge("bytes", this.mostBytes);
    this.#apart.push({
      at: this.end,
      bytes
    });
    this.#apartBytes += bytes.length;
  }
  #parts(type, ...texts) {
    this.spend(type === EXT_URL ? COST.bytes : COST.collection);
    const start = this.openExtension(type);
    for (const text of texts) this.writeString(text);
    this.closeExtension(start);
  }
};

// wire/error_codec.ts
var KEPT_TEXT = 1 << 16;
function resultError(error) {
  if (error instanceof TooLarge) {
    const { unit, limit } = error;
    const option = unit === "bytes" ? "maxResultBytes" : "maxResultItems";
    return new TaskError("RESULT_TOO_LARGE", `Cannot send the result: it has more than ${limit} ${unit}, the server's ${option}; yield it in parts, or write it to a file`);
  }
  if (!(error instanceof NotSendable)) return error;
  return new NotSendable(`Cannot send the result: ${error.message}`, error.path, "RESULT_NOT_SENDABLE");
}

// wire/codec.ts
var shared = new Encoder();
var sharedIsBusy = false;
function encode(value, options = {}) {
  const { maxDepth = DEFAULT_MAX_DEPTH, limits } = options;
  if (sharedIsBusy || maxDepth !== DEFAULT_MAX_DEPTH) {
    const encoder2 = new Encoder(void 0, maxDepth);
    encoder2.write(value, limits);
    return encoder2.take();
  }
  sharedIsBusy = true;
  try {
    shared.write(value, limits);
    return shared.take();
  } finally {
    shared.clear();
    sharedIsBusy = false;
  }
}
function decode(bytes, options = {}) {
  const { maxDepth = DEFAULT_MAX_DEPTH, views = false, budget } = options;
  return new Decoder(plainBytes(bytes), maxDepth, views, budget).read();
}
function decodeItems(bytes, budget) {
  return new Decoder(plainBytes(bytes), DEFAULT_MAX_DEPTH, false, budget).readItems();
}
var PackedReader = class {
  #ends;
  #decoder;
  /** Each may hold as much as the budget allows. */
  constructor({ ends, bytes }, budget) {
    this.#ends = ends;
    this.#decoder = new Decoder(plainBytes(bytes), DEFAULT_MAX_DEPTH, false, budget);
  }
  /**
   * One of the values.
   *
   * @throws {TaskError} as {@linkcode decode}; the others can be read all the same.
   */
  read(index) {
    return this.#decoder.readBetween(index === 0 ? 0 : this.#ends[index - 1], this.#ends[index]);
  }
};
function plainBytes(bytes) {
  return bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

// core/per_turn.ts
function perTurn(act) {
  const gathered = /* @__PURE__ */ new WeakMap();
  return (key, items) => {
    let all = gathered.get(key);
    if (all === void 0) {
      gathered.set(key, all = []);
      queueMicrotask(() => {
        const given = gathered.get(key);
        gathered.delete(key);
        act(key, given);
      });
    }
    for (const item of items) all.push(item);
  };
}

// client/abandon_tasks.ts
var IDS_PER_CANCEL = 1e3;
var cancelTasks = cancelling(false);
var discardTasks = cancelling(true);
function abandonTasks(link, ids) {
  for (const id of ids) {
    link.awaited.forget(id);
    link.groups?.forget(id);
  }
  if (ids.length > 0) discardTasks(link, ids);
}
function cancelling(discard) {
  return perTurn((link, ids) => {
    for (let from = 0; from < ids.length; from += IDS_PER_CANCEL) {
      cancelPart(link, ids.slice(from, from + IDS_PER_CANCEL), discard).catch(() => {
      });
    }
  });
}
async function cancelPart(link, ids, discard) {
  const count = await link.call("cancel", {
    ids,
    discard
  });
  if (discard || count === ids.length || !link.handsBack) return;
  const found = await link.call("query", {
    ids
  });
  for (const [at, id] of ids.entries()) if (found[at] === null) link.withdraw?.(id, new TaskCancelled());
}

// core/task_state.ts
var MOVES = {
  delayed: [
    "ready",
    "failed",
    "cancelled"
  ],
  // A ready task can fail: its module cannot be found, or the server stops.
  ready: [
    "running",
    "failed",
    "cancelled"
  ],
  // Back to ready: its attempt was lost and it has another.
  running: [
    "waiting",
    "ready",
    "succeeded",
    "failed",
    "cancelled"
  ],
  waiting: [
    "running",
    "ready",
    "succeeded",
    "failed",
    "cancelled"
  ],
  succeeded: [],
  failed: [],
  cancelled: []
};
function isFinal(state) {
  return MOVES[state].length === 0;
}

// client/result.ts
var DEFAULT_BUDGET = resultBudget();
function toTaskResult(wire, budget = DEFAULT_BUDGET) {
  const [taskId, status, attempt, payload, followupTaskIds, submittedAt, startedAt, finishedAt] = wire;
  const base = {
    taskId,
    attempt,
    followupTaskIds,
    submittedAt,
    startedAt,
    finishedAt
  };
  if (!isFinal(status)) return {
    ...base,
    status,
    isSuccessful: null,
    data: void 0,
    error: void 0
  };
  let value;
  try {
    value = payload === null ? void 0 : decode(payload, {
      budget
    });
  } catch (error) {
    return {
      ...base,
      status: "failed",
      isSuccessful: false,
      data: void 0,
      error
    };
  }
  if (status === "succeeded") return {
    ...base,
    status,
    isSuccessful: true,
    data: value,
    error: void 0
  };
  return {
    ...base,
    status,
    isSuccessful: false,
    data: void 0,
    error: toError(value)
  };
}
function dataOf(result) {
  if (result.isSuccessful) return result.data;
  throw result.error;
}
function toError(value) {
  const error = value instanceof Error ? value : new TaskError("MALFORMED_MESSAGE", "The task failed with something that is no error", {
    cause: value
  });
  Object.defineProperty(error, "remoteStack", {
    value: error.stack ?? "",
    configurable: true,
    writable: true
  });
  return error;
}

// client/awaited_results.ts
var AwaitedResults = class {
  #byId = /* @__PURE__ */ new Map();
  #acknowledge;
  #budget;
  #onLimited;
  /**
   * `acknowledge` tells the server which results arrived; `budget` is that of one result; `onLimited` hears when the
   * limits of tasks are over.
   */
  constructor(acknowledge, budget = resultBudget(), onLimited = null) {
    this.#acknowledge = acknowledge;
    this.#budget = budget;
    this.#onLimited = onLimited;
  }
  /** How many are expected. */
  get size() {
    return this.#byId.size;
  }
  /** Whether a result is expected. */
  has(id) {
    return this.#byId.has(id);
  }
  /** Those that have been waited for, at this time, as long as their tasks may run. */
  overdue(now) {
    const ids = [];
    for (const [id, { dueAt }] of this.#byId) if (dueAt <= now) ids.push(id);
    return ids;
  }
  /** When the next one will be; Infinity when none has a limit. */
  get nextDueAt() {
    let next2 = Infinity;
    for (const { dueAt } of this.#byId.values()) if (dueAt < next2) next2 = dueAt;
    return next2;
  }
  /**
   * The result of a task, when it comes; twice for one task gives the same promise. `limitMs` is how long the task may
   * run, where its caller said so; `source` is what an accepted task can be submitted with again.
   */
  expect(id, submission = null, input = null, limitMs = submission?.profile.timeoutMs ?? null, source = null) {
    const known2 = this.#byId.get(id);
    if (known2 !== void 0) {
      known2.waiters++;
      known2.source ??= source;
      return known2.promise;
    }
    const { promise, resolve, reject } = Promise.withResolvers();
    promise.catch(() => {
    });
    const dueAt = limitMs === null || this.#onLimited === null ? Infinity : performance.now() + limitMs;
    this.#byId.set(id, {
      promise,
      waiters: 1,
      resolve,
      reject,
      submission,
      input,
      source,
      dueAt
    });
    if (dueAt !== Infinity) this.#onLimited(dueAt);
    return promise;
  }
  /** The server does not know these. Fails the waits for those that none has handed back, when `stops` have stopped. */
  failUnknown(ids, stops) {
    const failed = [];
    for (const id of ids) {
      const awaited = this.#byId.get(id);
      if (awaited === void 0 || awaited.submission !== null) continue;
      if (awaited.source !== null && awaited.source.stops !== stops) continue;
      this.fail(id, unknownTask(id));
      failed.push(id);
    }
    return failed;
  }
  /** The server does not know these, and those that were handed back are its own now: gives them, grouped as they were. */
  submitAgain(ids, stops) {
    const again = /* @__PURE__ */ new Map();
    for (const id of ids) {
      const awaited = this.#byId.get(id);
      if (!awaited?.source || awaited.submission !== null) continue;
      ({ submission: awaited.submission, input: awaited.input } = awaited.source);
      awaited.source.stops = stops;
      addTask(again, awaited.source.submission, [
        id,
        awaited.source.input
      ]);
    }
    return again;
  }
  /** One waits no longer. False while others still do, or when the result is here. */
  release(id) {
    const awaited = this.#byId.get(id);
    return awaited !== void 0 && --awaited.waiters === 0;
  }
  /** Whether nobody waits, though the result is still expected. */
  isUnwanted(id) {
    return this.#byId.get(id)?.waiters === 0;
  }
  /** No longer expects a result, whoever waits. */
  forget(id) {
    this.#byId.delete(id);
  }
  /** Fails the wait for a task. */
  fail(id, error) {
    this.#byId.get(id)?.reject(error);
    this.#byId.delete(id);
  }
  /** Fails every wait. */
  failAll(error) {
    for (const id of [
      ...this.#byId.keys()
    ]) this.fail(id, error);
  }
  /** Takes a push of results. Those that nobody expects stay with the server: they are not acknowledged. */
  onResults(results) {
    const arrived = [];
    for (const wire of results) {
      const awaited = this.#byId.get(wire[0]);
      if (awaited === void 0) continue;
      this.#byId.delete(wire[0]);
      arrived.push(wire[0]);
      awaited.resolve(toTaskResult(wire, this.#budget));
    }
    if (arrived.length > 0) this.#acknowledge(arrived);
  }
  /** What to submit again over a new connection, grouped as it was; and the ids that are only awaited. */
  unsettled() {
    const submissions = /* @__PURE__ */ new Map();
    const ids = [];
    for (const [id, { submission, input }] of this.#byId) {
      if (submission === null || input === null) {
        ids.push(id);
        continue;
      }
      addTask(submissions, submission, [
        id,
        input
      ]);
    }
    return {
      submissions,
      ids
    };
  }
};
function addTask(submissions, submission, task) {
  const tasks = submissions.get(submission);
  if (tasks === void 0) submissions.set(submission, [
    task
  ]);
  else tasks.push(task);
}
function unknownTask(id) {
  return new TaskError("UNKNOWN_TASK", `Cannot find task ${id}: it never was, its result was taken, or it was kept for as long as results are kept`);
}

// client/await_batch.ts
var MAX_IDS = 1e4;
var askSoon = perTurn((link, ids) => {
  for (let from = 0; from < ids.length; from += MAX_IDS) void ask(link, ids.slice(from, from + MAX_IDS));
});
function awaitResult(link, id, source) {
  const result = link.awaited.expect(id, null, null, null, source);
  askSoon(link, [
    id
  ]);
  return result;
}
async function ask(link, ids) {
  try {
    const unknown = await link.call("await", {
      ids
    });
    if (link.missing !== void 0) return link.missing(unknown);
    for (const id of unknown) link.awaited.fail(id, unknownTask(id));
    link.signalled.forget(unknown);
  } catch (error) {
    for (const id of ids) link.awaited.fail(id, error);
  }
}

// core/show_value.ts
function showValue(value) {
  if (typeof value === "string") return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}\u2026` : value);
  if (Array.isArray(value)) return "an array";
  if (value instanceof URL) return JSON.stringify(value.href);
  return value !== null && (typeof value === "object" || typeof value === "function") ? `a value of type ${typeof value}` : String(value);
}

// client/answered.ts
async function isAnswered(call, withinMs) {
  const { promise, resolve } = Promise.withResolvers();
  const timer = setTimeout(resolve, withinMs, false);
  call.then(() => resolve(true), () => resolve(true));
  return await promise.finally(() => clearTimeout(timer));
}

// client/wait.ts
var MAX_DELAY_MS = 2 ** 31 - 1;
var ANSWER_MS = 1e3;
function requireWaitMs(waitMs) {
  if (typeof waitMs === "number" && !Number.isNaN(waitMs)) return;
  throw new TypeError(`Cannot use waitMs: it must be a number of milliseconds: current value is ${showValue(waitMs)}`);
}
async function waitForTask(link, id, waitMs) {
  const result = link.awaited.expect(id);
  const from = performance.now();
  try {
    const unknown = await answerOf(link, link.call("await", {
      ids: [
        id
      ]
    }), waitMs < 0 ? Infinity : waitMs + ANSWER_MS);
    if (unknown.length > 0) {
      link.signalled.forget(unknown);
      if (link.awaited.release(id)) link.awaited.forget(id);
      return null;
    }
  } catch (error) {
    if (link.awaited.release(id)) link.awaited.forget(id);
    throw error;
  }
  const leftMs = waitMs < 0 ? waitMs : Math.max(0, waitMs - (performance.now() - from));
  return await waitForResult(link, id, result, leftMs);
}
async function waitForResult(link, id, result, waitMs) {
  const first = await resultWithin(result, waitMs);
  if (first !== null) return first;
  const answerBy = performance.now() + ANSWER_MS;
  try {
    if (link.awaited.release(id)) await answerOf(link, link.call("unawait", {
      ids: [
        id
      ]
    }), ANSWER_MS);
    const late = await Promise.race([
      result,
      Promise.resolve(null)
    ]);
    if (late !== null) return late;
  } finally {
    if (link.awaited.isUnwanted(id) && !link.handsBack) link.awaited.forget(id);
  }
  const [state] = await answerOf(link, link.call("query", {
    ids: [
      id
    ]
  }), answerBy - performance.now());
  if (state === null && link.handsBack && link.awaited.has(id)) {
    return toTaskResult([
      id,
      "ready",
      0,
      null,
      [],
      Date.now(),
      null,
      null
    ]);
  }
  if (state === null) throw unknownTask(id);
  const known2 = toTaskResult(state, link.resultBudget);
  if (known2.isSuccessful !== null) link.acknowledge([
    id
  ]);
  return known2;
}
async function resultWithin(result, waitMs) {
  if (waitMs < 0 || waitMs > MAX_DELAY_MS) return await result;
  const { promise: timeUp, resolve } = Promise.withResolvers();
  const timer = setTimeout(resolve, waitMs, null);
  return await Promise.race([
    result,
    timeUp
  ]).finally(() => clearTimeout(timer));
}
async function answerOf(link, call, withinMs) {
  if (link.heartbeatMs === null || withinMs > MAX_DELAY_MS) return await call;
  if (!await isAnswered(call, Math.max(0, withinMs))) {
    throw new WaitTimeout("The wait is over, and the server does not say how far the task is; it goes on");
  }
  return await call;
}

// client/handle.ts
var Handle = class {
  id;
  #link;
  #known = null;
  #source;
  /** It was cancelled when no server had it. */
  #withdrawn = null;
  /** Those that were submitted with it: the link loses sight of them when none of them is alive. */
  #batch;
  constructor(link, id, source, batch) {
    this.#link = link;
    this.id = id;
    this.#source = source;
    this.#batch = batch;
  }
  get source() {
    return this.#source;
  }
  collect() {
    this.#link.awaited.expect(this.id, null, null, null, this.#source).then((result) => this.#keep(result), (error) => error instanceof TaskCancelled && this.#withdrawBy(error));
  }
  #withdrawBy(error) {
    this.#withdrawn = error;
    this.#source = null;
  }
  /** There is nothing more that a server could do for it. */
  #keep(result) {
    this.#source = null;
    this.#batch = [];
    return this.#known = result;
  }
  async result(options = {}) {
    requireKnown(options, [
      "timeoutMs"
    ]);
    const { timeoutMs } = options;
    if (this.#withdrawn !== null) throw this.#withdrawn;
    const result = this.#known ?? await this.#settled(timeoutMs);
    if (result !== null && result.isSuccessful !== null) return dataOf(this.#keep(result));
    throw new WaitTimeout(`Task ${this.id} has not ended within ${timeoutMs} ms; it goes on`);
  }
  async cancel() {
    const cancelled = await this.#link.call("cancel", {
      ids: [
        this.id
      ],
      discard: false
    });
    this.#link.signalled.forget([
      this.id
    ]);
    if (cancelled > 0) return true;
    if (this.#known !== null) return false;
    const error = new TaskCancelled();
    if (!this.#link.withdraw?.(this.id, error, this.#source)) return false;
    this.#withdrawBy(error);
    return true;
  }
  get progress() {
    return progressOf(this.#link, this.id);
  }
  /** The result, or what is known of the task when the wait is over. */
  async #settled(timeoutMs) {
    const { id } = this;
    const link = this.#link;
    const result = awaitResult(link, id, this.#source);
    if (timeoutMs === void 0) return await result;
    if (link.heartbeatMs === null || timeoutMs < ANSWER_MS) {
      return await waitForResult(link, id, result, Math.max(0, timeoutMs));
    }
    const first = await resultWithin(result, timeoutMs);
    if (first !== null) return first;
    if (link.awaited.release(id)) {
      link.awaited.forget(id);
      link.call("unawait", {
        ids: [
          id
        ]
      }).catch(() => {
      });
    }
    return null;
  }
};
async function* progressOf(link, id) {
  for await (const [taskId, done, total] of link.subscriptions.listen("progress", id)) {
    yield {
      taskId,
      done,
      total
    };
  }
}

// core/edit_distance.ts
function editDistance(from, to) {
  let row = Array.from({
    length: to.length + 1
  }, (_, at) => at);
  for (let i = 0; i < from.length; i++) {
    const next2 = [
      i + 1
    ];
    for (let j = 0; j < to.length; j++) {
      next2.push(Math.min(row[j + 1] + 1, next2[j] + 1, row[j] + (from[i] === to[j] ? 0 : 1)));
    }
    row = next2;
  }
  return row[to.length];
}

// core/option_error.ts
var OptionTypeError = class extends TypeError {
  #option;
  #why;
  /** A refusal; `why` says what is allowed, and which value was given. */
  constructor(option, why, message = `Cannot use ${option}: ${why}`) {
    super(message);
    this.#option = option;
    this.#why = why;
  }
  /** Which option it is. */
  get option() {
    return this.#option;
  }
  /** What is allowed, and which value was given. */
  get why() {
    return this.#why;
  }
};

// core/permission_entry.ts
var PERMISSION_KINDS = [
  "read",
  "write",
  "net",
  "env",
  "sys",
  "run",
  "ffi",
  "import"
];
var SYS_NAMES = [
  "hostname",
  "osRelease",
  "osUptime",
  "loadavg",
  "networkInterfaces",
  "systemMemoryInfo",
  "uid",
  "gid",
  "getegid",
  "username",
  "userInfo",
  "cpus",
  "homedir",
  "statfs",
  "getPriority",
  "setPriority"
];
var MAX_PATH_CHARS = 4096;
function refusal2(field, why, value) {
  const reason = `${why}: current value is ${showValue(value)}`;
  return new OptionTypeError(field, reason, `Cannot use the value as ${field} as ${reason}`);
}
function parseEntry(kind, value, field) {
  const takesUrl = kind === "read" || kind === "write" || kind === "run" || kind === "ffi";
  if (typeof value !== "string" && !(takesUrl && value instanceof URL)) {
    throw refusal2(field, takesUrl ? "an entry must be a string or a file: URL" : "an entry must be a string", value);
  }
  const entry = String(value);
  if (entry === "") throw refusal2(field, "an entry must not be empty", value);
  if (entry.includes("\0") || !entry.isWellFormed()) {
    throw refusal2(field, "an entry must be well-formed text without NUL", value);
  }
  switch (kind) {
    case "read":
    case "write":
    case "ffi":
      return parsePath(entry, field);
    case "run":
      return isFileUrl(entry) || entry.includes("/") ? parsePath(entry, field) : parseName(entry, field);
    case "net":
    case "import":
      return parseNet(kind, entry, field);
    case "env":
      if (entry.startsWith("PALPABLE_")) throw refusal2(field, "the server's own variables are never a task's", entry);
      if (/[=*]/.test(entry)) throw refusal2(field, 'a variable is given by its exact name, without "=" or "*"', entry);
      return parseName(entry, field);
    case "sys":
      if (!SYS_NAMES.includes(entry)) throw refusal2(field, `it must be one of ${SYS_NAMES.join(", ")}`, entry);
      return entry === "username" ? "userInfo" : entry;
  }
}
function parseName(entry, field) {
  if (entry.includes(",")) throw refusal2(field, "a name cannot have a comma, list each on its own", entry);
  return entry;
}
function isFileUrl(entry) {
  return /^file:/i.test(entry);
}
function parsePath(entry, field) {
  const path = isFileUrl(entry) ? pathOfUrl(entry, field) : entry;
  if (path.length > MAX_PATH_CHARS) throw refusal2(field, `a path has at most ${MAX_PATH_CHARS} characters`, entry);
  if (path.includes(",")) throw refusal2(field, "Deno cannot grant a path with a comma in it", entry);
  if (!path.startsWith("/")) {
    throw refusal2(field, 'a path must be absolute, write new URL("./data", import.meta.url) for a relative one', entry);
  }
  return path;
}
function pathOfUrl(entry, field) {
  if (!/^file:\//i.test(entry) || !URL.canParse(entry)) {
    throw refusal2(field, 'a file: URL must be whole, write new URL("./data", import.meta.url)', entry);
  }
  const url = new URL(entry);
  if (url.host + url.search + url.hash !== "") {
    throw refusal2(field, "a file: URL must have no host, query or fragment", entry);
  }
  const path = decode2(url.pathname);
  if (path === null || path.includes("\0")) throw refusal2(field, "the URL must decode to a path without NUL", entry);
  return path;
}
function decode2(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
function parseNet(kind, entry, field) {
  if (kind === "net" && entry.startsWith("unix:")) return `unix:${parseName(parsePath(entry.slice(5), field), field)}`;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(entry)) {
    throw refusal2(field, 'a host is given without a scheme, write "example.com" or "example.com:443"', entry);
  }
  if (entry.includes("@")) throw refusal2(field, "a host is given without credentials", entry);
  if (entry.includes("*")) throw refusal2(field, "a host must be exact, wildcards are not supported", entry);
  if (/[\\/?#]/.test(entry)) throw refusal2(field, "a host is given without a path, query or fragment", entry);
  if (/[\s,%\p{Cc}]/u.test(entry)) {
    throw refusal2(field, "a host has no spaces, commas or escapes, list each on its own", entry);
  }
  const parts = /^(\[[^[\]]*\]|[^:[\]]*)(?::([^:]*))?$/.exec(entry);
  if (parts === null) throw refusal2(field, 'an IPv6 address stands in brackets, write "[::1]" or "[::1]:80"', entry);
  const [, name, port] = parts;
  const host = canonicalHost(name);
  if (host === null) throw refusal2(field, "the part before the port must be a valid host name or address", entry);
  if (port === void 0) return host;
  if (!/^[1-9]\d{0,4}$/.test(port) || Number(port) > 65535) {
    throw refusal2(field, "a port is a decimal number from 1 to 65535", entry);
  }
  if (host === "vsock" || host === "unix") throw refusal2(field, "Deno would not take this for a host", entry);
  return `${host}:${port}`;
}
function canonicalHost(name) {
  const text = `http://${name}`;
  if (!URL.canParse(text)) return null;
  const host = new URL(text).hostname.replace(/\.$/, "");
  return /^(\[[0-9a-f:]+\]|[a-z0-9_-]+(\.[a-z0-9_-]+)*)$/.test(host) ? host : null;
}

// core/permissions.ts
var NO_PERMISSIONS = makeSet(() => Object.freeze([]));
var ALL_PERMISSIONS = makeSet(() => true);
function makeSet(grantOf) {
  return Object.freeze(Object.fromEntries(PERMISSION_KINDS.map((kind) => [
    kind,
    grantOf(kind)
  ])));
}
function parsePermissions(request, field = "permissions") {
  if (request === void 0 || request === "none") return Object.freeze({});
  if (request === "inherit") return "inherit";
  if (!isPlainObject(request)) {
    throw refusal2(field, 'it must be "inherit", "none" or an object such as { read: ["/data"] }', request);
  }
  for (const key of Reflect.ownKeys(request).map(String)) {
    if (!PERMISSION_KINDS.includes(key)) {
      throw refusal2(field, `it has an unknown kind, did you mean "${nearestKind(key)}"?`, key);
    }
  }
  const parsed = {};
  for (const kind of PERMISSION_KINDS) {
    const grant = Object.hasOwn(request, kind) ? parseGrant(kind, request[kind], `${field}.${kind}`) : [];
    if (grant === true || grant.length > 0) parsed[kind] = grant;
  }
  return Object.freeze(parsed);
}
var MAX_ENTRIES = 1e3;
function parseGrant(kind, grant, field) {
  if (grant === true || grant === "inherit") return grant;
  if (grant === void 0 || grant === false) return [];
  if (!Array.isArray(grant)) {
    throw refusal2(field, 'it must be true, false, "inherit" or an array of entries', grant);
  }
  if (grant.length > MAX_ENTRIES) {
    throw refusal2(field, `a list has at most ${MAX_ENTRIES} entries`, grant);
  }
  const entries = Array.from(grant, (entry, at) => parseEntry(kind, entry, `${field}[${at}]`));
  return Object.freeze([
    ...new Set(entries)
  ]);
}
function isPlainObject(value) {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
function nearestKind(key) {
  const distances = PERMISSION_KINDS.map((kind) => editDistance(key.slice(0, 40).toLowerCase(), kind));
  return PERMISSION_KINDS[distances.indexOf(Math.min(...distances))];
}

// procedures/task_options.ts
var MAX_PRIORITY = 1e3;
var KNOWN = [
  "permissions",
  "timeoutMs",
  "isolation",
  "memoryMb",
  "priority",
  "name",
  "signal",
  "whenFull",
  "needFollowup"
];
function requireTaskOptions(options) {
  requireKnown(options, KNOWN, "task option");
  const { permissions, timeoutMs, isolation, memoryMb, priority, name, signal, whenFull } = options;
  if (permissions !== void 0) parsePermissions(permissions);
  requireInRange("timeoutMs", timeoutMs, (ms) => ms > 0, "a number of milliseconds above 0");
  requireInRange("memoryMb", memoryMb, (mb) => Number.isInteger(mb) && mb >= 16, "a whole number of MiB from 16");
  requireInRange("priority", priority, (p) => Number.isInteger(p) && Math.abs(p) <= MAX_PRIORITY, `a whole number within \xB1${MAX_PRIORITY}`);
  if (isolation !== void 0 && isolation !== "task" && isolation !== "module") {
    const value = JSON.stringify(isolation);
    throw new RangeError(`Cannot use isolation: it must be "task" or "module": current value is ${value}`);
  }
  if (name !== void 0 && (typeof name !== "string" || name === "")) {
    throw new TypeError("Cannot use name: it must be a text that is not empty");
  }
  if (signal !== void 0 && !(signal instanceof AbortSignal)) {
    throw new TypeError("Cannot use signal: it must be an AbortSignal");
  }
  if (whenFull !== void 0 && whenFull !== "wait" && whenFull !== "refuse") {
    throw new RangeError(`Cannot use whenFull: it must be "wait" or "refuse": current value is ${JSON.stringify(whenFull)}`);
  }
}
function parseChunkSize(chunkSize) {
  if (chunkSize === void 0 || chunkSize === "auto") return null;
  if (typeof chunkSize === "number" && Number.isInteger(chunkSize) && chunkSize >= 1) return chunkSize;
  const value = JSON.stringify(chunkSize);
  throw new RangeError(`Cannot use chunkSize: it must be a whole number from 1, or "auto": current value is ${value}`);
}
function requireProgress(progress) {
  if (progress === void 0 || typeof progress === "boolean") return progress ?? false;
  throw new TypeError(`Cannot use progress: it must be true or false: current value is ${JSON.stringify(progress)}`);
}
function requireInRange(name, value, fits, must) {
  if (value === void 0) return;
  if (typeof value !== "number") {
    throw new TypeError(`Cannot use ${name}: it must be ${must}: current value is ${showValue(value)}`);
  }
  if (!fits(value)) throw new RangeError(`Cannot use ${name}: it must be ${must}: current value is ${value}`);
}

// core/item_id.ts
var PREFIX_CHARS = 28;
var MAX_ITEMS = 2 ** 28;
function groupIdOf(uuid) {
  return `${uuid.slice(0, PREFIX_CHARS)}f${uuid.slice(PREFIX_CHARS + 1)}`;
}
function prefixOf2(id) {
  return id.slice(0, PREFIX_CHARS);
}
function itemId(prefix2, number) {
  return prefix2 + number.toString(16).padStart(8, "0");
}

// wire/packed_values.ts
var END_BYTES = 4;
var ValuePacker = class {
  #encoder = new Encoder();
  #ends = new Uint32Array(64);
  #count = 0;
  /** How many there are. */
  get count() {
    return this.#count;
  }
  /** What they take, in bytes. */
  get bytes() {
    return this.#encoder.length;
  }
  /**
   * Adds a value. What is not added leaves nothing behind.
   *
   * @throws {NotSendable} when it cannot be encoded. @throws {TooLarge} when it is more than its limits allow.
   */
  add(value, limits) {
    const before = this.#encoder.length;
    try {
      this.#encoder.write(value, limits);
    } catch (error) {
      this.#encoder.truncate(before);
      throw error;
    }
    this.#end();
  }
  /** Adds a value that is encoded already. */
  append(bytes) {
    this.#encoder.append(bytes);
    this.#end();
  }
  /** Gives what was gathered, and begins anew. */
  take() {
    const ends = this.#ends.slice(0, this.#count);
    this.#count = 0;
    return {
      ends,
      bytes: this.#encoder.take()
    };
  }
  #end() {
    if (this.#count === this.#ends.length) {
      const larger = new Uint32Array(2 * this.#count);
      larger.set(this.#ends);
      this.#ends = larger;
    }
    this.#ends[this.#count++] = this.#encoder.length;
  }
};
function partOf({ ends, bytes }, from, to) {
  const start = from === 0 ? 0 : ends[from - 1];
  const part = ends.slice(from, to);
  if (start > 0) {
    for (let i = 0; i < part.length; i++) part[i] -= start;
  }
  return {
    ends: part,
    bytes: bytes.subarray(start, to === 0 ? 0 : ends[to - 1])
  };
}
function valueAt({ ends, bytes }, index) {
  return bytes.subarray(index === 0 ? 0 : ends[index - 1], ends[index]);
}
function toWirePacked({ ends, bytes }) {
  return [
    new Uint8Array(ends.buffer, ends.byteOffset, ends.byteLength),
    bytes
  ];
}
function fromWirePacked(wire, most = Infinity) {
  const [ends, bytes] = Array.isArray(wire) ? wire : [];
  if (!(ends instanceof Uint8Array) || !(bytes instanceof Uint8Array) || ends.length % END_BYTES !== 0) {
    throw invalid("they must be two byte strings, the first with four bytes for each value");
  }
  const count = ends.length / END_BYTES;
  if (count > most) throw invalid(`they are ${count}, and ${most} are allowed`);
  const numbers = new Uint32Array(ends.slice().buffer);
  let end = 0;
  for (const next2 of numbers) {
    if (next2 <= end) throw invalid("each must end behind the one before");
    end = next2;
  }
  if (end !== bytes.length) throw invalid(`the last must end where the bytes do, at ${bytes.length}`);
  return {
    ends: numbers,
    bytes
  };
}
function invalid(what) {
  return new TaskError("INVALID_REQUEST", `Cannot read packed values: ${what}`);
}

// client/awaited_group.ts
var ITEMS_PER_PART = 16384;
var BYTES_PER_PART = 1024 * 1024;
var AwaitedGroup = class {
  id = groupIdOf(uuidv7());
  dueAt;
  /** What it is submitted with; set once that is known. */
  submission = null;
  parts = [];
  /** How many items there are. */
  count;
  #params;
  #ended = Promise.withResolvers();
  /** For each 1 where it is known. */
  #known;
  #results;
  #wasSent = false;
  #left;
  /**
   * Encodes the items.
   *
   * @throws {NotSendable} for an item that cannot be sent.
   */
  constructor(params) {
    this.#params = params;
    this.dueAt = params.dueAt;
    this.parts = partsOf(params.items, Math.min(params.maxBytes, BYTES_PER_PART));
    const { firstNumber, inputs } = this.parts.at(-1) ?? NOTHING;
    const count = this.count = this.#left = firstNumber + inputs.ends.length;
    this.#known = new Uint8Array(count);
    this.#results = new Array(count);
    this.#ended.promise.catch(() => {
    });
  }
  /** Settles with what the items gave, in their order, or with the error of one of them. */
  get ended() {
    return this.#ended.promise;
  }
  /** True when nothing more is to come. */
  get isOver() {
    return this.#left === 0;
  }
  /** The parts with items that are not known, and which of their items are; null the first time. */
  *missing() {
    const isFirst = !this.#wasSent;
    this.#wasSent = true;
    for (const part of this.parts) {
      const known2 = this.#known.subarray(part.firstNumber, part.firstNumber + part.inputs.ends.length);
      if (known2.includes(0)) yield {
        ...part,
        known: isFirst ? null : known2
      };
    }
  }
  /** A server takes no more than so many at once: parts are cut to that. */
  cutTo(most) {
    this.parts = this.parts.flatMap(({ firstNumber, inputs }) => {
      const smaller = [];
      for (let from = 0; from < inputs.ends.length; from += most) {
        const to = Math.min(inputs.ends.length, from + most);
        smaller.push({
          firstNumber: firstNumber + from,
          inputs: partOf(inputs, from, to)
        });
      }
      return smaller;
    });
  }
  /** Results of items that ended together. */
  onItems([, first, failed, packed, ...rest]) {
    const [attempt, submittedAt, startedAt, finishedAt] = rest;
    const toResult = (number, hasFailed, payload) => {
      const id = itemId(prefixOf2(this.id), number);
      const status = hasFailed ? "failed" : "succeeded";
      return toTaskResult([
        id,
        status,
        attempt,
        payload,
        [],
        submittedAt,
        startedAt,
        finishedAt
      ], this.#params.budget);
    };
    const values = fromWirePacked(packed);
    const { budget, isSettled } = this.#params;
    const reader = new PackedReader(values, budget);
    let news = 0;
    for (let at = 0; at < values.ends.length; at++) {
      const number = first + at;
      if (!this.#mark(number)) continue;
      news++;
      const hasFailed = failed?.[at] === 1;
      if (isSettled || hasFailed) this.#keep(number, toResult(number, hasFailed, valueAt(values, at)));
      else this.#read(reader, at, number);
    }
    this.#onKnown(news);
  }
  /** The result of an item that ended alone. */
  onResult(number, wire) {
    if (!this.#mark(number)) return;
    this.#keep(number, toTaskResult(wire, this.#params.budget));
    this.#onKnown(1);
  }
  /** It is over: nothing else is awaited. */
  fail(error) {
    this.#left = 0;
    this.#ended.reject(error);
  }
  #read(reader, at, number) {
    try {
      this.#results[number] = reader.read(at);
    } catch (error) {
      this.fail(error);
    }
  }
  #keep(number, result) {
    if (this.#params.isSettled) {
      this.#results[number] = result;
      return;
    }
    try {
      this.#results[number] = dataOf(result);
    } catch (error) {
      this.fail(error);
    }
  }
  /** False for an item that is known, or that there is not. */
  #mark(number) {
    if (this.#left === 0 || this.#known[number] !== 0) return false;
    this.#known[number] = 1;
    this.#left--;
    return true;
  }
  #onKnown(count) {
    if (count > 0) this.#params.onKnown?.(count);
    if (this.#left === 0) this.#ended.resolve(this.#results);
  }
};
var NOTHING = {
  firstNumber: 0,
  inputs: {
    ends: new Uint32Array(),
    bytes: new Uint8Array()
  }
};
function partsOf(items, maxBytes) {
  const parts = [];
  const packer = new ValuePacker();
  let firstNumber = 0;
  const add = (inputs) => {
    parts.push({
      firstNumber,
      inputs
    });
    firstNumber += inputs.ends.length;
  };
  for (const item of items) {
    packer.add([
      item
    ]);
    if (packer.bytes > maxBytes && packer.count > 1) {
      const packed = packer.take();
      const last = packed.ends.length - 1;
      add(partOf(packed, 0, last));
      packer.append(valueAt(packed, last));
    }
    if (packer.count === ITEMS_PER_PART || packer.bytes >= maxBytes) add(packer.take());
  }
  if (packer.count > 0) add(packer.take());
  return parts;
}

// client/send_items.ts
var PARTS_UNDER_WAY = 8;
var NeverRoom = class extends Error {
  refusal;
  constructor(refusal3) {
    super(refusal3.message);
    this.refusal = refusal3;
  }
};
async function sendItems(link, group) {
  try {
    await sendParts(link, group);
  } catch (error) {
    if (!(error instanceof NeverRoom)) throw error;
    if (!group.submission.waitForRoom) throw error.refusal;
    group.cutTo(error.refusal.capacity);
    await sendItems(link, group);
  }
}
async function sendParts(link, group) {
  const replies = [];
  for (const part of group.missing()) {
    if (!link.groups.has(group.id)) break;
    const reply = sendPart(link, group, part);
    reply.catch(() => {
    });
    replies.push(reply);
    await link.drained();
    if (replies.length >= PARTS_UNDER_WAY) await replies[replies.length - PARTS_UNDER_WAY];
  }
  await Promise.all(replies);
}
async function sendPart(link, { submission }, { firstNumber, inputs, known: known2 }) {
  try {
    await link.call("submit", {
      ...submission,
      tasks: [],
      items: [
        firstNumber,
        toWirePacked(inputs),
        known2
      ]
    });
  } catch (error) {
    const isNever = error instanceof QueueFull && error.capacity >= 1 && inputs.ends.length > error.capacity;
    throw isNever ? new NeverRoom(error) : error;
  }
}

// client/map_items.ts
async function mapItems(link, params) {
  const { items, options, signal, submission, openProgress } = params;
  const { timeoutMs } = submission.profile;
  let progress = null;
  const group = new AwaitedGroup({
    items,
    maxBytes: link.maxFrameBytes / 4,
    budget: link.resultBudget,
    isSettled: options.settled ?? false,
    onKnown: (count) => progress?.add(count),
    dueAt: timeoutMs === null ? Infinity : performance.now() + timeoutMs
  });
  if (group.count === 0) return [];
  const chunkSize = parseChunkSize(options.chunkSize);
  progress = requireProgress(options.progress) ? await openProgress() : null;
  progress?.start(group.count);
  try {
    signal?.throwIfAborted();
    group.submission = {
      ...submission,
      group: [
        group.id,
        chunkSize
      ]
    };
    link.groups.add(group);
    sendItems(link, group).catch((error) => link.groups.fail(group.id, error));
    return await untilAborted(group.ended, signal, () => abandonTasks(link, [
      group.id
    ]));
  } catch (error) {
    abandonTasks(link, [
      group.id
    ]);
    throw error;
  } finally {
    await progress?.stop();
  }
}

// client/profile.ts
function profileOf(target, options, stream = false, worker = false) {
  return {
    target,
    permissions: plainPermissions(options.permissions),
    timeoutMs: options.timeoutMs ?? null,
    memoryMb: options.memoryMb ?? null,
    isolation: options.isolation ?? null,
    priority: options.priority ?? 0,
    name: options.name ?? null,
    stream,
    ...worker ? {
      worker
    } : {}
  };
}
function plainPermissions(permissions) {
  if (permissions === void 0 || typeof permissions !== "object") return permissions ?? null;
  return Object.fromEntries(Object.entries(permissions).map(([kind, grant]) => [
    kind,
    Array.isArray(grant) ? grant.map(String) : grant
  ]));
}

// core/fifo.ts
var COMPACT_AT = 1024;
var Fifo = class {
  #items = [];
  #head = 0;
  /** How many items stand in the line. */
  get length() {
    return this.#items.length - this.#head;
  }
  /** The front, left where it is; undefined when empty. */
  peek() {
    return this.#items[this.#head];
  }
  /** Adds at the end. */
  push(item) {
    this.#items.push(item);
  }
  /** Puts back at the front what was taken from there. */
  unshift(item) {
    if (this.#head > 0) this.#items[--this.#head] = item;
    else this.#items.unshift(item);
  }
  /** Takes from the front; undefined when empty. */
  shift() {
    if (this.#head === this.#items.length) return void 0;
    const item = this.#items[this.#head];
    this.#items[this.#head++] = void 0;
    if (this.#head === this.#items.length) {
      this.#items = [];
      this.#head = 0;
    } else if (this.#head >= COMPACT_AT && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
  /** From the front to the end, all left where they are. */
  *[Symbol.iterator]() {
    for (let at = this.#head; at < this.#items.length; at++) yield this.#items[at];
  }
  /** Keeps only the items that pass. */
  retain(passes) {
    this.#items = this.#items.slice(this.#head).filter((item) => passes(item));
    this.#head = 0;
  }
};

// client/stream_receiver.ts
var StreamReceiver = class {
  #tell;
  #budget;
  #items = new Fifo();
  /** The number behind the last item of each batch: there the sender is told. */
  #batchEnds = new Fifo();
  #received = 0;
  #taken = 0;
  #told = 0;
  #end = null;
  #failure = null;
  #waiters = new Fifo();
  /** `tell` tells the sender how many items were taken since the beginning; `budget` is that of each item. */
  constructor(tell, budget = UNBOUNDED) {
    this.#tell = tell;
    this.#budget = budget;
  }
  /** How many items have come. */
  get received() {
    return this.#received;
  }
  /** True when the next item is here, or it is known that none will come. */
  get isReady() {
    return this.#items.length > 0 || this.#isOver || this.#failure !== null;
  }
  get #isOver() {
    return this.#end !== null && this.#received >= this.#end.total;
  }
  /** Takes a batch of `count` items in, all or none; one that has come before is passed over. */
  onBatch(from, bytes, count = null) {
    if (from < this.#received) return;
    if (from > this.#received) throw malformed(`items from ${from} follow ${this.#received}`);
    const items = decodeItems(bytes, this.#budget);
    if (count !== null && items.length !== count) throw malformed(`${items.length} items came as ${count}`);
    for (const item of items) this.#items.push(item);
    this.#received += items.length;
    this.#batchEnds.push(this.#received);
    this.#serve();
  }
  /** There are `total` items in all, by default those that have come; behind them comes the error, if there is one. */
  end(total = this.#received, error = null) {
    this.#end ??= {
      total,
      error
    };
    this.#serve();
  }
  /** Lets go of what has come, and ends here. */
  discard(error = null) {
    this.#items = new Fifo();
    this.#batchEnds = new Fifo();
    this.#end = {
      total: this.#received,
      error
    };
    this.#serve();
  }
  /** Nothing more will come, because of this. What has come can still be taken. */
  fail(error) {
    this.#failure ??= {
      error
    };
    this.#serve();
  }
  /** Tells the sender again: what it was told last may not have come over. */
  tellAgain() {
    if (this.#told > 0) this.#tell(this.#told);
  }
  /** The next item. Several may wait: each gets its own. */
  next() {
    return new Promise((resolve, reject) => {
      this.#waiters.push({
        resolve,
        reject
      });
      this.#serve();
    });
  }
  #serve() {
    while (this.#waiters.length > 0) {
      if (this.#items.length > 0) this.#waiters.shift().resolve({
        done: false,
        value: this.#take()
      });
      else if (this.#isOver) this.#finish(this.#waiters.shift());
      else if (this.#failure !== null) this.#waiters.shift().reject(this.#failure.error);
      else return;
    }
  }
  /** The error is raised once; whoever asks again finds the end. */
  #finish({ resolve, reject }) {
    const { total, error } = this.#end;
    this.#end = {
      total,
      error: null
    };
    if (error === null) resolve({
      done: true,
      value: void 0
    });
    else reject(error);
  }
  #take() {
    const item = this.#items.shift();
    this.#taken++;
    if (this.#batchEnds.peek() === this.#taken) {
      this.#batchEnds.shift();
      this.#told = this.#taken;
      this.#tell(this.#taken);
    }
    return item;
  }
};
function malformed(what) {
  return new TaskError("MALFORMED_MESSAGE", `Cannot read the stream: ${what}`);
}

// wire/item_batch.ts
var WINDOW_ITEMS = 1024;
var WINDOW_BYTES = 1024 * 1024;
var ARRAY_32 = 221;
var HEADER_BYTES = 5;
var ItemBatch = class {
  #encoder = new Encoder();
  #count = 0;
  /** How many items it holds. */
  get count() {
    return this.#count;
  }
  /** What they take, in bytes. */
  get bytes() {
    return this.#encoder.length;
  }
  /**
   * Adds an item, unless the batch would have more than `mostBytes` bytes with it. True when it was added.
   *
   * @throws {NotSendable} when it cannot be encoded; it is not added then.
   * @throws {TooLarge} when it alone is more than its limits allow; the same.
   */
  add(item, limits, mostBytes = Infinity) {
    const before = this.#encoder.length;
    if (this.#count === 0) this.#encoder.reserve(HEADER_BYTES);
    let isAdded = false;
    try {
      this.#encoder.write(item, limits);
      isAdded = this.#encoder.length <= mostBytes;
    } finally {
      if (isAdded) this.#count++;
      else if (this.#count === 0) this.#encoder.clear();
      else this.#encoder.truncate(before);
    }
    return isAdded;
  }
  /** Gives the batch as it is sent, and begins a new one. */
  take() {
    this.#encoder.patchUint32(0, ARRAY_32 << 24);
    this.#encoder.patchUint32(1, this.#count);
    this.#count = 0;
    return this.#encoder.take();
  }
};

// client/stream_sender.ts
var BATCH_BYTES = 64 * 1024;
var ENVELOPE_BYTES = 256;
var IDLE_MICROTASKS = 12;
var NO_LIMITS = {
  bytes: Infinity,
  items: Infinity
};
var StreamSender = class {
  #transmit;
  #mostBytes;
  #limits;
  #open = new ItemBatch();
  #underWay = new Fifo();
  #bytesUnderWay = 0;
  #closedItems = 0;
  #taken = 0;
  #isScheduled = false;
  #failure = null;
  #wake = [];
  /**
   * `transmit` sends a batch; what it throws fails the stream. `maxFrameBytes` is what one message may have, `limits`
   * what one item may.
   */
  constructor(transmit, maxFrameBytes = Infinity, limits = NO_LIMITS) {
    this.#transmit = transmit;
    this.#mostBytes = maxFrameBytes - ENVELOPE_BYTES;
    this.#limits = limits;
  }
  /** How many items were written. */
  get written() {
    return this.#closedItems + this.#open.count;
  }
  /** True when an item may be written. */
  get hasRoom() {
    if (this.#failure !== null) return true;
    return this.written - this.#taken < WINDOW_ITEMS && this.#bytesUnderWay + this.#open.bytes < WINDOW_BYTES;
  }
  /**
   * Writes an item; look at {@linkcode StreamSender.hasRoom} first. What is written without a real wait leaves
   * together.
   *
   * @throws {NotSendable} when it cannot be encoded, or is too large for a message: it costs only itself. Or why the
   * stream has failed.
   */
  write(item) {
    if (this.#failure !== null) throw this.#failure.error;
    this.#add(item);
    if (this.#open.bytes >= BATCH_BYTES) this.flush();
    else if (!this.#isScheduled) {
      this.#isScheduled = true;
      this.#flushWhenIdle(this.written, IDLE_MICROTASKS);
    }
  }
  #flushWhenIdle(seen, left) {
    queueMicrotask(() => {
      const isIdle = this.written === seen;
      if (isIdle && left > 1) return this.#flushWhenIdle(seen, left - 1);
      if (!isIdle && this.hasRoom) return this.#flushWhenIdle(this.written, IDLE_MICROTASKS);
      this.#isScheduled = false;
      this.flush();
    });
  }
  /** Sends what is written and has not left. */
  flush() {
    const { count } = this.#open;
    if (count === 0) return;
    const batch = {
      from: this.#closedItems,
      count,
      items: this.#open.take()
    };
    this.#closedItems += count;
    this.#bytesUnderWay += batch.items.length;
    this.#underWay.push(batch);
    this.#try(batch);
  }
  /** Resolves at the next change of {@linkcode StreamSender.hasRoom}, or with the failure. */
  changed() {
    return new Promise((resolve) => this.#wake.push(resolve));
  }
  /** The receiver has taken this many items since the beginning. */
  taken(count) {
    this.#taken = Math.max(this.#taken, Math.min(count, this.#closedItems));
    for (let batch = this.#underWay.peek(); batch !== void 0; batch = this.#underWay.peek()) {
      if (batch.from + batch.count > this.#taken) break;
      this.#underWay.shift();
      this.#bytesUnderWay -= batch.items.length;
    }
    this.#wakeAll();
  }
  /** Sends again what the other side, which has `received` items, has not. */
  resend(received) {
    for (const batch of this.#underWay) if (batch.from >= received) this.#try(batch);
  }
  /** Nothing more can be written. */
  fail(error) {
    this.#failure ??= {
      error
    };
    this.#wakeAll();
  }
  #add(item) {
    const { bytes, items } = this.#limits;
    const limits = {
      bytes: Math.min(bytes, this.#mostBytes),
      items
    };
    try {
      if (this.#open.add(item, limits, this.#mostBytes)) return;
      this.flush();
      if (this.#open.add(item, limits, this.#mostBytes)) return;
    } catch (error) {
      if (!(error instanceof TooLarge)) throw error;
      if (error.unit === "items" || bytes <= this.#mostBytes) throw resultError(error);
      this.flush();
    }
    throw new NotSendable(`Cannot send the item: it has more than the ${this.#mostBytes} bytes that an item may have`, "$");
  }
  #try(batch) {
    try {
      this.#transmit(batch);
    } catch (error) {
      this.fail(error);
    }
  }
  #wakeAll() {
    const wake = this.#wake;
    this.#wake = [];
    for (const resolve of wake) resolve();
  }
};

// client/stream.ts
var Stream = class _Stream {
  id;
  /** The server has accepted the task. */
  isSubmitted = false;
  #link;
  #request;
  /** The server that has accepted the task stops; if it knows it no more, it was handed back. */
  #mayBeHandedBack = false;
  #received;
  #sent;
  #inputTotal = null;
  /** How many items the task has yielded in all, once it has ended. */
  #total = Promise.withResolvers();
  #result;
  #isOver = false;
  /** Why there is no server any more. */
  #lost = null;
  /** False from a lost connection until the server has said over the next what it has: items must not overtake others. */
  #isAttached = true;
  #stopListening = () => {
  };
  constructor(link, request) {
    const { id, signal, submission } = request;
    this.id = id;
    this.#link = link;
    this.#request = request;
    this.#received = new StreamReceiver((count) => link.push("taken", [
      id,
      count
    ]), link.resultBudget);
    this.#sent = new StreamSender(({ from, count, items }) => {
      if (this.#isAttached) link.push("input", [
        id,
        from,
        count,
        items
      ]);
    }, link.maxFrameBytes);
    this.#result = link.awaited.expect(id, null, null, submission.profile.timeoutMs);
    this.#total.promise.catch(() => {
    });
    this.#stopListening = onAbort(signal, (reason) => this.#abandon(reason, reason));
  }
  /**
   * Submits the task and gives its stream.
   *
   * @throws the server's refusal.
   */
  static async open(link, request) {
    request.signal?.throwIfAborted();
    const stream = new _Stream(link, request);
    link.streams.add(stream);
    const accepted = stream.#submit();
    accepted.then(() => stream.#isOver && stream.#cancelUnwanted(), () => {
    });
    try {
      await Promise.race([
        accepted,
        stream.#total.promise
      ]);
    } catch (error) {
      link.awaited.forget(request.id);
      stream.#close(error);
      throw error;
    }
    stream.isSubmitted = true;
    if (!stream.#isAttached) void stream.attach();
    void stream.#finish();
    return stream;
  }
  #submit() {
    const { id, submission, input } = this.#request;
    return this.#link.call("submit", {
      ...submission,
      tasks: [
        [
          id,
          input
        ]
      ]
    });
  }
  async send(value) {
    while (!this.#isOver && this.#inputTotal === null && !this.#sent.hasRoom) await this.#sent.changed();
    this.offer(value);
  }
  /** True when an item can be sent without waiting. */
  get hasRoom() {
    return this.#sent.hasRoom;
  }
  /** Resolves at the next change of {@linkcode Stream.hasRoom}, or when the stream is over. */
  changed() {
    return this.#isOver ? Promise.resolve() : this.#sent.changed();
  }
  /** Sends an item at once; look at {@linkcode Stream.hasRoom} first. Throws what `send` throws. */
  offer(value) {
    if (this.#lost !== null) throw this.#lost.error;
    if (this.#isOver) throw ended(`task ${this.id} has ended`);
    if (this.#inputTotal !== null) throw ended("it was said to be at its end");
    this.#sent.write(value);
  }
  end() {
    if (this.#inputTotal === null) {
      this.#sent.flush();
      this.#inputTotal = this.#sent.written;
      this.#tellEnd();
    }
    return Promise.resolve();
  }
  async result() {
    return dataOf(await this.#result);
  }
  async cancel() {
    if (await this.#link.call("cancel", {
      ids: [
        this.id
      ],
      discard: false
    }) > 0) return true;
    return this.withdraw(new TaskCancelled());
  }
  /** No server has the task, and none is to have it. False when it has begun. */
  withdraw(error) {
    return this.#mayBeHandedBack && !this.#isOver && (this.#link.withdraw?.(this.id, error) ?? false);
  }
  next() {
    return this.#received.next();
  }
  return() {
    this.#abandon(new TaskCancelled("The stream was left before its end"), null);
    return Promise.resolve({
      done: true,
      value: void 0
    });
  }
  [Symbol.asyncIterator]() {
    return this;
  }
  async [Symbol.asyncDispose]() {
    await this.return();
  }
  /** Items have come. Those that cannot be read cost this stream, and not the connection that all share. */
  onItems(from, count, items) {
    try {
      this.#received.onBatch(from, items, count);
    } catch (error) {
      this.#abandon(error, error);
    }
  }
  /** The task has ended. */
  onItemsEnd(total) {
    this.#total.resolve(total);
  }
  /** The task has taken items. */
  onInputTaken(count) {
    this.#sent.taken(count);
  }
  /** Goes on over a new connection; one that is still being submitted does so when it is. */
  async attach() {
    this.#isAttached = false;
    if (!this.isSubmitted) return;
    try {
      const { id } = this;
      const known2 = await this.#link.call("attach", {
        taskId: id,
        received: this.#received.received
      });
      if (known2 === null) {
        if (!this.#mayBeHandedBack) this.#total.resolve(this.#received.received);
        else this.#result.then(() => this.#mayBeHandedBack && this.#total.resolve(0), () => {
        });
        return;
      }
      const [received, taken] = known2;
      this.#isAttached = true;
      this.#sent.taken(taken);
      this.#sent.resend(received);
      if (this.#inputTotal !== null) this.#tellEnd();
      this.#received.tellAgain();
    } catch (error) {
      this.fail(error);
    }
  }
  /** The server stops. One that has brought an item cannot begin again. */
  serverStops() {
    this.#mayBeHandedBack = this.isSubmitted && this.#received.received === 0;
  }
  /** The server does not know the task. Submits it again, if another has handed it back before it began; else false. */
  beginAgain() {
    if (!this.#mayBeHandedBack || this.#isOver) return false;
    this.#mayBeHandedBack = this.isSubmitted = false;
    this.#submit().then(() => {
      this.isSubmitted = true;
      return this.attach();
    }).catch((error) => this.#abandon(error, error));
    return true;
  }
  /** The server is gone for good. */
  fail(error) {
    if (!this.#isOver) this.#lost = {
      error
    };
    this.#close(error);
  }
  /** Both are needed: after a lost connection the result may come before the last items. */
  async #finish() {
    try {
      const result = await this.#result;
      const total = await this.#total.promise;
      this.#received.end(total, result.isSuccessful ? null : result.error);
      this.#close(ended(`task ${this.id} has ended`));
    } catch (error) {
      this.#close(error);
    }
  }
  #close(error) {
    this.#isOver = true;
    this.#stopListening();
    this.#total.reject(error);
    this.#sent.fail(error);
    this.#received.fail(error);
    this.#link.streams.delete(this.id);
  }
  /** Nobody wants the rest. Who waits for the result gets the reason, who waits for an item gets `forItems`. */
  #abandon(reason, forItems) {
    this.#received.discard(forItems);
    if (this.#isOver) return;
    this.#link.awaited.fail(this.id, reason);
    this.#close(reason);
    this.#cancelUnwanted();
  }
  #cancelUnwanted() {
    abandonTasks(this.#link, [
      this.id
    ]);
  }
  #tellEnd() {
    if (this.#isAttached) this.#link.push("inputEnd", [
      this.id,
      this.#inputTotal
    ]);
  }
};
function ended(why) {
  return new TaskError("STREAM_ENDED", `Cannot send to the stream: ${why}`);
}

// client/send_tasks.ts
var TASKS_PER_FRAME = 1e3;
var BYTES_PER_FRAME = 1024 * 1024;
var FRAMES_UNDER_WAY = 8;
async function sendTasks(link, submission, tasks) {
  const replies = [];
  for (const frame of framesOf(tasks, Math.min(BYTES_PER_FRAME, link.maxFrameBytes / 4))) {
    const reply = sendFrame(link, submission, frame);
    reply.catch(() => {
    });
    replies.push(reply);
    if (frame.length === tasks.length) break;
    await link.drained();
    if (replies.length >= FRAMES_UNDER_WAY) await replies[replies.length - FRAMES_UNDER_WAY];
  }
  await Promise.all(replies);
}
async function sendFrame(link, submission, tasks) {
  try {
    await link.call("submit", {
      ...submission,
      tasks
    });
  } catch (error) {
    const canBeSplit = error instanceof QueueFull && error.capacity >= 1 && tasks.length > error.capacity;
    if (!link.waitsForRoom || !submission.waitForRoom || !canBeSplit) throw error;
    for (let from = 0; from < tasks.length; from += error.capacity) {
      await link.call("submit", {
        ...submission,
        tasks: tasks.slice(from, from + error.capacity)
      });
    }
  }
}
function* framesOf(tasks, mostBytes) {
  for (let from = 0, to = 0; from < tasks.length; from = to) {
    for (let bytes = 0; to < tasks.length && to - from < TASKS_PER_FRAME; to++) {
      bytes += tasks[to][1].length + 50;
      if (bytes > mostBytes && to > from) break;
    }
    yield from === 0 && to === tasks.length ? tasks : tasks.slice(from, to);
  }
}

// procedures/defined_function.ts
var DEFINED = Symbol.for("palpable.defined");
function definedFunction(value) {
  if (typeof value !== "function") return value;
  return value[DEFINED] ?? value;
}

// procedures/function_source.ts
var HINT = 'put it into a module and pass remote<typeof import("./utils.ts")>(import.meta.resolve("./utils.ts")).name';
var known = /* @__PURE__ */ new WeakMap();
function toSource(fn) {
  let source = known.get(fn);
  if (source === void 0) {
    source = Object.freeze({
      kind: "source",
      text: sourceText(fn),
      name: fn.name || "anonymous"
    });
    known.set(fn, source);
  }
  return source;
}
function isSourceFunction(value) {
  return typeof value === "object" && value !== null && value.kind === "source" && typeof value.text === "string";
}
function sourceText(fn) {
  const text = Function.prototype.toString.call(fn);
  const name = fn.name || "anonymous";
  if (definedFunction(fn) !== fn) {
    throw new TypeError(`Cannot run ${name}, which defineTask() gave: call it, and give the task that it makes to submit() or execute()`);
  }
  if (/\{\s*\[native code\]\s*\}\s*$/.test(text)) {
    throw new TaskError("NOT_CALLABLE", `Cannot send the function ${name}: it is native or bound and has no source; ${HINT}`);
  }
  if (/^class\b/.test(text)) {
    throw new TaskError("NOT_CALLABLE", `Cannot send ${name}: it is a class; a task runs a function or a Procedure`);
  }
  if (parses(`(${text})`)) return `(${text})`;
  const method = `((own) => own[Reflect.ownKeys(own)[0]])({ ${text} })`;
  if (!/^[gs]et\s+[^\s(]/.test(text) && parses(method)) return method;
  throw new TaskError("NOT_CALLABLE", `Cannot send the function ${name}: its source does not stand alone; ${HINT}`);
}
function parses(expression) {
  try {
    new Function(`return ${expression}`);
    return true;
  } catch {
    return false;
  }
}

// procedures/map_function.ts
var MapFunction = class extends Procedure {
  /** Where this class lives. */
  static module = import.meta.url;
  /** The function, in the form in which it is sent. */
  fn;
  /** What it runs over. */
  items;
  /** A map to be made. */
  constructor(fn, items) {
    super();
    this.fn = typeof fn === "function" ? toSource(fn) : fn;
    this.items = [
      ...items
    ];
  }
  /** Maps, blocked on the subtasks meanwhile. */
  run(messenger) {
    return messenger.with({
      permissions: "inherit"
    }).map(this.fn, this.items);
  }
};

// procedures/remote.ts
function isRemoteFunction(value) {
  if (typeof value !== "object" || value === null) return false;
  const { kind, module, name } = value;
  return kind === "remote" && typeof module === "string" && typeof name === "string";
}

// procedures/run_function.ts
var RunFunction = class extends Procedure {
  /** Where this class lives. */
  static module = import.meta.url;
  /** The function. */
  fn;
  /** Its arguments. */
  args;
  /** A call to be made. */
  constructor(fn, ...args) {
    super();
    this.fn = fn;
    this.args = args;
  }
  /** Runs the call as a subtask; only reached where a procedure is run by hand. */
  run(messenger) {
    return messenger.run(this.fn, ...this.args);
  }
};

// client/target.ts
var MAX_SOURCE_BYTES = 1024 * 1024;
function functionTarget(fn) {
  if (isRemoteFunction(fn)) return [
    "export",
    fn.module,
    fn.name
  ];
  const source = typeof fn === "function" ? toSource(fn) : fn;
  if (isSourceFunction(source)) return [
    "source",
    requireShort(source.text, source.name),
    source.name
  ];
  if (fn instanceof Task) throw new TypeError(`Cannot run ${fn}: it is a task: give it to submit() or execute()`);
  throw new TaskError("NOT_CALLABLE", `Cannot run ${describe(fn)}: give a function, a remote() reference, or a Procedure`);
}
function prepare(callee, args) {
  if (callee instanceof RunFunction) return prepare(callee.fn, callee.args);
  if (isProcedure(callee)) return prepareProcedure(callee);
  return {
    target: functionTarget(callee),
    input: encode(args)
  };
}
function prepareProcedure(procedure) {
  const { module, name } = procedureIdentity(procedure);
  const within = procedure instanceof MapFunction && isRemoteFunction(procedure.fn) ? procedure.fn.module : null;
  return {
    target: [
      "procedure",
      module,
      name,
      within
    ],
    input: encode({
      ...procedure
    })
  };
}
function requireShort(text, name) {
  if (text.length * 3 <= MAX_SOURCE_BYTES || new TextEncoder().encode(text).length <= MAX_SOURCE_BYTES) return text;
  throw new TaskError("NOT_CALLABLE", `Cannot send the function ${name}: its source has more than ${MAX_SOURCE_BYTES} bytes; put it into a module, see remote()`);
}
function describe(value) {
  if (value === void 0) return "undefined (is it exported by that name?)";
  return value === null ? "null" : `a value of type ${typeof value}`;
}

// client/submission_groups.ts
var Groups = class {
  #submissionFor;
  #byKey = /* @__PURE__ */ new Map();
  /** Most often all call one function: what it is need not be found out for each. */
  #latest = null;
  #last = null;
  /** `submissionFor` makes what the tasks of a group have in common. */
  constructor(submissionFor) {
    this.#submissionFor = submissionFor;
  }
  /** All of them. */
  [Symbol.iterator]() {
    return this.#byKey.values();
  }
  /** What the task that was added last can be submitted with again. */
  get latest() {
    const { again, tasks } = this.#latest;
    return {
      submission: again,
      input: tasks[tasks.length - 1][1]
    };
  }
  /**
   * Adds a task; `options` are the same for all, the task's own go before them. Gives the signal that it is cancelled by.
   *
   * @throws {TypeError} {RangeError} for options that are none. @throws {NotSendable} for arguments that cannot be sent.
   */
  add(id, { target: callee, args, options: own }, options) {
    if (this.#last !== null && callee === this.#last.callee && own === this.#last.options) {
      this.#latest = this.#last.group;
      this.#latest.tasks.push([
        id,
        encode(args)
      ]);
      return this.#last.signal;
    }
    const { target, input } = prepare(callee, args);
    const { signal, ...merged } = {
      ...options,
      ...own
    };
    const key = JSON.stringify([
      target,
      merged
    ]);
    let group = this.#byKey.get(key);
    if (group === void 0) {
      requireTaskOptions({
        ...merged,
        signal
      });
      const submission = this.#submissionFor(target, merged);
      this.#byKey.set(key, group = {
        submission,
        again: {
          ...submission,
          await: true
        },
        tasks: []
      });
    }
    group.tasks.push([
      id,
      input
    ]);
    this.#latest = group;
    this.#last = isProcedure(callee) ? null : {
      callee,
      options: own,
      group,
      signal
    };
    return signal;
  }
};

// client/base_caller.ts
var KNOWN_OF_MAP = [
  "settled",
  "chunkSize",
  "progress"
];
var KNOWN_OF_PROCEDURES = [
  "waitMs"
];
var KNOWN_OF_QUERIES = [
  "peek"
];
var KNOWN_OF_QUERY = [
  "peek",
  "waitMs"
];
var IDS_PER_QUERY = 1e3;
var insideOf;
var BaseCaller = class _BaseCaller {
  /**
   * The connection.
   *
   * @ignore
   */
  link;
  /** Options for all that is submitted through this object. */
  options;
  static {
    insideOf = (caller) => ({
      link: caller.link,
      options: caller.options
    });
  }
  /**
   * A caller over a link.
   *
   * @ignore
   */
  constructor(link, options = {}) {
    this.link = link;
    this.options = options;
  }
  /** The same caller with options for what is submitted through it; they add to the present ones. */
  with(options) {
    requireTaskOptions(options);
    return new _BaseCaller(this.link, {
      ...this.options,
      ...options
    });
  }
  async run(callee, ...args) {
    const { target, input } = prepare(callee, args);
    const id = uuidv7();
    const [result] = this.#submitAwaited(target, [
      [
        id,
        input
      ]
    ]);
    return dataOf(await this.#orAbandon([
      id
    ], result));
  }
  async map(fn, items, options = {}) {
    requireKnown(options, KNOWN_OF_MAP);
    const target = functionTarget(fn);
    if (typeof items?.[Symbol.iterator] !== "function") {
      throw new TypeError("Cannot map: items must be iterable; collect those of an async iterable first, or use execute()");
    }
    if (this.link.groups === void 0) return await this.#mapTasks(target, items, options);
    const submission = this.#submission(target, {
      await: true
    });
    const { signal } = this.options;
    return await mapItems(this.link, {
      submission,
      items,
      options,
      signal,
      openProgress: () => this.openProgress()
    });
  }
  /** From within a task each item is a task of its own, a child of that one. */
  async #mapTasks(target, items, options) {
    const tasks = Array.from(items, (item) => [
      uuidv7(),
      encode([
        item
      ])
    ]);
    if (tasks.length === 0) return [];
    const chunkSize = parseChunkSize(options.chunkSize);
    requireProgress(options.progress);
    const results = this.#submitAwaited(target, tasks, [
      uuidv7(),
      chunkSize
    ]);
    return await this.#allOf(tasks.map(([id]) => id), results, options);
  }
  /**
   * Where work that this caller waits for shows how far it is; null where nobody looks, as in a task.
   *
   * @ignore
   */
  openProgress() {
    return Promise.resolve(null);
  }
  /** Runs a procedure and tells how it ended, or how far it is when the wait is over. */
  async runProcedure(procedure, options = {}) {
    requireKnown(options, KNOWN_OF_PROCEDURES);
    const { waitMs = -1 } = options;
    requireWaitMs(waitMs);
    const { target, input } = prepare(procedure, []);
    const id = uuidv7();
    if (waitMs === 0) {
      const submittedAt = Date.now();
      await sendTasks(this.link, this.#submission(target, {
        await: false
      }), [
        [
          id,
          input
        ]
      ]);
      return toTaskResult([
        id,
        "ready",
        0,
        null,
        [],
        submittedAt,
        null,
        null
      ]);
    }
    const [result] = this.#submitAwaited(target, [
      [
        id,
        input
      ]
    ]);
    const waiting = waitForResult(this.link, id, result, waitMs);
    return await this.#orAbandon([
      id
    ], waiting);
  }
  async submit(what, ...rest) {
    const isMany = isIterable(what);
    const tasks = isMany ? [
      ...what
    ] : [
      what instanceof Task ? what : null
    ];
    if (tasks[0] === null) {
      const args = isProcedure(what) ? [] : rest;
      tasks[0] = new Task(what, args);
    }
    const options = isMany || what instanceof Task || isProcedure(what) ? rest[0] : void 0;
    const handles = await this.#submitTasks(tasks, options ?? {});
    return isMany ? handles : handles[0];
  }
  /** Runs a function that gives a generator, and gives what it yields, as it yields it. */
  async *stream(fn, ...args) {
    await using stream = await this.open(fn, ...args);
    yield* stream;
  }
  /** Runs a function as a stream in both directions. */
  async open(fn, ...args) {
    const { target, input } = prepare(fn, args);
    const { signal } = this.options;
    const submission = {
      ...this.#submission(target, {
        await: true
      }),
      profile: profileOf(target, this.options, true)
    };
    return await Stream.open(this.link, {
      id: uuidv7(),
      submission,
      input,
      signal
    });
  }
  /** What is known of a task; null when nothing is. */
  async queryResult(taskId, options = {}) {
    requireKnown(options, KNOWN_OF_QUERY);
    const { waitMs = 0, peek } = options;
    requireWaitMs(waitMs);
    if (waitMs === 0) return (await this.queryResults([
      taskId
    ], {
      peek
    }))[0];
    if (peek) throw new TypeError("Cannot use peek with waitMs: what is waited for is taken");
    return await waitForTask(this.link, taskId, waitMs);
  }
  /** The same for many, in the order asked. */
  async queryResults(taskIds, options = {}) {
    requireKnown(options, KNOWN_OF_QUERIES);
    const ids = [
      ...taskIds
    ];
    const results = [];
    for (let from = 0; from < ids.length; from += IDS_PER_QUERY) {
      const found = await this.link.call("query", {
        ids: ids.slice(from, from + IDS_PER_QUERY)
      });
      for (const wire of found) results.push(wire === null ? null : toTaskResult(wire, this.link.resultBudget));
    }
    this.link.signalled.forget(ids.filter((_, i) => results[i]?.isSuccessful !== null));
    const taken = results.filter((result) => result !== null && result.isSuccessful !== null).map((r) => r.taskId);
    if (!options.peek) {
      for (let from = 0; from < taken.length; from += IDS_PER_QUERY) {
        this.link.acknowledge(taken.slice(from, from + IDS_PER_QUERY));
      }
    }
    return results;
  }
  async #submitTasks(tasks, options) {
    const groups = new Groups((target, merged) => this.#submission(target, {
      await: false
    }, merged));
    const shared2 = {
      ...this.options,
      ...options
    };
    const signals = [];
    const handles = [];
    for (const task of tasks) {
      if (!(task instanceof Task)) {
        throw new TypeError("Cannot submit what is not a task: make one with task(fn, ...args)");
      }
      const id = uuidv7();
      const signal = groups.add(id, task, shared2);
      signal?.throwIfAborted();
      const source = this.link.accepted === void 0 ? null : {
        ...groups.latest,
        stops: 0
      };
      handles.push(new Handle(this.link, id, source, handles));
      if (signal !== void 0) signals.push([
        signal,
        id
      ]);
    }
    await this.#sendAll(groups, signals, tasks.length);
    this.link.accepted?.(handles);
    for (const [signal, id] of signals) this.link.signalled.add(signal, id);
    return handles;
  }
  /** A signal that all share ends the submission as well: the server may be away, or its queue full. */
  async #sendAll(groups, signals, count) {
    const sending = (async () => {
      for (const { submission, tasks } of groups) await sendTasks(this.link, submission, tasks);
    })();
    const [[signal] = []] = signals;
    if (signal === void 0 || signals.length < count || signals.some(([other]) => other !== signal)) {
      return await sending;
    }
    const ids = signals.map(([, id]) => id);
    sending.then(() => signal.aborted && abandonTasks(this.link, ids), () => {
    });
    await this.#orAbandon(ids, sending, signal);
  }
  /** Submits tasks whose results are wanted at once; a refusal fails each of the results. */
  #submitAwaited(target, tasks, group = null) {
    this.options.signal?.throwIfAborted();
    const submission = {
      ...this.#submission(target, {
        await: true
      }),
      group
    };
    const results = tasks.map(([id, input]) => this.link.awaited.expect(id, submission, input));
    sendTasks(this.link, submission, tasks).catch((error) => {
      for (const [id] of tasks) this.link.awaited.fail(id, error);
    });
    return results;
  }
  #submission(target, how, options = this.options) {
    return {
      profile: profileOf(target, options),
      await: how.await,
      bound: how.await,
      followup: options.needFollowup ?? false,
      waitForRoom: options.whenFull !== "refuse",
      group: null
    };
  }
  /** What a map gives. */
  async #allOf(ids, results, { settled }) {
    const all = Promise.all(settled ? results : results.map(async (result) => dataOf(await result)));
    try {
      return await this.#orAbandon(ids, all);
    } catch (error) {
      abandonTasks(this.link, ids);
      throw error;
    }
  }
  /** Settles as the work does, or with the reason of the signal, which cancels the tasks. */
  #orAbandon(ids, work, signal = this.options.signal) {
    return untilAborted(work, signal, () => abandonTasks(this.link, ids));
  }
};
function isIterable(value) {
  if (typeof value === "string") {
    throw new TaskError("NOT_CALLABLE", "Cannot submit a string: give a function or tasks");
  }
  return typeof value === "object" && value !== null && Symbol.iterator in value;
}

// client/signalled_tasks.ts
var Group = class {
  ids = /* @__PURE__ */ new Set();
  self = new WeakRef(this);
  letGo = () => {
  };
};
var SignalledTasks = class {
  /** A group is held by its signal alone: with one that is dropped goes all that was kept for it. */
  #groups = /* @__PURE__ */ new WeakMap();
  #groupOf = /* @__PURE__ */ new Map();
  #dropped = new FinalizationRegistry((ids) => this.#forgetAll(ids));
  #cancel;
  /** `cancel` is given all tasks of a signal at once. */
  constructor(cancel) {
    this.#cancel = cancel;
  }
  /** A task is to end with the signal; at once when that has aborted. */
  add(signal, id) {
    if (signal.aborted) return this.#cancel([
      id
    ]);
    const group = this.#groups.get(signal) ?? this.#open(signal);
    group.ids.add(id);
    this.#groupOf.set(id, group.self);
  }
  /** These have ended, or nothing is known of them. Others may be among them. */
  forget(ids) {
    if (this.#groupOf.size === 0) return;
    for (const id of ids) {
      const group = this.#groupOf.get(id)?.deref();
      if (!this.#groupOf.delete(id) || group === void 0) continue;
      group.ids.delete(id);
      if (group.ids.size === 0) group.letGo();
    }
  }
  /** Lets go of all signals. */
  clear() {
    this.forget([
      ...this.#groupOf.keys()
    ]);
  }
  #open(signal) {
    const group = new Group();
    this.#groups.set(signal, group);
    this.#dropped.register(group, group.ids);
    const stop = onAbort(signal, () => {
      this.#forgetAll(group.ids);
      this.#cancel([
        ...group.ids
      ]);
    });
    group.letGo = () => {
      this.#groups.delete(signal);
      stop();
    };
    return group;
  }
  #forgetAll(ids) {
    for (const id of ids) this.#groupOf.delete(id);
  }
};

// client/streams.ts
var Streams = class {
  #byId = /* @__PURE__ */ new Map();
  /** How many are not at their end. */
  get size() {
    return this.#byId.size;
  }
  /** Listens for a stream. */
  add(stream) {
    this.#byId.set(stream.id, stream);
  }
  /** The stream wants nothing more. */
  delete(id) {
    this.#byId.delete(id);
  }
  /** True while the server has not answered the submission of this stream's task: it may not know it. */
  isBeingSubmitted(id) {
    return this.#byId.get(id)?.isSubmitted === false;
  }
  /** Takes a push, if it is of a stream; one that has just been left is passed over. True when it was of that kind. */
  onPush(topic, body) {
    switch (topic) {
      case "items": {
        const [id, from, count, items] = body;
        this.#byId.get(id)?.onItems(from, count, items);
        return true;
      }
      case "itemsEnd": {
        const [id, total] = body;
        this.#byId.get(id)?.onItemsEnd(total);
        return true;
      }
      case "inputTaken": {
        const [id, count] = body;
        this.#byId.get(id)?.onInputTaken(count);
        return true;
      }
      default:
        return false;
    }
  }
  /** Goes on over a new connection. */
  renew() {
    for (const stream of this.#byId.values()) void stream.attach();
  }
  /** The server stops. */
  serverStops() {
    for (const stream of this.#byId.values()) stream.serverStops();
  }
  /** The server does not know the task of this stream. True when it is submitted again. */
  beginAgain(id) {
    return this.#byId.get(id)?.beginAgain() ?? false;
  }
  /** Forgets every stream: what was done with them is over. */
  clear() {
    this.#byId.clear();
  }
  /** Fails a stream, if there is one. */
  fail(id, error) {
    this.#byId.get(id)?.fail(error);
  }
  /** Fails every stream. */
  failAll(error) {
    for (const stream of [
      ...this.#byId.values()
    ]) stream.fail(error);
  }
};

// client/subscriptions.ts
var MAX_BEHIND = 1e4;
var Subscriptions = class {
  #caller;
  #listeners = /* @__PURE__ */ new Set();
  #lastSubscription = 0;
  /** Listeners that ask for their items through `caller`. */
  constructor(caller) {
    this.#caller = caller;
  }
  /** How many listeners there are. */
  get size() {
    return this.#listeners.size;
  }
  /**
   * Items of a topic from now on, until the iterator is returned, the task ends, or the link ends.
   *
   * @typeParam Item What a push carries.
   */
  async *listen(topic, taskId) {
    let items = [];
    let over = false;
    let wake = () => {
    };
    const end = () => {
      over = true;
      wake();
    };
    const listener = {
      topic,
      taskId,
      subscription: ++this.#lastSubscription,
      active: false,
      take(item) {
        items.push(item);
        if (items.length > MAX_BEHIND) items = items.slice(-MAX_BEHIND / 2);
        wake();
      },
      end
    };
    this.#listeners.add(listener);
    try {
      listener.active = true;
      await this.#ask(listener);
      for (; ; ) {
        const batch = items;
        items = [];
        yield* batch;
        if (items.length > 0) continue;
        if (over) return;
        await new Promise((resolve) => wake = resolve);
      }
    } finally {
      this.#listeners.delete(listener);
      if (!over) this.#caller.call("unsubscribe", {
        subscription: listener.subscription
      }).catch(() => {
      });
    }
  }
  /** Takes a push, if it is for a listener; one that has just left is passed over. True when it was of that kind. */
  onPush(topic, body) {
    if (topic !== "log" && topic !== "progress" && topic !== "end") return false;
    const [subscription, items] = topic === "end" ? [
      body,
      []
    ] : body;
    for (const listener of this.#listeners) {
      if (listener.subscription !== subscription) continue;
      items.forEach((item) => listener.take(item));
      if (topic === "end") listener.end();
    }
    return true;
  }
  /** Asks again over a new connection. */
  async renew() {
    for (const listener of this.#listeners) {
      if (listener.active) await this.#ask(listener);
    }
  }
  async #ask({ subscription, topic, taskId }) {
    await this.#caller.call("subscribe", {
      subscription,
      topic,
      taskId
    });
  }
  /** Ends every listener. */
  endAll() {
    for (const listener of [
      ...this.#listeners
    ]) listener.end();
  }
};

// process/task_link.ts
var TaskLink = class {
  awaited;
  subscriptions;
  streams = new Streams();
  signalled = new SignalledTasks((ids) => cancelTasks(this, ids));
  waitsForRoom = false;
  resultBudget;
  heartbeatMs = null;
  #peer;
  /** Takes results of so many items. */
  constructor(peer, maxResultItems) {
    this.#peer = peer;
    this.resultBudget = resultBudget(maxResultItems);
    this.awaited = new AwaitedResults((ids) => this.acknowledge(ids), this.resultBudget);
    this.subscriptions = new Subscriptions(this);
  }
  call(command, body) {
    return this.#peer.call(command, body);
  }
  get maxFrameBytes() {
    return this.#peer.maxFrameBytes;
  }
  acknowledge(ids) {
    this.signalled.forget(ids);
    this.push("ack", ids);
  }
  push(topic, body) {
    this.#peer.push(topic, body);
  }
  drained() {
    return this.#peer.drained();
  }
  onPush(topic, body) {
    if (topic === "results") this.awaited.onResults(body);
    else if (!this.streams.onPush(topic, body)) this.subscriptions.onPush(topic, body);
  }
};

// process/subtasks.ts
function openSubtasks(peer, maxResultItems) {
  const link = new TaskLink(peer, maxResultItems);
  return {
    caller: new BaseCaller(link),
    link
  };
}
export {
  openSubtasks
};
