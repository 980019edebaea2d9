/** Faults of the command line itself. Wrong usage ends with 129; what a well-formed command could not get has its own status. */
import { EXIT, errorArea } from 'gatos-core';

const usageHint = (d: { command: string }): string => `\`${d.command} -h\` shows the usage`;
const meant = (suggestion: string | undefined, otherwise: string): string =>
  suggestion === undefined ? otherwise : `did you mean \`${suggestion}\`?`;

/** `command` is always the full path, such as `git gatos fold run`. */
export const cliError = errorArea('cli', {
  'missing-command': {
    kind: 'input',
    exit: EXIT.usage,
    message: (d: { command: string; commands: readonly string[] }) =>
      `\`${d.command}\` needs a command: ${d.commands.join(', ')}`,
    hint: usageHint,
  },
  'unknown-command': {
    kind: 'input',
    exit: EXIT.usage,
    message: (d: { command: string; name: string; suggestion?: string | undefined }) =>
      `\`${d.command}\` has no command \`${d.name}\``,
    hint: (d: { command: string; suggestion?: string | undefined }) =>
      meant(d.suggestion, `\`${d.command} -h\` lists the commands`),
  },
  'unknown-option': {
    kind: 'input',
    exit: EXIT.usage,
    message: (d: { command: string; option: string; suggestion?: string | undefined }) =>
      `\`${d.command}\` has no option \`${d.option}\``,
    hint: (d: { command: string; suggestion?: string | undefined }) => meant(d.suggestion, usageHint(d)),
  },
  'missing-option': {
    kind: 'input',
    exit: EXIT.usage,
    message: (d: { command: string; option: string; summary: string }) =>
      `missing option \`${d.option}\`: ${d.summary}`,
    hint: usageHint,
  },
  'missing-argument': {
    kind: 'input',
    exit: EXIT.usage,
    message: (d: { command: string; argument: string; summary: string }) =>
      `missing argument \`${d.argument}\`: ${d.summary}`,
    hint: usageHint,
  },
  'extra-argument': {
    kind: 'input',
    exit: EXIT.usage,
    message: (d: { command: string; argument: string }) => `unexpected argument \`${d.argument}\``,
    hint: usageHint,
  },
  'missing-value': {
    kind: 'input',
    exit: EXIT.usage,
    message: (d: { command: string; option: string; follows?: string | undefined }) =>
      `option \`${d.option}\` needs a value${d.follows === undefined ? '' : `, but \`${d.follows}\` follows`}`,
    hint: (d: { command: string; option: string; follows?: string | undefined }) =>
      d.follows === undefined ? usageHint(d) : `if that is the value, write \`${d.option}=${d.follows}\``,
  },
  'unwanted-value': {
    kind: 'input',
    exit: EXIT.usage,
    message: (d: { command: string; option: string; value: string }) =>
      `option \`${d.option}\` takes no value, but got \`${d.value}\``,
    hint: usageHint,
  },
  'bad-value': {
    kind: 'input',
    exit: EXIT.usage,
    message: (d: { command: string; name: string; value: string; want: string }) =>
      `\`${d.name}\` cannot be \`${d.value}\`: ${d.want}`,
    hint: (d: { command: string; suggestion?: string | undefined }) => meant(d.suggestion, usageHint(d)),
  },
  together: {
    kind: 'input',
    exit: EXIT.usage,
    message: (d: { first: string; second: string }) => `\`${d.first}\` and \`${d.second}\` do not go together`,
  },
  'only-with': {
    kind: 'input',
    exit: EXIT.usage,
    message: (d: { option: string; needs: string }) => `\`${d.option}\` says nothing without \`${d.needs}\``,
  },
  'not-utf8': {
    kind: 'input',
    exit: EXIT.usage,
    message: (d: { argument: string }) => `argument \`${d.argument}\` is not UTF-8, or holds U+FFFD`,
    hint: () => 'what the command line cannot carry can be read from a file: `@FILE`, or `-` for standard input',
  },
  'no-directory': {
    kind: 'input',
    exit: EXIT.usage,
    message: (d: { path: string; why: string }) => `cannot change to \`${d.path}\`: ${d.why}`,
  },
  'no-file': {
    kind: 'missing',
    message: (d: { path: string }) => `no file \`${d.path}\``,
  },
  'unreadable-file': {
    kind: 'unavailable',
    exit: EXIT.temporary,
    message: (d: { path: string; why: string }) => `could not read \`${d.path}\`: ${d.why}`,
  },
  'not-a-file': {
    kind: 'input',
    message: (d: { path: string }) => `\`${d.path}\` is a directory, and a file is wanted`,
  },
  'file-wanted': {
    kind: 'input',
    exit: EXIT.usage,
    message: () => '`-` cannot be written to here: standard output carries the answer',
    hint: () => 'name a file',
  },
  'unwritable-file': {
    kind: 'unavailable',
    exit: EXIT.temporary,
    message: (d: { path: string; why: string }) => `could not write \`${d.path}\`: ${d.why}`,
    hint: () => 'nothing was written there; everything else is as before',
  },
  'input-too-large': {
    kind: 'limit',
    message: (d: { source: string; limit: number }) => `${d.source} has more than ${d.limit} bytes, the limit here`,
  },
  'no-terminal': {
    kind: 'unavailable',
    exit: EXIT.unchecked,
    message: (d: { label: string }) => `cannot ask for ${d.label}: there is no terminal`,
    hint: () => 'run it in a terminal, or set SSH_ASKPASS or GIT_ASKPASS to a program that prints the answer',
  },
  'askpass-failed': {
    kind: 'unavailable',
    exit: EXIT.unchecked,
    message: (d: { label: string; program: string; why: string }) =>
      `cannot ask for ${d.label}: \`${d.program}\` ${d.why}`,
  },
  'passphrases-differ': {
    kind: 'input',
    message: (_: { label: string }) => 'the two passphrases differ; nothing was changed',
  },
  output: {
    kind: 'unavailable',
    exit: EXIT.temporary,
    message: (d: { why: string }) => `could not write the output: ${d.why}`,
    hint: () => 'what the command had to do is done; only its answer is lost',
  },
  interrupted: {
    kind: 'unavailable',
    exit: EXIT.interrupted,
    message: (d: { signal: string }) => `interrupted by ${d.signal}`,
  },
});
