// Made of process/process_main.ts by `deno task bundle`. Do not edit. f16c5f0af3dfb8a76338b0d2500bb3387ced02428fcc2c73d3dae3eafd28c886
var costOfPairs = (function costOfPairs(count) {
  return count > MANY_KEYS ? count * COST.pairOfMany : count * COST.pair;
});
var resultBudget = (function resultBudget(items = DEFAULT_RESULT_ITEMS) {
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
});
var registerError = (function registerError(cls, name = cls?.name) {
  if (typeof cls !== "function" || !(cls.prototype instanceof Error || cls === Error)) {
    throw new TypeError(`Cannot register ${name || "a value"} as an error class: it does not extend Error`);
  }
  if (typeof name !== "string" || name === "") throw new TypeError("Cannot register an error class without a name");
  classByName.set(name, cls);
  nameByClass.set(cls, name);
});
var hasHoles = (function hasHoles(array) {
  if (array.length > 16 && !array.includes(void 0)) return false;
  for (let i = 0; i < array.length; i++) {
    if (array[i] === void 0 && !Object.hasOwn(array, i)) return true;
  }
  return false;
});
var refusal = (function refusal(value) {
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
});
var readText = (function readText(bytes, start, end) {
  const length = end - start;
  if (length > SHORT_TEXT) return decodeUtf8(bytes.subarray(start, end));
  const filled = units[length] ??= new Array(length).fill(0);
  let seen = 0;
  for (let i = 0; i < length; i++) seen |= filled[i] = bytes[start + i];
  if (seen > 127) return decodeUtf8(bytes.subarray(start, end));
  return String.fromCharCode.apply(null, filled);
});
var readKey = (function readKey(bytes, start, end) {
  const length = end - start;
  if (length > LONGEST_CACHED_KEY || length === 0) return readText(bytes, start, end);
  const hash = length * 7 + bytes[start] * 31 + bytes[start + (length >> 1)] * 5 + bytes[end - 1] * 67;
  const slot = hash & CACHED_KEYS - 1;
  const known = keys[slot];
  if (known.length === length) {
    let i = 0;
    while (i < length && known.charCodeAt(i) === bytes[start + i]) i++;
    if (i === length) return known;
  }
  const key = readText(bytes, start, end);
  if (key.length === length) keys[slot] = key;
  return key;
});
var encode = (function encode(value, options = {}) {
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
});
var decode = (function decode(bytes, options = {}) {
  const { maxDepth = DEFAULT_MAX_DEPTH, views = false, budget } = options;
  return new Decoder(plainBytes(bytes), maxDepth, views, budget).read();
});
var plainBytes = (function plainBytes(bytes) {
  return bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
});
var presentToken = (function presentToken(transport, token) {
  transport.send([
    "palpable",
    PROTOCOL_VERSION,
    "worker",
    token
  ]);
});
var isMostOfBuffer = (function isMostOfBuffer(view) {
  const { byteLength } = view.buffer;
  return byteLength > LARGE_BUFFER_BYTES && view.length * 2 > byteLength;
});
var ownBytes = (function ownBytes(view) {
  return isMostOfBuffer(view) ? view : view.slice();
});
var newOutbox = (function newOutbox() {
  return new Encoder(void 0, void 0, APART_BYTES);
});
var definedFunction = (function definedFunction(value) {
  if (typeof value !== "function") return value;
  return value[DEFINED] ?? value;
});
var loadTarget = (async function loadTarget(target) {
  const key = keyOf(target);
  let found = loaded.get(key);
  if (found === void 0) {
    loaded.set(key, found = await findTarget(target));
    latest = null;
  }
  return found;
});
var keyOf = (function keyOf(target) {
  return `${target[0]} ${target[1]} ${target[2]}`;
});
var findTarget = (async function findTarget(target) {
  if (target[0] === "source") {
    const fn = await load(target[2], async () => (await import(COMPILER)).default(target[1]), true);
    return {
      kind: "function",
      fn: functionIn(fn, `the sent function ${target[2]}`)
    };
  }
  const [kind, url, name] = target;
  const module = await load(url, () => importOf(url), loading.quotes);
  if (kind === "export") {
    return {
      kind: "function",
      fn: functionIn(exported(module, name, url), `"${name}" of ${url}`)
    };
  }
  const type = exported(module, name, url);
  const prototype = typeof type === "function" ? type.prototype : void 0;
  if (!isProcedure(prototype)) {
    throw new TaskError("NOT_CALLABLE", `Cannot run "${name}" of ${url}: it is not a class that extends Procedure`);
  }
  return {
    kind: "procedure",
    prototype
  };
});
var importOf = (async function importOf(url) {
  try {
    return await import(url);
  } catch (error) {
    loading.hasFailed = true;
    throw error;
  }
});
var load = (async function load(shownAs, find, quotes) {
  try {
    return await find();
  } catch (error) {
    const cause = sendableError(error);
    const { name, message } = cause;
    const hides = !quotes && /SyntaxError|\n *\|/.test(name + message) && !/^The requested mod/.test(message);
    const says = hides ? `bad syntax ${/^ *(at \S+:\d+:\d+)$/m.exec(message)?.[1] ?? ""}` : `${name}: ${message}`;
    throw new TaskError("MODULE_LOAD_FAILED", `Cannot load ${shownAs}: ${says}`, hides ? {} : {
      cause
    });
  }
});
var exported = (function exported(module, name, url) {
  if (Object.hasOwn(module, name)) return module[name];
  const names = Object.keys(module).join(", ") || "none";
  throw new TaskError("EXPORT_NOT_FOUND", `Cannot find the export "${name}" of ${url}: its exports are ${names}`);
});
var functionIn = (function functionIn(value, shownAs) {
  const fn = definedFunction(value);
  if (typeof fn === "function") return fn;
  throw new TaskError("NOT_CALLABLE", `Cannot call ${shownAs}: it is of type ${fn === null ? "null" : typeof fn}`);
});
var captureConsole = (function captureConsole(logger) {
  for (const [method, level] of Object.entries(LEVELS)) {
    const print = method === "dir" ? (value) => logger.log(level, [
      value
    ]) : (...values) => logger.log(level, values);
    Object.defineProperty(console, method, {
      value: print,
      configurable: true,
      writable: true,
      enumerable: true
    });
  }
  console.assert = (condition, ...values) => {
    if (!condition) logger.log("error", [
      "Assertion failed:",
      ...values
    ]);
  };
});
var execute = (async function execute(task, messenger, stream, limits, logsFailures = true) {
  const toError = (thrown) => asError(thrown, task);
  try {
    const loaded2 = await loadTarget(task.target);
    const { input } = task;
    const value = stream !== null && task.place !== void 0 ? await runWorkerBody({
      order: input,
      place: task.place,
      call: input.isStage ? callerOfStage(loaded2, toError, limits) : async (args) => await settleValue(await call(loaded2, args, {
        messenger
      }), null),
      // Only a runner is told to run a worker.
      messenger,
      stream,
      toError
    }) : await settleValue(await call(loaded2, input, {
      messenger
    }), stream);
    return [
      "succeeded",
      encodeResult(value, limits)
    ];
  } catch (thrown) {
    const error = toError(thrown);
    if (logsFailures) logFailure(error, messenger);
    return [
      "failed",
      encodeError(error, limits)
    ];
  }
});
var isGenerator = (function isGenerator(value) {
  const tag = Object.prototype.toString.call(value);
  return tag === "[object Generator]" || tag === "[object AsyncGenerator]";
});
var call = (function call(loaded2, input, around) {
  if (loaded2.kind === "function") return loaded2.fn(...input);
  const procedure = Object.create(loaded2.prototype);
  for (const [field, value] of Object.entries(input)) {
    Object.defineProperty(procedure, field, {
      value,
      writable: true,
      enumerable: true,
      configurable: true
    });
  }
  return procedure.run(around.messenger);
});
var settleValue = (async function settleValue(value, stream) {
  if (!isGenerator(value)) return value;
  if (stream !== null) return await stream.send(value);
  return await Array.fromAsync(value);
});
var encodeResult = (function encodeResult(value, limits) {
  try {
    return encode(value, {
      limits
    });
  } catch (error) {
    throw resultError(error);
  }
});
var runWorker = (async function runWorker([address, afterwards, sizes, quotes, packageHost]) {
  loading.quotes = !!quotes;
  const { token, greeting } = readStandardInput();
  const conn = await connect(address);
  giveBack(address, afterwards);
  if (packageHost !== void 0) {
    await import(subtasksUrl());
    Deno.permissions.revokeSync({
      name: "import",
      host: packageHost
    });
  }
  const [maxFrameBytes, bytes, items] = sizes.split(",").map(Number);
  const transport = new Transport(conn, maxFrameBytes);
  presentToken(transport, token);
  const worker = new Runner({
    transport,
    tid: Deno.pid,
    ownsConsole: true,
    limits: {
      bytes,
      items
    }
  });
  for (const [topic, body] of greeting) worker.onPush(topic, body);
  await worker.peer.closed;
  Deno.exit(ORPHANED);
});
var connect = (async function connect(address) {
  if (!address.startsWith(UNIX)) {
    const [hostname, port] = address.split(":");
    const conn = await Deno.connect({
      hostname,
      port: Number(port)
    });
    conn.setNoDelay(true);
    return conn;
  }
  for (; ; ) {
    try {
      return await Deno.connect({
        transport: "unix",
        path: address.slice(UNIX.length)
      });
    } catch (error) {
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
      await new Promise((resolve) => setTimeout(resolve, QUEUE_MS));
    }
  }
});
var giveBack = (function giveBack(address, afterwards) {
  const path = address.slice(UNIX.length);
  for (const act of afterwards.split(",")) {
    if (act === "net") Deno.permissions.revokeSync({
      name: "net",
      host: address
    });
    else if (act === "read" || act === "write") Deno.permissions.revokeSync({
      name: act,
      path
    });
    else if (act === "unlink") removeLink(path);
  }
});
var readStandardInput = (function readStandardInput() {
  let bytes = new Uint8Array(4096);
  let length = 0;
  for (let count = 0; count !== null; count = Deno.stdin.readSync(bytes.subarray(length))) {
    length += count;
    if (length < bytes.length) continue;
    const larger = new Uint8Array(2 * length);
    larger.set(bytes);
    bytes = larger;
  }
  if (length < TOKEN_BYTES) throw new Error("This program is started by a Palpable server, not by hand");
  const greeting = length === TOKEN_BYTES ? [] : decode(bytes.subarray(TOKEN_BYTES, length));
  return {
    token: bytes.subarray(0, TOKEN_BYTES),
    greeting
  };
});
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
var DEFAULT_RESULT_LIMITS = {
  bytes: DEFAULT_RESULT_BYTES,
  items: DEFAULT_RESULT_ITEMS
};

var REPLY_BUDGET = Object.freeze({
  ...resultBudget(),
  code: "MALFORMED_MESSAGE",
  named: "a message of a server"
});

