/** The options that every command takes, before or after its name. */
import type { ArgsOf, OptionSpecs } from './spec.js';

export const COLOUR_CHOICES = ['auto', 'never', 'always'] as const;

export const GLOBAL_OPTIONS = {
  json: { kind: 'flag', summary: 'print one JSON document instead of text' },
  quiet: {
    kind: 'flag',
    short: 'q',
    summary: 'no text, no progress; `--json`, lines and bytes that are streamed, and errors are printed all the same',
  },
  color: {
    kind: 'choice',
    choices: COLOUR_CHOICES,
    placeholder: 'when',
    summary: 'colour the text; `auto` does so on a terminal unless NO_COLOR is set',
  },
  directory: {
    kind: 'list',
    of: 'text',
    short: 'C',
    placeholder: 'dir',
    complete: 'directories',
    summary: 'run as if started in this directory; several are taken one after the other, as git does',
  },
  help: { kind: 'flag', short: 'h', summary: 'show help and do nothing else' },
} as const satisfies OptionSpecs;

export type GlobalArgs = ArgsOf<typeof GLOBAL_OPTIONS, []>;

/** The name of an option as it is typed: `onError` is `on-error`. */
export function longName(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
