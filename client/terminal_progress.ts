/**
 * Progress on a terminal, drawn by the library cli-progress.
 *
 * @module
 */

import { escapeInvisible } from "../core/shown_text.ts";
import { formatProgress } from "./format_progress.ts";
import { type DrawProgress, type Progress, ProgressMeter, type ProgressState } from "./progress_meter.ts";

/**
 * In full and computed, so that no module graph has it: a task process that loads this package would pay for it, and a
 * task's module be taken for one that needs npm. A bare name would not do, as the import map of the published package
 * is not that of the program that uses it. It is fetched when a progress bar is first shown.
 */
const LIBRARY = "npm:cli-progress@^3.12.0";

/** Where the line is drawn. */
export interface TerminalLine {
  /** Characters that fit. */
  width(): number;
  /** Writes text as it is. */
  write(text: string): void;
}

/** The part of the library that is used. */
interface CliProgress {
  SingleBar: new (options: Record<string, unknown>) => { start(total: number, done: number): void; stop(): void };
  Format: { BarFormat(share: number, options: unknown): string };
}

/** Where the terminal does not say. */
const DEFAULT_COLUMNS = 80;

/** Progress on standard error. */
export function openTerminalProgress(): Progress {
  return new ProgressMeter({ load: () => loadTerminalBar(STANDARD_ERROR), now: () => performance.now() });
}

/** A terminal that goes away under the work is no reason for the work to fail. */
const STANDARD_ERROR: TerminalLine = {
  width() {
    try {
      return Deno.consoleSize().columns || DEFAULT_COLUMNS;
    } catch {
      return DEFAULT_COLUMNS;
    }
  },
  write(text) {
    try {
      Deno.stderr.writeSync(new TextEncoder().encode(text));
    } catch {
      // Nobody is there to see it.
    }
  },
};

/** Loads the library; says so when it cannot be had, as the work goes on without a bar. */
export async function loadTerminalBar(line: TerminalLine, library = LIBRARY): Promise<DrawProgress | null> {
  try {
    const { SingleBar, Format } = await import(library) as CliProgress;
    return (read) => drawBar(line, read, SingleBar, Format);
  } catch (error) {
    line.write(`No progress bar: ${escapeInvisible((error as Error).message)}\n`);
    return null;
  }
}

function drawBar(
  line: TerminalLine,
  read: () => ProgressState,
  SingleBar: CliProgress["SingleBar"],
  { BarFormat }: CliProgress["Format"],
): { stop(): void } {
  const bar = new SingleBar({
    terminal: terminalOn(line),
    format(options: object) {
      const state = read();
      const share = state.total ? Math.min(1, state.done / state.total) : 1;
      return formatProgress(state, {
        columns: columnsOf(line),
        bar: (barsize) => BarFormat(share, { ...options, barsize }),
      });
    },
  });
  bar.start(1, 0);
  return bar;
}

/** One less than there are: at the very edge some terminals begin a new line. */
function columnsOf(line: TerminalLine): number {
  return line.width() - 1;
}

/**
 * What the library draws with. Its own would save the place of the cursor at the start and go back there at the end,
 * over what was written meanwhile.
 */
function terminalOn(line: TerminalLine): Record<string, (...args: never[]) => unknown> {
  const nothing = () => {};
  return {
    isTTY: () => true,
    getWidth: () => line.width(),
    write: (text: string) => line.write(text.slice(0, columnsOf(line))),
    newline: () => line.write("\n"),
    cursorTo: () => line.write("\r"),
    clearRight: () => line.write("\x1b[K"),
    cursorSave: nothing,
    cursorRestore: nothing,
    // A program that is interrupted could not give these back.
    cursor: nothing,
    lineWrapping: nothing,
  };
}