// wire/error_registry.ts
var classByName = /* @__PURE__ */ new Map();
var nameByClass = /* @__PURE__ */ new Map();

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
function errorParts(error, attempt2 = (read) => read()) {
  const name = attempt2(() => error.name);
  const stack = attempt2(() => error.stack);
  const parts = {
    className: attempt2(() => classNameOf(error)) ?? "Error",
    name: typeof name === "string" ? name : "Error",
    message: attempt2(() => String(error.message)) ?? "",
    fields: []
  };
  if (typeof stack === "string") parts.stack = stack;
  parts.cause = attempt2(() => Object.hasOwn(error, "cause") ? {
    value: error.cause
  } : void 0);
  parts.errors = attempt2(() => isHidden(error, "errors") ? error.errors : void 0);
  for (const key of attempt2(() => Object.keys(error)) ?? []) {
    if (isReserved(key)) continue;
    const field = attempt2(() => ({
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
  const known = classByName.get(parts.className);
  const cls = known === void 0 || known === Error ? classByName.get(parts.name) ?? Error : known;
  const isUnknown = known === void 0 && parts.name === "Error";
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
    let next;
    try {
      next = this.#frames.at(-1).children.next();
    } catch (thrown) {
      return this.#refuse("", `reading it threw ${textOf(thrown)}`);
    }
    if (!next.done) return this.#visit(next.value);
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
  static { this.prototype.readByte = (function () {
    if (this.at >= this.end) throw new Error("the message ends too early");
    return this.bytes[this.at++];
  }); }
  /** Goes past `n` bytes and returns where they start. */
  static { this.prototype.skip = (function (n) {
    const start = this.at;
    this.expect(n);
    this.at = start + n;
    return start;
  }); }
  /** Refuses what takes at least `n` more bytes when there are fewer. */
  static { this.prototype.expect = (function (n) {
    const left = this.end - this.at;
    if (n > left) throw new Error(`${n} bytes or more are announced and ${left} are left`);
  }); }
  /** A length of 1, 2 or 4 bytes. */
  static { this.prototype.readLength = (function (size) {
    const start = this.skip(size);
    if (size === 1) return this.bytes[start];
    return size === 2 ? this.data.getUint16(start) : this.data.getUint32(start);
  }); }
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
  static { this.prototype.readText = (function (length) {
    this.expect(length);
    const text = readText(this.bytes, this.at, this.at + length);
    this.at += length;
    return text;
  }); }
  /** A key of less than 32 bytes, or undefined, and nothing read, if what is next is anything else. */
  static { this.prototype.readShortKey = (function () {
    const code = this.bytes[this.at];
    if (this.at >= this.end || code < 160 || code > 191) return void 0;
    const length = code & 31;
    this.expect(length + 1);
    const key = readKey(this.bytes, this.at + 1, this.at + 1 + length);
    this.at += length + 1;
    return key;
  }); }
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
  static { this.prototype.read = (function () {
    return Decoder.#whole.call(this, _Decoder.#readValue);
  }); }
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
    return Decoder.#whole.call(this, _Decoder.#readValue);
  }
  /** The values of a list, each within the budget; all together with as much more as a batch of small ones can be. */
  readItems() {
    return Decoder.#whole.call(this, () => {
      const code = this.readByte();
      const count = code === 221 || code === 220 ? this.readLength(2 << code - 220) : code - 144;
      if (count < 0 || code > 159 && code < 220 || code > 221) throw new Error("items must be a list");
      let left = this.#budget.items + BATCH_SLACK_ITEMS;
      const items = [];
      for (let i = 0; i < count; i++) {
        const granted = this.#items = Math.min(this.#budget.items, left);
        items.push(Decoder.#value.call(this, 2));
        left -= granted - this.#items + 1;
      }
      return items;
    });
  }
  static #readValue = (decoder) => Decoder.#value.call(decoder, 1);
  static #whole = (function (read) {
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
  });
  static #value = (function (depth) {
    const code = this.readByte();
    if (code < 128) return code;
    if (code < 144) return Decoder.#map.call(this, code & 15, depth);
    if (code < 160) return Decoder.#array.call(this, code & 15, depth);
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
        return Decoder.#bin.call(this, this.readLength(1 << code - 196));
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
        return Decoder.#text.call(this, this.readLength(1 << code - 217));
      case 220:
      case 221:
        return Decoder.#array.call(this, this.readLength(2 << code - 220), depth);
      case 222:
      case 223:
        return Decoder.#map.call(this, this.readLength(2 << code - 222), depth);
    }
    throw new Error(`0x${code.toString(16)} starts no value`);
  });
  static #text = (function (length) {
    this.#textBytes -= length;
    if (this.#textBytes < 0) throw new OverBudget(`it has more than ${this.#budget.textBytes} bytes of text`);
    return this.readText(length);
  });
  static #bin = (function (length) {
    Decoder.#spend.call(this, COST.bytes);
    const start = this.skip(length);
    return this.#views ? this.bytes.subarray(start, this.at) : this.bytes.slice(start, this.at);
  });
  static #spend = (function (cost) {
    this.#items -= cost;
    if (this.#items < 0) throw new OverBudget(`it holds more than ${this.#budget.items} items`);
  });
  static #enter = (function (depth) {
    if (depth <= this.#maxDepth) return;
    if (depth === NO_CONTAINER) throw new Error("a container is where only a string or a number can be");
    throw new Error(`it is nested deeper than ${this.#maxDepth} levels`);
  });
  static #array = (function (length, depth) {
    Decoder.#enter.call(this, depth);
    this.expect(length);
    Decoder.#spend.call(this, length + COST.container);
    const counted = length > SMALL_ARRAY ? length : 0;
    this.#announced += counted;
    if (this.#announced > this.bytes.length) throw new Error("arrays announce more elements than there are bytes");
    const array = length <= LARGEST_PLAIN_ARRAY ? new Array(length) : [];
    for (let i = 0; i < length; i++) array[i] = Decoder.#value.call(this, depth + 1);
    this.#announced -= counted;
    return array;
  });
  static #map = (function (size, depth) {
    Decoder.#enter.call(this, depth);
    this.expect(size * 2);
    Decoder.#spend.call(this, costOfPairs(size) + COST.container);
    if (size > this.#budget.keys) throw new OverBudget(`an object has more than ${this.#budget.keys} keys`);
    const record = {};
    for (let i = 0; i < size; i++) {
      const key = Decoder.#key.call(this);
      const value = Decoder.#value.call(this, depth + 1);
      if (key === "__proto__") define(record, key, value);
      else record[key] = value;
    }
    return record;
  });
  static #key = (function () {
    return this.readShortKey() ?? this.#string("a key");
  });
  /** A string in whichever form it takes. */
  #string(what) {
    const value = Decoder.#value.call(this, NO_CONTAINER);
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
    Decoder.#spend.call(this, COST_OF.get(type) ?? COST.value);
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
      Decoder.#spend.call(this, COST.value);
      return /* @__PURE__ */ new Date(NaN);
    }
    throw new Error(`constant ${which} is unknown`);
  }
  #jsMap(depth) {
    Decoder.#enter.call(this, depth);
    const map = /* @__PURE__ */ new Map();
    while (this.at < this.end) {
      const key = Decoder.#value.call(this, depth + 1);
      this.#countEntry(key);
      map.set(key, Decoder.#value.call(this, depth + 1));
    }
    return map;
  }
  #jsSet(depth) {
    Decoder.#enter.call(this, depth);
    const set = /* @__PURE__ */ new Set();
    while (this.at < this.end) {
      const value = Decoder.#value.call(this, depth + 1);
      this.#countEntry(value);
      set.add(value);
    }
    return set;
  }
  /** Ahead of each entry of a Map or a Set. */
  #countEntry(key) {
    Decoder.#spend.call(this, COST.entry);
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
    Decoder.#enter.call(this, depth);
    const length = this.#index(UINT323);
    const array = [];
    array.length = UINT323 - 1;
    array.length = length;
    let next = 0;
    while (this.at < this.end) {
      const index = this.#index(length);
      if (index < next) throw new Error("the indexes of an array do not ascend");
      Decoder.#spend.call(this, COST.entry);
      array[index] = Decoder.#value.call(this, depth + 1);
      next = index + 1;
    }
    return array;
  }
  #index(limit) {
    const index = Decoder.#value.call(this, NO_CONTAINER);
    if (typeof index === "number" && Number.isInteger(index) && index >= 0 && index < limit) return index;
    throw new Error("an array has a length or an index that is not possible");
  }
  #error(depth) {
    Decoder.#enter.call(this, depth);
    const parts = {
      className: this.#string("an error's class"),
      name: this.#string("an error's name"),
      message: this.#string("an error's message"),
      fields: []
    };
    const stack = Decoder.#value.call(this, NO_CONTAINER);
    if (typeof stack === "string") parts.stack = stack;
    else if (stack !== null) throw new Error("an error's stack is not a string");
    const bits = this.readByte();
    if (bits & ERROR_HAS_CAUSE) parts.cause = {
      value: Decoder.#value.call(this, depth + 1)
    };
    if (bits & ERROR_HAS_ERRORS) parts.errors = Decoder.#value.call(this, depth + 1);
    while (this.at < this.end) {
      Decoder.#spend.call(this, COST.pairOfMany);
      parts.fields.push([
        Decoder.#key.call(this),
        Decoder.#value.call(this, depth + 1)
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
  static { this.prototype.reserve = (function (n) {
    this.room(n);
    const offset = this.end;
    this.end += n;
    this.bytes.fill(0, offset, this.end);
    return offset;
  }); }
  /**
   * Writes a big-endian 32-bit number over bytes that are already there.
   *
   * @throws {RangeError} if the four bytes were not written or reserved before
   */
  static { this.prototype.patchUint32 = (function (offset, value) {
    if (!(offset >= 0 && offset + 4 <= this.end)) {
      throw new RangeError(`Cannot patch at ${offset} as only ${this.end} bytes are written`);
    }
    this.data.setUint32(offset, value);
  }); }
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
  static { this.prototype.view = (function () {
    return this.bytes.subarray(0, this.end);
  }); }
  /** What was written, for the caller to keep; the buffer is empty afterwards. */
  static { this.prototype.take = (function () {
    const handOver = this.bytes.length > KEEP_BYTES && this.end * 2 > this.bytes.length;
    const taken = handOver ? this.view() : this.bytes.slice(0, this.end);
    this.clear();
    return taken;
  }); }
  /** Empties the buffer, and gives back its memory if one message made it larger than 1 MiB. */
  static { this.prototype.clear = (function () {
    this.end = 0;
    if (this.bytes.length > KEEP_BYTES) this.#replace(new Uint8Array(this.#initialBytes));
  }); }
  /** Makes sure that `n` more bytes fit. */
  static { this.prototype.room = (function (n) {
    if (this.end + n > this.bytes.length) this.#grow(this.end + n);
  }); }
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
  static { this.prototype.writeByte = (function (byte) {
    this.room(1);
    this.bytes[this.end++] = byte;
  }); }
  /** Integers in their smallest form, everything else, -0 included, as a 64-bit float. */
  static { this.prototype.writeNumber = (function (value) {
    this.room(9);
    if ((value | 0) === value && !Object.is(value, -0)) return FormatWriter.#int32.call(this, value);
    const at = this.end;
    if (!Number.isSafeInteger(value) || value === 0) {
      this.bytes[at] = 203;
      this.data.setFloat64(at + 1, value);
      this.end += 9;
    } else if (value > 0 && value < UINT324) {
      FormatWriter.#wide.call(this, 206, value, 4);
    } else {
      this.bytes[at] = value < 0 ? 211 : 207;
      this.data.setUint32(at + 1, Math.floor(value / UINT324));
      this.data.setUint32(at + 5, value);
      this.end += 9;
    }
  }); }
  static #int32 = (function (value) {
    if (value >= 0) {
      if (value < 128) this.bytes[this.end++] = value;
      else if (value < 256) FormatWriter.#wide.call(this, 204, value, 1);
      else if (value < 65536) FormatWriter.#wide.call(this, 205, value, 2);
      else FormatWriter.#wide.call(this, 206, value, 4);
    } else {
      if (value >= -32) this.bytes[this.end++] = value;
      else if (value >= -128) FormatWriter.#wide.call(this, 208, value, 1);
      else if (value >= -32768) FormatWriter.#wide.call(this, 209, value, 2);
      else FormatWriter.#wide.call(this, 210, value, 4);
    }
  });
  /** A code and a big-endian number of 1, 2 or 4 bytes; needs room for them. */
  static #wide = (function (code, value, size) {
    const at = this.end;
    this.bytes[at] = code;
    if (size === 1) this.bytes[at + 1] = value;
    else if (size === 2) this.data.setUint16(at + 1, value);
    else this.data.setUint32(at + 1, value);
    this.end = at + 1 + size;
  });
  static { this.prototype.writeString = (function (text) {
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
  }); }
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
    else FormatWriter.#lengthHeader.call(this, 217, length);
  }
  static { this.prototype.writeBinHeader = (function (length) {
    this.room(5);
    FormatWriter.#lengthHeader.call(this, 196, length);
  }); }
  static { this.prototype.writeArrayHeader = (function (count) {
    FormatWriter.#countHeader.call(this, 144, 220, count);
  }); }
  static { this.prototype.writeMapHeader = (function (count) {
    FormatWriter.#countHeader.call(this, 128, 222, count);
  }); }
  static #countHeader = (function (tiny, code16, count) {
    this.room(5);
    if (count < 16) this.bytes[this.end++] = tiny | count;
    else if (count < 65536) FormatWriter.#wide.call(this, code16, count, 2);
    else FormatWriter.#wide.call(this, code16 + 1, count, 4);
  });
  /** The codes for 8, 16 and 32 bits follow each other; needs room for them. */
  static #lengthHeader = (function (code8, length) {
    if (length < 256) FormatWriter.#wide.call(this, code8, length, 1);
    else if (length < 65536) FormatWriter.#wide.call(this, code8 + 1, length, 2);
    else FormatWriter.#wide.call(this, code8 + 2, checkLength(length), 4);
  });
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
    else FormatWriter.#lengthHeader.call(this, 199, length);
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
  static { this.prototype.append = (function (content) {
    this.room(content.length);
    this.bytes.set(content, this.end);
    this.end += content.length;
  }); }
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
  static { this.prototype.write = (function (value, limits) {
    const start = this.end;
    this.#items = this.#mostItems = limits?.items ?? Infinity;
    this.mostBytes = start + (limits?.bytes ?? Infinity);
    this.#alarmDepth = Math.min(this.#maxDepth, SUSPICIOUS_DEPTH);
    this.#start = start;
    this.#root = value;
    try {
      Encoder.#value.call(this, value, 1);
      if (this.end > this.mostBytes) throw new TooLarge("bytes", this.mostBytes);
    } catch (error) {
      this.truncate(start);
      if (error instanceof TooLarge) throw error.unit === "bytes" ? new TooLarge("bytes", limits.bytes) : error;
      throw explain(value, this.#maxDepth) ?? new NotSendable(`Cannot send $: ${textOf(error)}`, "$");
    } finally {
      this.#root = void 0;
      this.mostBytes = Infinity;
    }
  }); }
  static { this.prototype.spend = (function (cost) {
    this.#items -= cost;
    if (this.#items < 0) throw new TooLarge("items", this.#mostItems);
  }); }
  /** `depth` is that of the value if it is a container, from 1. */
  static #value = (function (value, depth) {
    switch (typeof value) {
      case "string":
        return this.writeString(value);
      case "number":
        return this.writeNumber(value);
      case "boolean":
        return this.writeByte(value ? 195 : 194);
      case "object":
        if (value === null) return this.writeByte(192);
        return Encoder.#object.call(this, value, depth);
      case "undefined":
        return this.writeConstant(CONSTANT_UNDEFINED);
      case "bigint":
        this.spend(COST.value);
        return this.writeExtension(EXT_BIGINT, packBigInt(value));
      default:
        throw new Error(refusal(value));
    }
  });
  static #object = (function (value, depth) {
    if (Array.isArray(value)) return Encoder.#array.call(this, value, depth);
    const prototype = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) {
      return Encoder.#record.call(this, value, depth);
    }
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return Encoder.#binary.call(this, value);
    if (value instanceof Date) return this.#date(value);
    if (value instanceof Map) return this.#map(value, depth);
    if (value instanceof Set) return this.#set(value, depth);
    if (isError(value)) return this.#error(value, depth);
    if (value instanceof RegExp) return this.#parts(EXT_REGEXP, value.source, value.flags);
    if (value instanceof URL) return this.#parts(EXT_URL, value.href);
    const reason = refusal(value);
    if (reason !== void 0) throw new Error(reason);
    return Encoder.#record.call(this, value, depth);
  });
  static #enter = (function (depth) {
    if (depth > this.#alarmDepth) this.#suspect(depth);
  });
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
  static #record = (function (record, depth) {
    Encoder.#enter.call(this, depth);
    const keys2 = Object.keys(record);
    this.spend(costOfPairs(keys2.length) + COST.container);
    this.writeMapHeader(keys2.length);
    for (let i = 0; i < keys2.length; i++) {
      const key = keys2[i];
      this.writeString(key);
      Encoder.#value.call(this, record[key], depth + 1);
    }
  });
  static #array = (function (array, depth) {
    Encoder.#enter.call(this, depth);
    if (hasHoles(array)) return this.#sparse(array, depth);
    const length = array.length;
    this.spend(length + COST.container);
    this.writeArrayHeader(length);
    for (let i = 0; i < length; i++) Encoder.#value.call(this, array[i], depth + 1);
  });
  #sparse(array, depth) {
    this.spend(COST.collection);
    const start = this.openExtension(EXT_SPARSE);
    this.writeNumber(array.length);
    for (const index of indexesOf(array)) {
      this.spend(COST.entry);
      this.writeNumber(index);
      Encoder.#value.call(this, array[index], depth + 1);
    }
    this.closeExtension(start);
  }
  #map(map, depth) {
    Encoder.#enter.call(this, depth);
    this.spend(COST.collection + COST.entry * map.size);
    const start = this.openExtension(EXT_MAP);
    for (const [key, value] of map) {
      Encoder.#value.call(this, key, depth + 1);
      Encoder.#value.call(this, value, depth + 1);
    }
    this.closeExtension(start);
  }
  #set(set, depth) {
    Encoder.#enter.call(this, depth);
    this.spend(COST.collection + COST.entry * set.size);
    const start = this.openExtension(EXT_SET);
    for (const value of set) Encoder.#value.call(this, value, depth + 1);
    this.closeExtension(start);
  }
  #error(error, depth) {
    Encoder.#enter.call(this, depth);
    const { className, name, message, stack, cause, errors, fields } = errorParts(error);
    this.spend(COST.error + COST.pairOfMany * fields.length);
    const start = this.openExtension(EXT_ERROR);
    this.writeString(className);
    this.writeString(name);
    this.writeString(message);
    Encoder.#value.call(this, stack ?? null, depth);
    this.writeByte((cause ? ERROR_HAS_CAUSE : 0) | (errors === void 0 ? 0 : ERROR_HAS_ERRORS));
    if (cause !== void 0) Encoder.#value.call(this, cause.value, depth + 1);
    if (errors !== void 0) Encoder.#value.call(this, errors, depth + 1);
    for (const [key, value] of fields) {
      this.writeString(key);
      Encoder.#value.call(this, value, depth + 1);
    }
    this.closeExtension(start);
  }
  #date(date) {
    this.spend(COST.value);
    if (Number.isNaN(date.getTime())) return this.writeConstant(CONSTANT_INVALID_DATE);
    this.writeExtension(EXT_TIMESTAMP, packDate(date));
  }
  static #binary = (function (source) {
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
  });
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
var KEPT_LEVELS = 16;
var KEPT_ERRORS = 1e3;
var FIELD_DEPTH = 200;
function sendableError(error) {
  const copier = new Copier();
  const copy = copier.copy(error, 0);
  if (attempt(() => roundTrip(copy, void 0)) !== void 0) return copy;
  const { name, message, stack } = copier.bareParts(error);
  return rebuildError({
    className: "Error",
    name,
    message,
    stack,
    fields: []
  });
}
function resultError(error) {
  if (error instanceof TooLarge) {
    const { unit, limit } = error;
    const option = unit === "bytes" ? "maxResultBytes" : "maxResultItems";
    return new TaskError("RESULT_TOO_LARGE", `Cannot send the result: it has more than ${limit} ${unit}, the server's ${option}; yield it in parts, or write it to a file`);
  }
  if (!(error instanceof NotSendable)) return error;
  return new NotSendable(`Cannot send the result: ${error.message}`, error.path, "RESULT_NOT_SENDABLE");
}
var Copier = class {
  #left = KEPT_ERRORS;
  copy(thrown, level) {
    this.#left--;
    if (!isErrorSafely(thrown)) return this.#wrap(thrown, level);
    const { cause, errors, fields } = errorParts(thrown, attempt);
    const parts = this.bareParts(thrown);
    if (cause !== void 0) parts.cause = this.#keep(cause.value, level);
    if (errors !== void 0) parts.errors = this.#keepAll(errors, level);
    for (const [key, value] of fields) {
      const kept = this.#keep(value, level);
      if (kept !== void 0) parts.fields.push([
        key,
        kept.value
      ]);
    }
    return attempt(() => rebuildError(parts)) ?? rebuildError({
      ...parts,
      className: "Error"
    });
  }
  /** What is text in an error, cut. */
  bareParts(thrown) {
    const { className, name, message, stack } = errorParts(thrown, attempt);
    return {
      className: cut(className),
      name: cut(name),
      message: cut(message),
      stack: stack && cut(stack),
      fields: []
    };
  }
  #wrap(thrown, level) {
    const cause = this.#keep(thrown, level);
    const message = cut(`A value was thrown that is not an Error: ${textOf(thrown)}`);
    return new TaskError("THROWN_VALUE", message, cause && {
      cause: cause.value
    });
  }
  /** A copy in a box, or undefined for what has to be left out. */
  #keep(value, level) {
    if (!isErrorSafely(value)) return attempt(() => roundTrip(value, FIELD_DEPTH));
    return level < KEPT_LEVELS && this.#left > 0 ? {
      value: this.copy(value, level + 1)
    } : void 0;
  }
  #keepAll(errors, level) {
    const list = attempt(() => Array.prototype.slice.call(errors, 0, KEPT_ERRORS)) ?? [];
    return list.map((error) => this.#keep(error, level)).filter((kept) => kept !== void 0).map((kept) => kept.value);
  }
};
function roundTrip(value, maxDepth) {
  const encoder2 = new Encoder(void 0, maxDepth);
  encoder2.write(value);
  return {
    value: new Decoder(encoder2.view(), DEFAULT_MAX_DEPTH, false).read()
  };
}
function isErrorSafely(value) {
  return typeof value === "object" && value !== null && attempt(() => isError(value)) === true;
}
function attempt(read) {
  try {
    return read();
  } catch {
    return void 0;
  }
}
function cut(text) {
  return text.length > KEPT_TEXT ? text.slice(0, KEPT_TEXT) : text;
}

