/**
 * `console` inside a task becomes the task's log lines. Nothing that user code prints can get into the protocol, which
 * has a socket of its own.
 *
 * @module
 */

import type { LogLevel } from "../wire/message.ts";

interface LineLogger {
  log(level: LogLevel, values: readonly unknown[]): void;
}

/** Redirects the printing methods of `console` to the task that runs; without one, nothing is printed. */
export function captureConsole(current: () => LineLogger | undefined): void {
  const consoles = new WeakMap<LineLogger, TaskConsole>();
  for (const [name, method] of Object.entries(METHODS)) {
    const value = (...values: unknown[]) => {
      const logger = current();
      if (logger === undefined) return;
      const known = consoles.get(logger);
      const own = known ?? new TaskConsole(logger);
      // It finds nothing of the task before it.
      if (known === undefined) consoles.set(logger, own);
      method(own, values);
    };
    Object.defineProperty(console, name, { value, configurable: true, writable: true, enumerable: true });
  }
}

/** What one task's console remembers. */
class TaskConsole {
  groups = 0;
  readonly counts = new Map<string, number>();
  readonly begunAt = new Map<string, number>();
  #logger: LineLogger;

  constructor(logger: LineLogger) {
    this.#logger = logger;
  }

  write(level: LogLevel, values: readonly unknown[]): void {
    this.#logger.log(level, this.groups === 0 ? values : indented(values, this.groups));
  }
}

type Method = (own: TaskConsole, values: readonly unknown[]) => void;

const printed = (level: LogLevel): Method => (own, values) => own.write(level, values);

const group: Method = (own, values) => {
  if (values.length > 0) own.write("info", values);
  own.groups++;
};

/** Of a count or a timer. */
const labelled =
  (act: (own: TaskConsole, label: string, values: readonly unknown[]) => void): Method =>
  (own, [label = "default", ...values]) => act(own, String(label), values);

const timeLog = labelled((own, label, values) => {
  const begunAt = own.begunAt.get(label);
  if (begunAt === undefined) return own.write("warning", [`Timer '${label}' does not exist`]);
  own.write("info", [`${label}: ${Math.round(1000 * (performance.now() - begunAt)) / 1000}ms`, ...values]);
});

/** As the Console standard has them; what is no text of the runtime's own, such as a table, is shown as a value. */
const METHODS: Record<string, Method> = {
  debug: printed("debug"),
  trace: printed("debug"),
  log: printed("info"),
  info: printed("info"),
  dirxml: printed("info"),
  table: printed("info"),
  warn: printed("warning"),
  error: printed("error"),
  dir: (own, [value]) => own.write("info", [value]),
  assert: (own, [condition, ...values]) => condition || own.write("error", assertion(values)),
  group,
  groupCollapsed: group,
  groupEnd: (own) => own.groups = Math.max(0, own.groups - 1),
  count: labelled((own, label) => {
    const count = (own.counts.get(label) ?? 0) + 1;
    own.counts.set(label, count);
    own.write("info", [`${label}: ${count}`]);
  }),
  countReset: labelled((own, label) => {
    if (!own.counts.delete(label)) own.write("warning", [`Count for '${label}' does not exist`]);
  }),
  time: labelled((own, label) => {
    if (own.begunAt.has(label)) own.write("warning", [`Timer '${label}' already exists`]);
    else own.begunAt.set(label, performance.now());
  }),
  timeLog,
  timeEnd: labelled((own, label) => {
    timeLog(own, [label]);
    own.begunAt.delete(label);
  }),
  clear: () => {},
};

function assertion(values: readonly unknown[]): readonly unknown[] {
  const [first, ...others] = values;
  if (typeof first === "string") return [`Assertion failed: ${first}`, ...others];
  return [values.length === 0 ? "Assertion failed" : "Assertion failed:", ...values];
}

/** Its first line; a value that is shown in several has its own shape. */
function indented([first, ...others]: readonly unknown[], groups: number): unknown[] {
  const indent = "  ".repeat(groups);
  return typeof first === "string" ? [indent + first, ...others] : [indent.slice(1), first, ...others];
}
