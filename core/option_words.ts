/**
 * Messages that name options. They are made of the options' names, so that a command with flags can say the same of what
 * it calls by other names.
 *
 * @module
 */

/** What an option is called where the message is read; `inCode` is how that is in code, where it is not its name. */
export type CallOption = (option: string, inCode?: string) => string;

/** A message, made of what its options are called. */
export type OptionText = (call: CallOption) => string;

/** Held apart: a field of the error would be sent along and shown twice. */
const texts = new WeakMap<Error, OptionText>();

/** The message with its options as they are called in code. */
export function inCode(text: OptionText): string {
  return text((option, as = option) => as);
}

/** An error whose message names options, as they are called in code. */
export function errorNaming<Err extends Error>(text: OptionText, make: (message: string) => Err): Err {
  const error = make(inCode(text));
  texts.set(error, text);
  return error;
}

/** The message with the options called otherwise; that of any other error as it is. */
export function messageCalling(error: Error, call: CallOption): string {
  return texts.get(error)?.(call) ?? error.message;
}

/** Whether the message names options. */
export function namesOptions(error: unknown): error is Error {
  return error instanceof Error && texts.has(error);
}