// wire/codec.ts
var shared = new Encoder();
var sharedIsBusy = false;


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


// wire/message.ts
var PROTOCOL_VERSION = 2;
var Kind = {
  call: 0,
  reply: 1,
  error: 2,
  push: 3,
  bye: 4,
  ping: 5,
  pong: 6
};
var MAX_LOG_CHARS = 4 * 1024 * 1024;
var WorkerItem = {
  started: 0,
  value: 1,
  error: 2,
  state: 3
};

// wire/token.ts
var TOKEN_BYTES = 32;


// core/own_bytes.ts
var LARGE_BUFFER_BYTES = 1024 * 1024;



// wire/envelope_head.ts
var HEAD_BYTES = 32;
var LIST_OF = 144;
var TEXT_OF = 160;
var LONGEST_NAME = 15;
var NUMBER_BYTES = [
  1,
  2,
  4,
  8,
  1,
  2,
  4,
  8
];
function nameOf(head) {
  let at = 2;
  if (head[0] === LIST_OF + 4 && head[1] === Kind.call) at += numberBytes(head[at]);
  else if (head[0] !== LIST_OF + 3 || head[1] !== Kind.push) return null;
  const length = head[at] - TEXT_OF;
  if (!(length >= 0 && length <= LONGEST_NAME) || at + 1 + length > head.length) return null;
  return String.fromCharCode(...head.subarray(at + 1, at + 1 + length));
}
function numberBytes(code) {
  return 1 + (NUMBER_BYTES[code - 204] ?? 0);
}

