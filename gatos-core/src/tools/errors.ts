/** Faults of the tool plane. */
import { EXIT, errorArea } from '../kernel/index.js';

/** Where in a manifest something is wrong; the line is known when it was read from text. */
interface Place {
  readonly path: string;
  readonly line?: number | undefined;
}

function placeOf({ path, line }: Place): string {
  const field = path === '' ? 'it' : `\`${path}\``;
  return line === undefined ? field : `line ${line}: ${field}`;
}

export const toolError = errorArea('tools', {
  'bad-manifest': {
    kind: 'input',
    message: (d: Place & { why: string }) => `this is no manifest of a tool: ${placeOf(d)} ${d.why}`,
  },
  'bad-request': {
    kind: 'input',
    message: (d: { why: string }) => `this is no request to a tool: ${d.why}`,
  },
  'bad-response': {
    kind: 'input',
    message: (d: { why: string }) => `this is no answer of a tool: ${d.why}`,
  },
  'body-refused': {
    kind: 'input',
    message: (d: { what: 'request' | 'response'; tool: string; faults: readonly string[] }) =>
      `the body of the ${d.what} is not what tool \`${d.tool}\` declares: ${d.faults.join('; ')}`,
    hint: (d: { tool: string }) => `\`git gatos tool show ${d.tool}\` shows what it takes and gives`,
  },
  'too-large': {
    kind: 'limit',
    message: (d: { what: string; size: number; limit: number }) =>
      `${d.what} has ${d.size} bytes, the limit is ${d.limit}`,
  },
  'too-much-work': {
    kind: 'limit',
    message: (d: { what: string; limit: number }) =>
      `the ${d.what} is too large to hold it against this schema: more than ${d.limit} steps`,
    hint: () =>
      'ask for less at once, or have the tool declared with a simpler schema: fewer alternatives, fewer patterns over long texts',
  },
  'bad-name': {
    kind: 'input',
    message: (d: { name: string }) => `\`${d.name}\` is not the name of a tool`,
    hint: () => 'a name begins with a letter and has lower-case letters, digits, `.`, `_` and `-`, 64 at most',
  },
  'no-such-tool': {
    kind: 'missing',
    message: (d: { tool: string }) => `there is no tool \`${d.tool}\` here`,
    hint: () =>
      '`git gatos tool list` lists them; `git gatos tool declare` declares one, `git gatos sync` brings those of others',
  },
  'bad-file': {
    kind: 'input',
    message: (d: { path: string; why: string }) => `\`${d.path}\` cannot be a file of a tool: ${d.why}`,
  },
  changed: {
    kind: 'conflict',
    message: (d: { tool: string }) =>
      `tool \`${d.tool}\` was declared anew by somebody else meanwhile; this declaration was not recorded`,
    hint: () => 'look at what stands there now, and declare it again',
  },
  'bad-declaration': {
    kind: 'integrity',
    message: (d: { tool: string; why: string }) => `the declaration of tool \`${d.tool}\` does not hold: ${d.why}`,
    exit: EXIT.mismatch,
  },
});