// wire/frame.ts
var DEFAULT_FRAME_BYTES = 64 * 1024 * 1024;
var PLAIN_FRAME_BYTES = 4 * 1024 * 1024;
var HEADER_BYTES = 4;
var INITIAL_BYTES = 16 * 1024;
var SMALLEST_READ_BYTES = 4 * 1024;
var FrameDecoder = class {
  /** Frames longer than this are refused; the limit rises after the handshake. */
  maxFrameBytes;
  #buffer = new Uint8Array(INITIAL_BYTES);
  #start = 0;
  #end = 0;
  /** The buffer has just the size of the frame that is arriving. */
  #isExact = false;
  /** Messages that may be larger than {@linkcode PLAIN_FRAME_BYTES}; null: any may. */
  #largeNames;
  /** A decoder with a limit in bytes for one frame, and the names of calls and pushes that alone may be large. */
  constructor(maxFrameBytes, largeNames = null) {
    this.maxFrameBytes = maxFrameBytes;
    this.#largeNames = largeNames;
  }
  /** Room for the next read, never empty. Grows only when what has arrived fills the buffer, whatever a length claims. */
  static { this.prototype.space = (function () {
    if (this.#start === this.#end) {
      this.#start = this.#end = 0;
      this.#isExact = false;
      if (this.#buffer.length > LARGE_BUFFER_BYTES) this.#buffer = new Uint8Array(INITIAL_BYTES);
    }
    if (this.#buffer.length - this.#end < SMALLEST_READ_BYTES && !this.#isExact) this.#makeRoom();
    return this.#buffer.subarray(this.#end);
  }); }
  /** Says that `count` bytes were read into what `space()` gave. */
  advance(count) {
    this.#end += count;
  }
  /**
   * The next whole frame, or null when it has not all arrived.
   *
   * @throws {TaskError} `FRAME_TOO_LARGE` as soon as the length is known, or the name of a message that may not be as
   * large; before anything is allocated for it.
   */
  static { this.prototype.next = (function () {
    const length = FrameDecoder.#frameLength.call(this);
    if (length < 0 || this.#end - this.#start < HEADER_BYTES + length) return null;
    const from = this.#start + HEADER_BYTES;
    this.#start = from + length;
    const frame = this.#buffer.subarray(from, this.#start);
    if (isMostOfBuffer(frame)) this.#handOver();
    return frame;
  }); }
  /** True when the stream may end here: no frame has begun. */
  get isBetweenFrames() {
    return this.#start === this.#end;
  }
  /** Bytes that have come, of frames that were not given. */
  get heldBytes() {
    return this.#end - this.#start;
  }
  static #frameLength = (function () {
    if (this.#end - this.#start < HEADER_BYTES) return -1;
    const b = this.#buffer;
    const s = this.#start;
    const length = b[s] * 16777216 + (b[s + 1] << 16 | b[s + 2] << 8 | b[s + 3]);
    if (length > this.maxFrameBytes) {
      throw new TaskError("FRAME_TOO_LARGE", `Cannot read a frame of ${length} bytes: at most ${this.maxFrameBytes} are allowed here`);
    }
    if (length > PLAIN_FRAME_BYTES && this.#largeNames !== null) return this.#ofLarge(length, this.#largeNames);
    return length;
  });
  /** The length of a large frame once it is known what it is; -1 until then. */
  #ofLarge(length, names) {
    const from = this.#start + HEADER_BYTES;
    if (this.#end - from < HEAD_BYTES) return -1;
    const name = nameOf(this.#buffer.subarray(from, from + HEAD_BYTES));
    if (name !== null && names.has(name)) return length;
    throw new TaskError("FRAME_TOO_LARGE", `Cannot read a frame of ${length} bytes: at most ${PLAIN_FRAME_BYTES} are allowed for what has no payload`);
  }
  #handOver() {
    const rest = this.#buffer.subarray(this.#start, this.#end);
    this.#buffer = new Uint8Array(Math.max(INITIAL_BYTES, 2 * rest.length));
    this.#buffer.set(rest);
    this.#start = 0;
    this.#end = rest.length;
    this.#isExact = false;
  }
  #makeRoom() {
    const held = this.#end - this.#start;
    const whole = HEADER_BYTES + FrameDecoder.#frameLength.call(this);
    this.#isExact = whole > LARGE_BUFFER_BYTES && held * 4 >= whole;
    if (this.#isExact) return this.#moveTo(new Uint8Array(whole));
    this.#moveTo(held <= this.#buffer.length / 2 ? this.#buffer : new Uint8Array(2 * this.#buffer.length));
  }
  #moveTo(target) {
    const held = this.#end - this.#start;
    target.set(this.#buffer.subarray(this.#start, this.#end));
    this.#buffer = target;
    this.#start = 0;
    this.#end = held;
  }
};

// wire/transport.ts
var APART_BYTES = 256 * 1024;
var HIGH_WATER_BYTES = 1024 * 1024;
var Transport = class {
  /** Largest frame that will be read or sent. */
  #maxFrameBytes;
  #stream;
  #decoder;
  #outbox = newOutbox();
  /** Takes the outbox's place while that is being written: a copy into fresh memory costs more than the write itself. */
  #other = newOutbox();
  #flushing = null;
  #scheduled = false;
  #inFlightBytes = 0;
  #closed = false;
  #failure = null;
  #decoding;
  #drainWaiters = [];
  #bytesRead = 0;
  #bytesWritten = 0;
  /** Takes over a stream. `maxFrameBytes` bounds one message, `budget` what is made of one that comes. */
  constructor(stream, maxFrameBytes = DEFAULT_FRAME_BYTES, budget = REPLY_BUDGET) {
    this.#decoding = {
      views: true,
      budget
    };
    this.#stream = stream;
    this.#maxFrameBytes = maxFrameBytes;
    this.#decoder = new FrameDecoder(maxFrameBytes, budget.largeNames);
  }
  /** The limit for one frame, in bytes; it can be raised and lowered. */
  get maxFrameBytes() {
    return this.#maxFrameBytes;
  }
  set maxFrameBytes(bytes) {
    this.#maxFrameBytes = bytes;
    this.#decoder.maxFrameBytes = bytes;
  }
  /** Bytes that came, since the beginning. */
  get bytesRead() {
    return this.#bytesRead;
  }
  /** Bytes that the system took, since the beginning. */
  get bytesWritten() {
    return this.#bytesWritten;
  }
  /** Bytes that were sent here and are not yet with the system. */
  get bufferedBytes() {
    return this.#outbox.total + this.#inFlightBytes;
  }
  /** True while a write is under way. */
  get isWriting() {
    return this.#inFlightBytes > 0;
  }
  /** Bytes that have come and were not received. */
  get aheadBytes() {
    return this.#decoder.heldBytes;
  }
  /**
   * Queues one message. Large byte strings in it must not change until it has left. Never waits; look at {@linkcode
   * Transport.bufferedBytes} and await {@linkcode Transport.drained} before sending much.
   *
   * @throws {NotSendable} when the message holds something that cannot be encoded; nothing is sent then.
   * @throws {TaskError} `FRAME_TOO_LARGE` when it is larger than the other side will take; nothing is sent then.
   */
  static { this.prototype.send = (function (message) {
    if (this.#closed) return;
    const before = this.#outbox.total;
    const at = this.#outbox.reserve(4);
    try {
      this.#outbox.write(message, {
        bytes: this.#maxFrameBytes,
        items: Infinity
      });
      this.#outbox.patchUint32(at, this.#outbox.total - before - 4);
    } catch (error) {
      this.#outbox.truncate(at);
      if (!(error instanceof TooLarge)) throw error;
      throw new TaskError("FRAME_TOO_LARGE", `Cannot send the message: it has more than the ${this.#maxFrameBytes} bytes that are allowed`);
    }
    if (this.#scheduled || this.#flushing) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#flushing ??= Transport.#flush.call(this);
    });
  }); }
  /** Resolves when little enough is buffered, or when the transport is closed. */
  drained() {
    if (this.#closed || this.bufferedBytes < HIGH_WATER_BYTES) return Promise.resolve();
    return new Promise((resolve) => this.#drainWaiters.push(resolve));
  }
  /** Resolves when all that was sent is with the system, or when the transport is closed. */
  async flushed() {
    while (!this.#closed && this.bufferedBytes > 0) await (this.#flushing ??= Transport.#flush.call(this));
  }
  /**
   * The next message, or null at a clean end. Byte strings in it are views that are valid until the next call.
   *
   * @throws {TaskError} `FRAME_TOO_LARGE`, `MALFORMED_MESSAGE`, or `CONNECTION_CLOSED` when the stream broke.
   */
  async receive() {
    for (; ; ) {
      const message = this.receiveBuffered();
      if (message !== void 0) return message;
      if (!await this.read()) return null;
    }
  }
  /**
   * Reads some bytes, of which {@linkcode Transport.receiveBuffered} then makes messages; false at a clean end.
   *
   * @throws {TaskError} `CONNECTION_CLOSED` when the stream broke.
   */
  static { this.prototype.read = (async function () {
    let count;
    try {
      count = await this.#stream.read(this.#decoder.space());
    } catch (error) {
      throw new TaskError("CONNECTION_CLOSED", "The connection broke", {
        cause: this.#failure ?? error
      });
    }
    if (count !== null) {
      this.#decoder.advance(count);
      this.#bytesRead += count;
      return true;
    }
    if (this.#decoder.isBetweenFrames) return false;
    throw new TaskError("CONNECTION_CLOSED", "The connection ended within a frame");
  }); }
  /** A message that has already arrived, or undefined; so that a loop need not await each one. */
  static { this.prototype.receiveBuffered = (function () {
    const frame = this.#decoder.next();
    if (frame === null) return void 0;
    const message = decode(frame, this.#decoding);
    if (message == null) throw new TaskError("MALFORMED_MESSAGE", "Cannot read the message: it holds nothing");
    return message;
  }); }
  /** Closes at once; closing twice is fine. What is still buffered is dropped: await `flushed()` first to keep it. */
  close() {
    if (this.#closed) return;
    this.#closed = true;
    this.#outbox.clear();
    try {
      this.#stream.close();
    } catch {
    }
    Transport.#wakeDrainWaiters.call(this);
  }
  static #flush = (async function () {
    try {
      while (this.#outbox.total > 0 && !this.#closed) {
        const leaving = this.#outbox;
        this.#outbox = this.#other;
        this.#other = leaving;
        this.#inFlightBytes = leaving.total;
        if (leaving.isWhole) await Transport.#write.call(this, leaving.view());
        else for (const part of leaving.parts()) await Transport.#write.call(this, part);
        leaving.clear();
        if (this.bufferedBytes < HIGH_WATER_BYTES) Transport.#wakeDrainWaiters.call(this);
      }
    } catch (error) {
      this.#failure = error;
      this.close();
    } finally {
      this.#inFlightBytes = 0;
      this.#flushing = null;
    }
  });
  static #write = (async function (bytes) {
    for (let sent = 0; sent < bytes.length; ) {
      const count = await this.#stream.write(sent === 0 ? bytes : bytes.subarray(sent));
      sent += count;
      this.#bytesWritten += count;
      this.#inFlightBytes -= count;
    }
  });
  static #wakeDrainWaiters = (function () {
    const waiters = this.#drainWaiters;
    this.#drainWaiters = [];
    for (const wake of waiters) wake();
  });
};


// procedures/defined_function.ts
var DEFINED = Symbol.for("palpable.defined");


// procedures/procedure.ts
var Procedure = class {
  /** Where the class can be imported from: `static override module = import.meta.url`. */
  static module = "";
};
var MARK = Symbol.for("palpable.procedure");
Object.defineProperty(Procedure.prototype, MARK, {
  value: true
});
function isProcedure(value) {
  return typeof value === "object" && value !== null && MARK in value;
}

// process/load_target.ts

function loadedTarget(target) {
  if (target !== latest?.target) latest = {
    target,
    loaded: loaded.get(keyOf(target))
  };
  return latest.loaded;
}
var loaded = /* @__PURE__ */ new Map();
var latest = null;

var loading = {
  quotes: true,
  hasFailed: false
};

var COMPILER = `data:application/javascript,export default (t) => (0, eval)('"use strict";(' + t + '\\n)\\n//%23 sourceURL=data:,')`;





// procedures/messenger.ts
var MESSENGER = Symbol.for("palpable.messenger");
var LINK = Symbol.for("palpable.link");

// core/clock.ts
var MAX_DELAY_MS = 2 ** 31 - 1;
var systemClock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(0, delayMs), MAX_DELAY_MS));
    return () => clearTimeout(timer);
  }
};

// wire/answers.ts
var MAX_INBOUND_CALLS = 4096;
var Answers = class {
  #params;
  #underWay = 0;
  #onFreed = null;
  constructor(params) {
    this.#params = params;
  }
  /** Calls that have no answer yet. */
  get underWay() {
    return this.#underWay;
  }
  /** No further call may be taken. */
  get isAtLimit() {
    return this.#underWay >= MAX_INBOUND_CALLS;
  }
  /** Resolves when a call has been answered, or at {@linkcode Answers.release}. For one waiter at a time. */
  freed() {
    return new Promise((free) => this.#onFreed = free);
  }
  /** Wakes who waits for room: there will be nothing more to take. */
  release() {
    this.#onFreed?.();
    this.#onFreed = null;
  }
  /** Takes a call and sends its answer, at once or when it is known. */
  answer(callId, command, body) {
    let answer;
    try {
      answer = this.#params.onCall(command, body);
    } catch (error) {
      this.#reject(callId, error);
      return;
    }
    if (!(answer instanceof Promise)) {
      this.#reply(callId, answer);
      return;
    }
    this.#underWay++;
    answer.then((value) => this.#reply(callId, value), (error) => this.#reject(callId, error)).finally(() => {
      this.#underWay--;
      this.release();
    });
  }
  #reply(callId, body) {
    try {
      this.#params.send([
        Kind.reply,
        callId,
        body
      ]);
    } catch (error) {
      this.#reject(callId, error);
    }
  }
  #reject(callId, error) {
    sendError(this.#params.send, (sendable) => [
      Kind.error,
      callId,
      sendable
    ], error);
  }
};
function sendError(send, envelope, error) {
  const sendable = sendableError(error);
  try {
    send(envelope(sendable));
  } catch {
    const code = sendable instanceof TaskError ? sendable.code : "INTERNAL";
    const bare = new TaskError(code, `${sendable.name}: ${sendable.message}`.slice(0, 200));
    delete bare.stack;
    send(envelope(bare));
  }
}

// wire/pending_calls.ts
var PendingCalls = class {
  #byId = /* @__PURE__ */ new Map();
  #lastId = 0;
  /** How many there are. */
  get size() {
    return this.#byId.size;
  }
  /** Makes a call; what `send` throws refuses it. */
  make(send) {
    return new Promise((resolve, reject) => {
      const callId = ++this.#lastId;
      send(callId);
      this.#byId.set(callId, {
        resolve,
        reject
      });
    });
  }
  /** Whoever awaits a reply looks at it in a later turn, when its byte strings may be overwritten: they are copied. */
  resolve(callId, body) {
    this.#take(callId)?.resolve(ownCopy(body));
  }
  /** Fails a call. */
  reject(callId, error) {
    this.#take(callId)?.reject(decode(encode(error)));
  }
  /** Fails all of them. */
  rejectAll(reason) {
    const pending = [
      ...this.#byId.values()
    ];
    this.#byId.clear();
    for (const call2 of pending) call2.reject(reason);
  }
  #take(callId) {
    const pending = this.#byId.get(callId);
    this.#byId.delete(callId);
    return pending;
  }
};
function ownCopy(body) {
  if (body instanceof Uint8Array) return ownBytes(body);
  return Array.isArray(body) ? body.map(ownCopy) : body;
}

// wire/peer.ts
var BYTES_READ_PER_MS = 1024 * 1024;
var FAREWELL_MS = 1e3;
var AHEAD_BYTES = 64 * 1024;
var Peer = class {
  /** Resolves when the connection has ended, with the reason. */
  closed;
  /** Told when something is outstanding. */
  watch = null;
  #transport;
  #handler;
  #pending = new PendingCalls();
  #answers;
  /** A read that was begun while no call could be taken. */
  #reading = null;
  #clock;
  #readsOnlyWhenRead;
  #turns;
  #reason = null;
  #saidBye = false;
  #silentMs = 0;
  /** Starts reading at once; calls to the handler begin in a later turn. */
  constructor(transport, handler, options = {}) {
    this.#readsOnlyWhenRead = options.readsOnlyWhenRead ?? false;
    this.#turns = options.turns ?? null;
    this.#transport = transport;
    this.#handler = handler;
    this.#clock = options.clock ?? systemClock;
    this.#answers = new Answers({
      onCall: (command, body) => handler.onCall(command, body),
      send: (envelope) => Peer.#send.call(this, envelope)
    });
    this.closed = Peer.#run.call(this);
  }
  /** Why the connection ended, or null while it lives. */
  get closeReason() {
    return this.#reason;
  }
  /** True when the other side took its leave, rather than being lost. */
  get saidBye() {
    return this.#saidBye;
  }
  /** How long the other side had been silent when it was given up for that, in milliseconds; else 0. */
  get silentMs() {
    return this.#silentMs;
  }
  /** True while a call, of either side, has no answer, or bytes wait to leave. */
  get isBusy() {
    return this.#pending.size > 0 || this.#answers.underWay > 0 || this.bufferedBytes > 0;
  }
  /** What tells whether the other side is there. */
  get vitals() {
    const { bytesRead, bytesWritten, isWriting, aheadBytes } = this.#transport;
    return {
      received: bytesRead,
      written: bytesWritten,
      isFull: isWriting,
      queued: bytesWritten + this.bufferedBytes,
      isAtLimit: this.#answers.isAtLimit && aheadBytes >= AHEAD_BYTES
    };
  }
  /** Largest message, in bytes. */
  get maxFrameBytes() {
    return this.#transport.maxFrameBytes;
  }
  /** Bytes waiting to leave. */
  get bufferedBytes() {
    return this.#transport.bufferedBytes;
  }
  /** Resolves when little enough is buffered to send more. */
  drained() {
    return this.#transport.drained();
  }
  /** Resolves when all that was sent is with the system. */
  flushed() {
    return this.#transport.flushed();
  }
  /**
   * Calls the other side.
   *
   * @throws what the other side raised; `CONNECTION_CLOSED` when the connection ends first; {@linkcode NotSendable}.
   */
  call(command, body) {
    return this.#pending.make((callId) => {
      if (this.#reason !== null) throw this.#reason;
      Peer.#send.call(this, [
        Kind.call,
        callId,
        command,
        body
      ]);
    });
  }
  /** Sends a message that wants no answer; does nothing once the connection has ended. */
  static { this.prototype.push = (function (topic, body) {
    Peer.#send.call(this, [
      Kind.push,
      topic,
      body
    ]);
  }); }
  /**
   * Ends the connection, telling the other side why after all that was sent before. One that does not read that within
   * {@linkcode FAREWELL_MS} is left without, and what it did not read is dropped. Closing twice is fine.
   */
  async close(reason = new TaskError("CONNECTION_CLOSED", "The connection was closed")) {
    if (this.#reason === null) {
      this.#sayBye(reason);
      this.#settleAll(reason);
      await this.#flushedOrLate();
      this.#endTransport();
    }
    await this.closed;
  }
  /** Ends the connection now; what is buffered is dropped. */
  abort(reason) {
    this.#settleAll(reason);
    this.#endTransport();
  }
  /** Ends the connection now, because nothing came for so many milliseconds. */
  fallSilent(ms) {
    this.#silentMs = ms;
    this.abort(new TaskError("CONNECTION_CLOSED", `The other side was silent for ${ms} ms, and answered no ping`));
  }
  /** Asks whether anybody is there. */
  ping() {
    this.#transport.send([
      Kind.ping
    ]);
  }
  #endTransport() {
    this.#transport.close();
    this.#answers.release();
  }
  static #send = (function (envelope) {
    this.#transport.send(envelope);
    if (this.watch !== null && !this.watch.isArmed) this.watch.arm();
  });
  static #run = (async function () {
    let reason;
    await null;
    try {
      reason = await Peer.#readLoop.call(this);
    } catch (error) {
      reason = error instanceof TaskError ? error : new TaskError("MALFORMED_MESSAGE", String(error), {
        cause: error
      });
      if (this.#reason === null && reason.code !== "CONNECTION_CLOSED") {
        this.#settleAll(reason);
        void this.#sayByeAndClose(reason);
        return reason;
      }
    }
    this.#settleAll(reason);
    this.#transport.close();
    return this.#reason;
  });
  static #readLoop = (async function () {
    for (; ; ) {
      if (this.#readsOnlyWhenRead && this.#transport.bufferedBytes >= HIGH_WATER_BYTES) await this.#transport.drained();
      while (this.#answers.isAtLimit) {
        await this.#waitForRoom();
        if (this.#reason !== null && this.#answers.isAtLimit) return this.#reason;
      }
      if (this.#turns?.isOver) await this.#turns.others();
      const from = this.#turns === null ? 0 : performance.now();
      const message = this.#transport.receiveBuffered();
      if (message === void 0) {
        const before = this.#transport.bytesRead;
        const isOpen = await (this.#reading ?? this.#transport.read());
        this.#reading = null;
        if (!isOpen) return closedByOther();
        this.#turns?.worked((this.#transport.bytesRead - before) / BYTES_READ_PER_MS);
        continue;
      }
      const bye = this.#dispatch(message);
      if (bye !== null) return bye;
      if (this.#turns !== null) this.#turns.worked(performance.now() - from);
    }
  });
  /**
   * Waits until a call was answered, and reads ahead meanwhile: who is not read cannot be heard. What has come stays
   * where it is. At the end of what comes, or when the read fails, the loop is to see that only after what came before.
   */
  async #waitForRoom() {
    const freed = this.#answers.freed();
    let isFreed = false;
    freed.then(() => isFreed = true);
    while (!isFreed && this.#transport.aheadBytes < AHEAD_BYTES) {
      const reading = this.#reading ??= this.#transport.read();
      const isOpen = await Promise.race([
        reading.catch(() => false),
        freed.then(() => null)
      ]);
      if (isOpen === null) return;
      if (!isOpen) break;
      this.#reading = null;
    }
    await freed;
  }
  #dispatch(message) {
    if (!Array.isArray(message)) throw malformed("a frame must be an array");
    switch (message[0]) {
      case Kind.call:
        if (typeof message[1] !== "number" || typeof message[2] !== "string") {
          throw malformed("a call needs an id and a name");
        }
        this.#answers.answer(message[1], message[2], message[3]);
        if (this.watch !== null && !this.watch.isArmed) this.watch.arm();
        return null;
      case Kind.reply:
        this.#pending.resolve(message[1], message[2]);
        return null;
      case Kind.error:
        this.#pending.reject(message[1], message[2]);
        return null;
      case Kind.push:
        if (typeof message[1] !== "string") throw malformed("a push needs a topic");
        this.#handler.onPush(message[1], message[2]);
        return null;
      case Kind.bye:
        this.#saidBye = true;
        return message[1] instanceof TaskError ? message[1] : closedByOther();
      case Kind.ping:
        this.#transport.send([
          Kind.pong
        ]);
        return null;
      case Kind.pong:
        return null;
      default:
        throw malformed(`unknown kind ${String(message[0])}`);
    }
  }
  #settleAll(reason) {
    this.#reason ??= reason;
    this.#pending.rejectAll(this.#reason);
  }
  #sayBye(reason) {
    sendError((envelope) => this.#transport.send(envelope), (error) => [
      Kind.bye,
      error
    ], reason);
  }
  /** Nobody waits for this. */
  async #sayByeAndClose(reason) {
    this.#sayBye(reason);
    await this.#flushedOrLate();
    this.#transport.close();
  }
  /** What the other side does not read is kept for it so long, and no longer. */
  #flushedOrLate() {
    return new Promise((resolve) => {
      const unschedule = this.#clock.schedule(FAREWELL_MS, resolve);
      this.#transport.flushed().finally(() => {
        unschedule();
        resolve();
      });
    });
  }
};
function closedByOther() {
  return new TaskError("CONNECTION_CLOSED", "The other side closed the connection");
}
function malformed(what) {
  return new TaskError("MALFORMED_MESSAGE", `Cannot read the message: ${what}`);
}

// process/console_capture.ts
var LEVELS = {
  debug: "debug",
  trace: "debug",
  log: "info",
  info: "info",
  dir: "info",
  table: "info",
  warn: "warning",
  error: "error"
};


// procedures/function_source.ts
var HINT = 'put it into a module and pass remote<typeof import("./utils.ts")>(import.meta.resolve("./utils.ts")).name';
function outsideNameError(functionName, identifier) {
  return new TaskError("OUTSIDE_NAME", `Cannot run the function ${functionName} as sent: it uses "${identifier}", which is defined outside of it; ${HINT}`);
}

// process/stage_body.ts
var STAGE_INPUT = {
  ...resultBudget(),
  code: "ITEM_TOO_LARGE",
  named: "an item of a pipeline"
};
var StageBody = class {
  #code;
  #toError;
  #stage = null;
  #name = "";
  #encoder = new Encoder();
  #limits;
  /** `toError` makes of what was thrown what the caller is told; `limits` are those of each output. */
  constructor(code, toError, limits) {
    this.#code = code;
    this.#toError = toError;
    this.#limits = limits;
  }
  /** Does what is asked; null but for work. */
  async handle(request) {
    switch (request[0]) {
      case "start":
        await this.#start(request[1]);
        return null;
      case "work":
        return await this.#work(decodeItems(request[1], STAGE_INPUT));
      case "end":
        await this.#end();
        return null;
    }
  }
  async #start({ name, ...rest }) {
    this.#name = name;
    const context = Object.freeze({
      name,
      ...rest
    });
    if (!isClass(this.#code)) {
      const call2 = this.#code;
      this.#stage = {
        call: call2
      };
      return;
    }
    const stage = new this.#code(context);
    if (typeof stage.call !== "function" && typeof stage.callBatch !== "function") {
      throw new TaskError("NOT_CALLABLE", `Cannot use ${this.#code.name} as a stage: it has no call and no callBatch`);
    }
    await stage.init?.(context);
    this.#stage = stage;
  }
  async #work(items) {
    const from = performance.now();
    const stage = this.#stage;
    const outcomes = new Array(items.length);
    const ready = [];
    for (let i = 0; i < items.length; i++) {
      if (stage.preprocess === void 0) ready.push(i);
      else {
        try {
          items[i] = await stage.preprocess(items[i]);
          ready.push(i);
        } catch (error) {
          outcomes[i] = {
            error
          };
        }
      }
    }
    if (stage.callBatch !== void 0) await this.#callBatch(items, ready, outcomes);
    else {
      for (const i of ready) {
        try {
          const value = stage.call(items[i]);
          outcomes[i] = {
            value: isThenable(value) ? await value : value
          };
        } catch (error) {
          outcomes[i] = {
            error
          };
        }
      }
    }
    return this.#encode(performance.now() - from, outcomes);
  }
  async #callBatch(items, ready, outcomes) {
    if (ready.length === 0) return;
    try {
      const stage = this.#stage;
      const values = await stage.callBatch(ready.length === items.length ? items : ready.map((i) => items[i]));
      const isList = Array.isArray(values) || ArrayBuffer.isView(values) && "length" in values;
      if (!isList || values.length !== ready.length) {
        const given = isList ? `a list of ${values.length}` : "no list";
        throw new StageFailed(`Cannot use what callBatch of the stage ${this.#name} gave for ${ready.length} items: it is ${given}`, this.#name);
      }
      ready.forEach((i, at) => {
        const value = values[at];
        outcomes[i] = value instanceof Error ? {
          error: value
        } : {
          value
        };
      });
    } catch (error) {
      for (const i of ready) outcomes[i] = {
        error
      };
    }
  }
  /** One after the other: what cannot be sent costs its own item alone. */
  #encode(serviceMs, outcomes) {
    const encoder2 = this.#encoder;
    const failed = [];
    const ends = new Array(outcomes.length);
    for (let i = 0; i < outcomes.length; i++) {
      const outcome = outcomes[i];
      try {
        if ("value" in outcome) encoder2.write(outcome.value, this.#limits);
      } catch (error) {
        this.#writeError(resultError(error));
        failed.push(i);
      }
      if ("error" in outcome) {
        this.#writeError(outcome.error);
        failed.push(i);
      }
      ends[i] = encoder2.length;
    }
    return [
      serviceMs,
      failed,
      ends,
      encoder2.take()
    ];
  }
  #writeError(thrown) {
    const error = this.#toError(thrown);
    try {
      this.#encoder.write(error, this.#limits);
    } catch (refusal3) {
      this.#encoder.write(resultError(refusal3));
    }
  }
  async #end() {
    const stage = this.#stage;
    this.#stage = null;
    if (stage?.[Symbol.asyncDispose] !== void 0) await stage[Symbol.asyncDispose]();
    else stage?.[Symbol.dispose]?.();
  }
};
function isThenable(value) {
  return typeof value === "object" && value !== null && typeof value.then === "function";
}
function isClass(code) {
  return /^class\b/.test(Function.prototype.toString.call(code));
}

// process/worker_body.ts
async function runWorkerBody(body) {
  const { order, place, messenger, stream, call: call2 } = body;
  const [host, pid, tid] = place;
  stream.isDirect = order.isDirect;
  const { name, userId, parentId } = order;
  messenger.worker = {
    id: `${place.join(":")}${order.suffix}`,
    parentId,
    host,
    pid,
    tid,
    name,
    userId
  };
  messenger.userState = order.initState;
  write(body, [
    WorkerItem.started,
    ...place
  ]);
  await stream.flush();
  let result;
  try {
    result = order.isPersistent ? await serve(body) : await call2(decode(order.args));
  } catch (error) {
    try {
      write(body, [
        WorkerItem.state,
        messenger.userState
      ]);
    } catch {
    }
    void stream.flush();
    throw error;
  }
  write(body, [
    WorkerItem.state,
    messenger.userState
  ]);
  void stream.flush();
  return result;
}
async function serve(body) {
  const { order, messenger, stream, call: call2 } = body;
  const { signal } = messenger;
  const defaults = decode(order.args).length;
  signal.addEventListener("abort", () => stream.endInput(), {
    once: true
  });
  for (let count = 0; ; count++) {
    const { done, value } = await stream.nextInput();
    signal.throwIfAborted();
    if (done) return count;
    const given = value;
    const args = given.length < defaults ? [
      ...given,
      ...decode(order.args).slice(given.length)
    ] : given;
    let room;
    try {
      room = writeValue(body, await call2(args));
    } catch (thrown) {
      const error = body.toError(thrown);
      room = write(body, [
        WorkerItem.error,
        error
      ]);
      if (order.endsOnError) throw error;
    }
    if (room !== null) await room;
    signal.throwIfAborted();
  }
}
function writeValue(body, value) {
  try {
    return write(body, [
      WorkerItem.value,
      value
    ]);
  } catch (error) {
    throw resultError(error);
  }
}
function write({ stream }, item) {
  return stream.write(item);
}

// process/execute.ts

function executeItem(task, around, loaded2 = loadedTarget(task.target)) {
  const { outcomes } = around;
  const fail = (thrown) => {
    const error = asError(thrown, task);
    logFailure(error, around.messenger);
    around.flush();
    outcomes.failed(encodeError(error, outcomes.limits));
  };
  const succeed = (value) => {
    around.flush();
    try {
      outcomes.succeeded(value);
    } catch (error) {
      fail(resultError(error));
    }
  };
  try {
    const value = loaded2 === void 0 ? loadTarget(task.target).then((loaded3) => call(loaded3, task.input, around)) : call(loaded2, task.input, around);
    if (typeof value !== "object" || value === null || !isPending(value)) {
      succeed(value);
      return null;
    }
    outcomes.flushSoon();
    return Promise.resolve(value).then((value2) => settleValue(value2, null)).then(succeed, fail);
  } catch (thrown) {
    fail(thrown);
    return null;
  }
}
function isPending(value) {
  return typeof value.then === "function" || isGenerator(value);
}

function logFailure(error, messenger) {
  if (error.name === "TaskFailed") messenger.warning(error.message);
  else messenger.error(error.stack ?? String(error));
}

function callerOfStage(loaded2, toError, limits) {
  if (loaded2.kind !== "function") throw new Error("A stage is a class or a function");
  const stage = new StageBody(loaded2.fn, toError, limits);
  return (args) => stage.handle(args[0]);
}


function encodeError(error, limits) {
  try {
    return encode(error, {
      limits
    });
  } catch (refusal3) {
    const { code, message } = resultError(refusal3);
    return encode(new TaskError(code, `${message}. It was an error: ${error.name}: ${error.message.slice(0, 200)}`));
  }
}
function asError(thrown, task) {
  const error = sendableError(thrown);
  const identifier = task.target[0] === "source" ? outsideIdentifier(error) : null;
  return identifier === null ? error : outsideNameError(task.target[2], identifier);
}
function outsideIdentifier(error) {
  if (!(error instanceof ReferenceError)) return null;
  const match = /^(\S+) is not defined$/.exec(error.message);
  return match !== null && /\n\s+at [^\n]*data:/.test(error.stack ?? "") ? match[1] : null;
}

// process/leak_check.ts
var LeakCheck = class {
  #timers = /* @__PURE__ */ new Set();
  #resources;
  #globals;
  constructor() {
    this.#countTimers();
    this.#resources = new Set(openResources());
    this.#globals = globals();
  }
  /** What was left behind, in words; null when nothing was. */
  find() {
    if (this.#timers.size > 0) return `${this.#timers.size} timers that have not fired`;
    for (const resource of openResources()) {
      if (!this.#resources.has(resource)) return `an open resource (${resource.slice(resource.indexOf(" ") + 1)})`;
    }
    return this.#areGlobalsUntouched() ? null : this.#changedGlobal();
  }
  /** To look at all descriptors takes longer than the rest of a small task; this takes a third of it. */
  #areGlobalsUntouched() {
    const names = Object.getOwnPropertyNames(globalThis);
    const isSame = (known, i) => known.name === names[i] && Object.is(known.value, known.isGetter ? getterOf(known.name) : valueOf(known.name));
    try {
      return names.length === this.#globals.length && this.#globals.every(isSame);
    } catch {
      return false;
    }
  }
  #changedGlobal() {
    const known = new Map(this.#globals.map(({ name, value }) => [
      name,
      value
    ]));
    let count = 0;
    for (const { name, value } of globals()) {
      count++;
      if (!Object.is(known.get(name), value)) return `a changed global (${name})`;
    }
    return count === known.size ? null : "a removed global";
  }
  #countTimers() {
    const timers = this.#timers;
    const { setTimeout: setTimeout2, setInterval, clearTimeout: clearTimeout2, clearInterval } = globalThis;
    const counted = (callback, ms, ...args) => {
      const timer = setTimeout2(() => {
        timers.delete(timer);
        callback(...args);
      }, ms);
      timers.add(timer);
      return timer;
    };
    const countedInterval = (callback, ms, ...args) => {
      const timer = setInterval(callback, ms, ...args);
      timers.add(timer);
      return timer;
    };
    const forget = (clear) => (timer) => {
      timers.delete(timer);
      clear(timer);
    };
    define2("setTimeout", counted);
    define2("setInterval", countedInterval);
    define2("clearTimeout", forget(clearTimeout2));
    define2("clearInterval", forget(clearInterval));
  }
};
function define2(name, value) {
  Object.defineProperty(globalThis, name, {
    value,
    configurable: true,
    writable: true,
    enumerable: true
  });
}
function openResources() {
  const table = Deno[Deno.internal]?.core?.resources?.();
  return Object.entries(table ?? {}).map(([id, kind]) => `${id} ${kind}`);
}
function globals() {
  return Object.entries(Object.getOwnPropertyDescriptors(globalThis)).map(([name, { get, value }]) => ({
    name,
    value: get ?? value,
    isGetter: get !== void 0
  }));
}
function valueOf(name) {
  return globalThis[name];
}
function getterOf(name) {
  return globalThis.__lookupGetter__(name);
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
  for (const next of numbers) {
    if (next <= end) throw invalid("each must end behind the one before");
    end = next;
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

// process/outcome_line.ts
var YIELD_MS = 2;
var MAX_BYTES = 64 * 1024;
var OutcomeLine = class {
  /** Those of a result. */
  limits;
  #target;
  #values = new ValuePacker();
  /** Which of them are failures. */
  #failed = [];
  /** Monotonic milliseconds at which the first of them began. */
  #begunAt = 0;
  #timer;
  constructor(target, limits) {
    this.#target = target;
    this.limits = limits;
  }
  /** An item begins, behind others or as the first. */
  began(now) {
    if (this.#values.count === 0) this.#begunAt = now;
  }
  /**
   * An item gave this.
   *
   * @throws {NotSendable} {TooLarge} when it cannot be sent; it is as if nothing had been said then.
   */
  succeeded(value) {
    this.#values.add(value, this.limits);
    this.#flushIfLarge();
  }
  /** An item failed with this, encoded. */
  failed(error) {
    this.#failed.push(this.#values.count);
    this.#values.append(error);
    this.#flushIfLarge();
  }
  /** Sends what there is. */
  flush() {
    clearTimeout(this.#timer);
    this.#timer = void 0;
    if (this.#values.count === 0) return;
    const values = this.#values.take();
    let failed = null;
    if (this.#failed.length > 0) {
      failed = new Uint8Array(values.ends.length);
      for (const at of this.#failed.splice(0)) failed[at] = 1;
    }
    this.#push(failed, values, performance.now() - this.#begunAt);
  }
  /** In one message, or in as many as it takes; what none can carry is told without it. */
  #push(failed, values, ms) {
    try {
      this.#target.push("outcomes", [
        failed,
        toWirePacked(values),
        ms
      ]);
    } catch (error) {
      if (!(error instanceof TaskError && error.code === "FRAME_TOO_LARGE")) throw error;
      const count = values.ends.length;
      if (count === 1) return this.#push(ALL_FAILED, refusal2(error), ms);
      const half = count >> 1;
      for (const [from, to] of [
        [
          0,
          half
        ],
        [
          half,
          count
        ]
      ]) {
        this.#push(failed?.slice(from, to) ?? null, partOf(values, from, to), ms * (to - from) / count);
      }
    }
  }
  /** The item that runs may take its time: what there is leaves as soon as this thread has nothing else to do. */
  flushSoon() {
    if (this.#values.count > 0) this.#timer ??= setTimeout(() => this.flush(), 0);
  }
  #flushIfLarge() {
    if (this.#values.bytes >= MAX_BYTES) this.flush();
  }
};
var ALL_FAILED = Uint8Array.of(1);
function refusal2({ message }) {
  const packer = new ValuePacker();
  packer.add(new TaskError("RESULT_TOO_LARGE", `Cannot send the result: ${message}`));
  return packer.take();
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
    if (from > this.#received) throw malformed2(`items from ${from} follow ${this.#received}`);
    const items = decodeItems(bytes, this.#budget);
    if (count !== null && items.length !== count) throw malformed2(`${items.length} items came as ${count}`);
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
function malformed2(what) {
  return new TaskError("MALFORMED_MESSAGE", `Cannot read the stream: ${what}`);
}

// wire/item_batch.ts
var WINDOW_ITEMS = 1024;
var WINDOW_BYTES = 1024 * 1024;
var ARRAY_32 = 221;
var HEADER_BYTES2 = 5;
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
    if (this.#count === 0) this.#encoder.reserve(HEADER_BYTES2);
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

// process/stream_link.ts
var YIELD_MS2 = 2;
var StreamLink = class {
  /** What the task is sent. */
  inbox;
  /** Nobody is in between: there is no slot to be lent, and nothing is kept for what was sent and not taken. */
  isDirect = false;
  #peer;
  #output;
  #input;
  /** Pushes that have come for the stream, and how many there were when the server was told that the task waits. */
  #heard = 0;
  #saidAt = -1;
  #wake = [];
  #flushedAt = 0;
  #saidOpened = false;
  /** Bytes of each batch that is not taken; of a direct stream. */
  #batchBytes = new Fifo();
  /** Items that the sender knows to be taken, and how many bytes were taken since it was told. */
  #toldTaken = 0;
  #untoldBytes = 0;
  /** `limits` are those of each item that the task yields. */
  constructor(peer, limits) {
    this.#peer = peer;
    this.#output = new StreamSender(({ from, count, items }) => {
      peer.push("items", [
        from,
        count,
        items
      ]);
      this.#sayOpened();
    }, peer.maxFrameBytes, limits);
    this.#input = new StreamReceiver((count) => this.#onTaken(count));
    this.inbox = {
      [Symbol.asyncIterator]: () => this.#readInbox()
    };
  }
  /** Sends what a generator yields; resolves to what it returns. */
  async send(generator) {
    try {
      return await this.#sendAll(generator);
    } finally {
      this.#output.flush();
    }
  }
  async #sendAll(generator) {
    const isAsync = Symbol.asyncIterator in generator;
    for (; ; ) {
      const step = isAsync ? await generator.next() : generator.next();
      if (step.done) return step.value;
      try {
        const full = this.write(step.value instanceof Promise ? await step.value : step.value);
        if (full !== null) await full;
      } catch (error) {
        await leave(generator);
        throw error;
      }
    }
  }
  /**
   * Sends an item. A promise when the next one has to wait.
   *
   * @throws {NotSendable} when it cannot be encoded; it is not sent then.
   */
  write(item) {
    this.#output.write(item);
    return this.#output.hasRoom && performance.now() - this.#flushedAt <= YIELD_MS2 ? null : this.#ready();
  }
  /** Sends what is written, ahead of whatever is pushed after. Resolves when it is with the system. */
  flush() {
    this.#output.flush();
    return this.#peer.flushed();
  }
  /** The next item that the task is sent. */
  async nextInput() {
    while (!this.#input.isReady) await this.#pause();
    return await this.#input.next();
  }
  /** Lets go of what the task was sent: its inbox is at its end. */
  endInput() {
    this.#input.discard();
    this.#wakeAll();
  }
  /** Takes a push, if it is for the stream. */
  onPush(topic, body) {
    switch (topic) {
      case "taken":
        this.#output.taken(body);
        break;
      case "input":
        this.#onInput(...body);
        break;
      case "inputEnd":
        this.#input.end(body);
        break;
      default:
        return false;
    }
    this.#heard++;
    this.#wakeAll();
    return true;
  }
  #wakeAll() {
    const wake = this.#wake;
    this.#wake = [];
    for (const resolve of wake) resolve();
  }
  /** What cannot be read is the consumer's doing, and for the task to know. */
  #onInput(from, items) {
    if (this.isDirect) this.#batchBytes.push(items.length);
    try {
      this.#input.onBatch(from, items);
    } catch (error) {
      this.#input.fail(error);
    }
  }
  /**
   * A sender that is near is told only when it might else run out of room, which is more than twice this: a message for
   * each item would hold up what the task is about to yield.
   */
  #onTaken(count) {
    this.#untoldBytes += this.#batchBytes.shift() ?? 0;
    const isSmall = count - this.#toldTaken < WINDOW_ITEMS / 4 && this.#untoldBytes < WINDOW_BYTES / 4;
    if (this.isDirect && isSmall) return;
    this.#toldTaken = count;
    this.#untoldBytes = 0;
    this.#peer.push("inputTaken", count);
  }
  /** From here on the server sends things. Behind the first items, which would have to wait for a write of its own. */
  #sayOpened() {
    if (this.#saidOpened) return;
    this.#saidOpened = true;
    this.#peer.push("opened", null);
  }
  /** Until there is room for another item. What is written leaves, and what the server says is heard. */
  async #ready() {
    this.#output.flush();
    await this.#peer.flushed();
    while (!this.#output.hasRoom) await this.#pause();
    this.#flushedAt = performance.now();
  }
  async *#readInbox() {
    for (; ; ) {
      const { done, value } = await this.nextInput();
      if (done) return;
      yield value;
    }
  }
  /** Until something comes. The server may lend the task's slot meanwhile. */
  #pause() {
    this.#output.flush();
    this.#sayOpened();
    if (!this.isDirect && this.#saidAt !== this.#heard) {
      this.#saidAt = this.#heard;
      this.#peer.push("pause", this.#heard);
    }
    return new Promise((resolve) => this.#wake.push(resolve));
  }
};
async function leave(generator) {
  try {
    await generator.return(void 0);
  } catch {
  }
}

// core/item_id.ts
var MAX_ITEMS = 2 ** 28;
function itemId(prefix, number) {
  return prefix + number.toString(16).padStart(8, "0");
}

// process/task_line.ts
var TaskLine = class {
  #line = [];
  #length = 0;
  #lastTarget = null;
  #tid;
  /** Workers among them are told in which thread they run. */
  constructor(tid) {
    this.#tid = tid;
  }
  /** How many there are. */
  get length() {
    return this.#length;
  }
  /** Adds tasks as they came. Byte strings in a push are views that the next read overwrites. */
  static { this.prototype.addTasks = (function (tasks) {
    for (const [id, bytes, attempt2, target, isStream, host] of tasks) {
      const task = new Given(id, ownBytes(bytes), attempt2, TaskLine.#targetOf.call(this, target), isStream);
      if (host !== void 0) task.place = [
        host,
        Deno.pid,
        this.#tid
      ];
      this.#line.push(task);
      this.#length++;
    }
  }); }
  /** Adds items as they came. */
  addItems([prefix, firstNumber, attempt2, isCareful, target, packed]) {
    const { ends, bytes } = fromWirePacked(packed);
    const reader = new PackedReader({
      ends,
      bytes: ownBytes(bytes)
    });
    const count = ends.length;
    this.#line.push({
      prefix,
      firstNumber,
      attempt: attempt2,
      isCareful,
      target: TaskLine.#targetOf.call(this, target),
      reader,
      count,
      begun: 0
    });
    this.#length += count;
  }
  /** Takes the next one; undefined when there is none. */
  static { this.prototype.shift = (function () {
    const [first] = this.#line;
    if (first === void 0) return void 0;
    this.#length--;
    if (first instanceof Given) return this.#line.shift();
    const at = first.begun++;
    if (first.begun === first.count) this.#line.shift();
    return new Item(first, at);
  }); }
  /** Drops all; gives how many there were. */
  clear() {
    const count = this.#length;
    this.#line = [];
    this.#length = 0;
    return count;
  }
  static #targetOf = (function (target) {
    return this.#lastTarget = target ?? this.#lastTarget;
  });
};
var Given = class {
  id;
  attempt;
  target;
  isStream;
  isItem = false;
  place;
  #bytes;
  constructor(id, bytes, attempt2, target, isStream) {
    this.id = id;
    this.attempt = attempt2;
    this.target = target;
    this.isStream = isStream;
    this.#bytes = bytes;
  }
  get input() {
    return decode(this.#bytes);
  }
};
var Item = class {
  isStream = false;
  isItem = true;
  #items;
  #at;
  constructor(items, at) {
    this.#items = items;
    this.#at = at;
  }
  get id() {
    return itemId(this.#items.prefix, this.#items.firstNumber + this.#at);
  }
  get input() {
    return this.#items.reader.read(this.#at);
  }
  get attempt() {
    return this.#items.attempt;
  }
  get target() {
    return this.#items.target;
  }
  get isCareful() {
    return this.#items.isCareful;
  }
};

// process/warm_up.ts
var ITEMS = 4e3;
var NOWHERE = {
  push: () => {
  }
};
var NOBODY = {};
var TARGET = [
  "source",
  "",
  ""
];
function warmUp(limits) {
  const values = new ValuePacker();
  for (let n = 0; n < ITEMS; n++) values.add([
    n
  ]);
  const line = new TaskLine(0);
  line.addItems([
    "",
    0,
    1,
    false,
    TARGET,
    toWirePacked(values.take())
  ]);
  const outcomes = new OutcomeLine(NOWHERE, limits);
  const around = {
    outcomes,
    messenger: NOBODY,
    flush: () => {
    }
  };
  const loaded2 = {
    kind: "function",
    fn: (value) => value
  };
  for (let task = line.shift(); task !== void 0; task = line.shift()) {
    void executeItem(task, around, loaded2);
  }
  outcomes.flush();
}

// wire/push_list.ts
function pushList(peer, topic, items, bodyOf = (items2) => items2) {
  try {
    peer.push(topic, bodyOf(items));
    return [];
  } catch (error) {
    if (!(error instanceof TaskError && error.code === "FRAME_TOO_LARGE")) throw error;
    if (items.length < 2) return items;
    const half = items.length >> 1;
    return [
      items.slice(0, half),
      items.slice(half)
    ].flatMap((part) => pushList(peer, topic, part, bodyOf));
  }
}

// process/format_line.ts
var MAX_LINE_CHARS = 8192;
function formatLine(values) {
  let text = "";
  for (const value of values) {
    if (text.length > MAX_LINE_CHARS) break;
    text += (text === "" ? "" : " ") + show(value);
  }
  return text.length > MAX_LINE_CHARS ? `${text.slice(0, MAX_LINE_CHARS)}\u2026` : text;
}
function show(value) {
  if (typeof value === "string") return value;
  try {
    return Deno.inspect(value, {
      colors: false
    });
  } catch {
    return `[${typeof value} that cannot be shown]`;
  }
}

// process/lazy_caller.ts
var LazyCaller = class {
  /** Opened when the first item is asked for. */
  async *stream(fn, ...args) {
    yield* (await this.load()).stream(fn, ...args);
  }
  /** Wrong options are raised by what is called on the result. */
  with(options) {
    return new LazyCallerWith(this, options);
  }
};
var LazyCallerWith = class extends LazyCaller {
  #caller;
  #options;
  constructor(caller, options) {
    super();
    this.#caller = caller;
    this.#options = options;
  }
  async load() {
    return (await this.#caller.load()).with(this.#options);
  }
};
for (const name of [
  "run",
  "map",
  "runProcedure",
  "submit",
  "queryResult",
  "queryResults",
  "open"
]) {
  Object.defineProperty(LazyCaller.prototype, name, {
    async value(...args) {
      const caller = await this.load();
      return await caller[name].apply(caller, args);
    }
  });
}

// process/task_messenger.ts
var LINES_PER_PUSH = 1e3;
var CHARS_PER_PUSH = 512 * 1024;
var NOTHING = async function* () {
}();
var TaskMessenger = class extends LazyCaller {
  inbox;
  userState = void 0;
  worker = null;
  #peer;
  #task;
  #loadSubtasks;
  /** Made when the task first looks. */
  #controller = null;
  #abortReason = null;
  #pendingLines = [];
  #loggedChars = 0;
  #pendingProgress = null;
  constructor(peer, task, loadSubtasks, inbox = null) {
    super();
    this.#peer = peer;
    this.#loadSubtasks = loadSubtasks;
    this.#task = task;
    this.inbox = inbox ?? NOTHING;
  }
  get taskId() {
    return this.#task.id;
  }
  get attempt() {
    return this.#task.attempt;
  }
  get signal() {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#abortReason !== null) this.#controller.abort(this.#abortReason.reason);
    }
    return this.#controller.signal;
  }
  /** Aborts the task's signal. */
  abort(reason) {
    this.#abortReason = {
      reason
    };
    this.#controller?.abort(reason);
  }
  async load() {
    return (await this.#loadSubtasks()).caller;
  }
  /** For clients that code inside the task makes. */
  async [LINK]() {
    return (await this.#loadSubtasks()).link;
  }
  debug(...values) {
    this.log("debug", values);
  }
  info(...values) {
    this.log("info", values);
  }
  warning(...values) {
    this.log("warning", values);
  }
  error(...values) {
    this.log("error", values);
  }
  print(...values) {
    this.log("info", values);
  }
  /** Logs values the way `console.log` shows them. */
  log(level, values) {
    if (this.#loggedChars > MAX_LOG_CHARS) return;
    const line = formatLine(values);
    this.#loggedChars += line.length + 1;
    if (this.#pendingLines.push([
      level,
      line
    ]) === 1) queueMicrotask(() => this.#flushLines());
  }
  progress(done, total) {
    if (typeof done !== "number" || total !== void 0 && typeof total !== "number") {
      throw new TypeError(`Cannot report progress: done and total must be numbers: current values are ${done}, ${total}`);
    }
    const isScheduled = this.#pendingProgress !== null;
    this.#pendingProgress = [
      done,
      total ?? null
    ];
    if (!isScheduled) queueMicrotask(() => this.#flushProgress());
  }
  /** Sends what is still to be sent of the task, ahead of its outcome. */
  static { this.prototype.flush = (function () {
    if (this.#pendingLines.length > 0) this.#flushLines();
    if (this.#pendingProgress !== null) this.#flushProgress();
  }); }
  #flushLines() {
    if (this.#pendingLines.length === 0) return;
    const lines = this.#pendingLines;
    this.#pendingLines = [];
    for (let from = 0, to = 0; from < lines.length; from = to) {
      for (let chars = 0; to < lines.length && to - from < LINES_PER_PUSH && chars < CHARS_PER_PUSH; to++) {
        chars += lines[to][1].length;
      }
      pushList(this.#peer, "log", lines.slice(from, to));
    }
  }
  #flushProgress() {
    if (this.#pendingProgress === null) return;
    const progress = this.#pendingProgress;
    this.#pendingProgress = null;
    this.#peer.push("progress", progress);
  }
};

// process/runner.ts
var subtasksUrl = () => new URL(import.meta.url.endsWith(".js") ? "./subtasks_bundle.js" : "./subtasks.ts", import.meta.url).href;
var Runner = class {
  peer;
  #params;
  #limits;
  #subtasks = null;
  /** Given, and not begun. */
  #waiting;
  #outcomes = null;
  /** The one that was begun last. */
  #item = null;
  #messenger = null;
  #stream = null;
  #isRunning = false;
  /** Where the tasks to come must find nothing of the tasks before. */
  #leakCheck = null;
  constructor(params) {
    this.#params = params;
    this.#limits = params.limits ?? DEFAULT_RESULT_LIMITS;
    this.#waiting = new TaskLine(params.tid);
    this.peer = new Peer(params.transport, {
      onCall: (command) => {
        throw new TaskError("UNKNOWN_COMMAND", `A worker has no command "${command}"`);
      },
      onPush: (topic, body) => this.onPush(topic, body)
    });
    if (params.ownsConsole) {
      captureConsole({
        log: (level, values) => this.#isUsed ? this.messenger.log(level, values) : void 0
      });
    }
  }
  /** Does what the server says. */
  static { this.prototype.onPush = (function (topic, body) {
    switch (topic) {
      case "tasks":
        this.#waiting.addTasks(body);
        if (!this.#isRunning) void Runner.#runAll.call(this);
        return;
      case "groupItems":
        this.#waiting.addItems(body);
        if (!this.#isRunning) void Runner.#runAll.call(this);
        return;
      case "load":
        void this.#load(...body);
        return;
      case "share":
        this.#leakCheck = new LeakCheck();
        return;
      case "recall":
        this.peer.push("recalled", this.#waiting.clear());
        return;
      case "abort":
        this.#abort(...body);
        return;
      default:
        if (!this.#stream?.onPush(topic, body)) this.#subtasks?.link.onPush(topic, body);
    }
  }); }
  async #load(target, expectsItems) {
    await loadTarget(target).catch(() => {
    });
    if (expectsItems) warmUp(this.#limits);
    this.#pushReady(null);
  }
  static #runAll = (async function () {
    this.#isRunning = true;
    let flushedAt = performance.now();
    let now = flushedAt;
    let next;
    for (let task = this.#waiting.shift(); task !== void 0; task = next ?? this.#waiting.shift()) {
      if (!task.isItem) await Runner.#run.call(this, task);
      else {
        this.outcomes.began(now);
        const running = this.#runItem(task);
        if (running !== null) await running;
        this.#itemEnded();
      }
      next = this.#waiting.shift();
      if (task.isCareful) {
        this.outcomes.flush();
        await this.peer.flushed();
      }
      now = performance.now();
      if (next !== void 0 && now - flushedAt > YIELD_MS) {
        this.#outcomes?.flush();
        await this.peer.flushed();
        now = flushedAt = performance.now();
      }
    }
    this.#isRunning = false;
  });
  /** One of many. Null when it is over already. */
  #runItem(task) {
    this.#stream = null;
    this.#messenger = null;
    if (this.#item === null) defineMessenger(() => this.messenger, (messenger) => this.#messenger = messenger);
    this.#item = task;
    return executeItem(task, this);
  }
  /** Made with the first item: most processes never have one. */
  get outcomes() {
    return this.#outcomes ??= new OutcomeLine(this.peer, this.#limits);
  }
  /** That of the item that runs; what it says goes behind the outcomes of those before it. */
  get messenger() {
    if (this.#messenger !== null) return this.#messenger;
    const push = (topic, body) => {
      this.outcomes.flush();
      this.peer.push(topic, body);
    };
    return this.#messenger = new TaskMessenger({
      push
    }, this.#item, this.#openSubtasks);
  }
  /** Sends what is still to be sent of the task, ahead of its outcome. */
  flush() {
    this.#messenger?.flush();
  }
  #itemEnded() {
    this.#subtasks?.link.streams.clear();
    if (loading.hasFailed) this.#handBack();
    if (this.#subtasks !== null) this.outcomes.flush();
    if (this.#waiting.length > 0) return;
    this.outcomes.flush();
    this.#pushReady(this.#leakCheck?.find() ?? null);
  }
  #openSubtasks = () => {
    this.outcomes.flush();
    return this.#loadSubtasks();
  };
  async #loadSubtasks() {
    const { openSubtasks } = await (this.#params.loadSubtasks?.() ?? import(subtasksUrl()));
    return this.#subtasks ??= openSubtasks(this.peer, this.#limits.items);
  }
  static #run = (async function (task) {
    const stream = this.#stream = task.isStream ? new StreamLink(this.peer, this.#limits) : null;
    const messenger = this.#messenger = new TaskMessenger(this.peer, task, () => this.#loadSubtasks(), task.place === void 0 ? stream?.inbox ?? null : null);
    const run = () => Runner.#runTo.call(this, task, messenger, stream);
    if (this.#params.enter !== void 0) return await this.#params.enter(messenger, run);
    globalThis[MESSENGER] = messenger;
    await run();
  });
  static #runTo = (async function (task, messenger, stream) {
    const outcome = await execute(task, messenger, stream, this.#limits, this.#params.logsFailures ?? true);
    messenger.flush();
    this.#subtasks?.link.streams.clear();
    if (loading.hasFailed) this.#handBack();
    const isLast = this.#waiting.length === 0;
    const leak = isLast ? this.#leakCheck?.find() ?? null : null;
    Runner.#pushOutcome.call(this, outcome);
    if (isLast) this.#pushReady(leak);
  });
  /** What is over, or has not begun, has nothing to abort. */
  #abort(taskId, reason) {
    const current = this.#messenger?.taskId ?? this.#item?.id;
    if (current === taskId) this.messenger.abort(decode(reason));
  }
  get #isUsed() {
    return this.#messenger !== null || this.#item !== null;
  }
  #handBack() {
    if (this.#waiting.length > 0) this.peer.push("recalled", this.#waiting.clear());
  }
  #pushReady(leak) {
    if (loading.hasFailed) this.peer.push("unfit", null);
    else this.peer.push("ready", leak);
  }
  static #pushOutcome = (function (outcome) {
    try {
      this.peer.push("outcome", outcome);
    } catch (error) {
      const refusal3 = new TaskError("RESULT_TOO_LARGE", `Cannot send the result: ${error.message}`);
      this.peer.push("outcome", [
        "failed",
        encode(refusal3)
      ]);
    }
  });
};
function defineMessenger(get, set) {
  Object.defineProperty(globalThis, MESSENGER, {
    get,
    set,
    configurable: true
  });
}

// process/worker_process.ts
var ORPHANED = 75;

var QUEUE_MS = 20;

var UNIX = "unix:";

function removeLink(path) {
  try {
    Deno.removeSync(path);
  } catch {
  }
}


// process/process_main.ts
await runWorker(Deno.args);
