/** The words of the fold sandbox, for a person who ran a job: no fold, no event, no state. */
import type { GatosError, LintFinding } from 'gatos-core';
import type { Verdict } from './messages.js';

interface Told {
  readonly status: Verdict['status'];
  readonly exit: number | null;
  failure(data: FaultData, entry: string): string;
}

interface FaultData {
  readonly why: string;
  readonly path: string;
  readonly line?: number | undefined;
  readonly column: number;
  readonly count: number;
  readonly gas: number;
  readonly memory: number;
}

const FAULTS: Readonly<Record<string, Told>> = {
  'fold/lint': {
    status: 'failed',
    exit: null,
    failure: ({ why, line, column, count }, entry) =>
      `\`${entry}\` is refused at line ${line}, column ${column}: ${jobWords(why)}${count > 1 ? ` (and ${count - 1} more)` : ''}`,
  },
  'fold/start': {
    status: 'failed',
    exit: 1,
    failure: ({ why }, entry) => `\`${entry}\` could not be started: ${jobWords(why)}`,
  },
  'fold/threw': {
    status: 'failed',
    exit: 1,
    failure: ({ why, line }, entry) => `it threw ${why}${line === undefined ? '' : ` (line ${line} of \`${entry}\`)`}`,
  },
  'fold/gas': {
    status: 'timed-out',
    exit: null,
    failure: ({ gas }) => `it used more than ${gas} gas units: endless work, or more than this kind of job is for`,
  },
  'fold/memory': {
    status: 'over-limit',
    exit: null,
    failure: ({ memory }) => `it used more than ${memory} bytes of memory`,
  },
  'fold/stack': { status: 'failed', exit: 1, failure: () => 'it nested calls too deeply' },
  'fold/engine-limit': {
    status: 'over-limit',
    exit: null,
    failure: ({ why }) => `it ran into a limit of the engine: ${jobWords(why)}`,
  },
  'fold/state-value': {
    status: 'failed',
    exit: 1,
    failure: ({ path, why }) => `${resultPath(path)}: ${jobWords(why)}`,
  },
};

/** How a fault of the sandbox is told; undefined for one that says nothing about the program. */
export function scriptVerdict({ code, data }: GatosError, entry: string): Verdict | undefined {
  const told = FAULTS[code];
  if (told === undefined) return undefined;
  return { status: told.status, exit: told.exit, failure: told.failure(data as unknown as FaultData, entry) };
}

/** `main.mjs:3:7: …; …` */
export function findingText({ line, column, severity, message, alternative }: LintFinding, file: string): string {
  const note = severity === 'warning' ? 'warning: ' : '';
  return `${file}:${line}:${column}: ${note}${jobWords(message)}; ${jobAlternative(alternative)}`;
}

/** Other words for what the rules of folds say; what is quoted stays. */
function jobWords(text: string): string {
  return text
    .split(/(`[^`]*`|"[^"]*")/)
    .map((part, i) =>
      i % 2 === 1
        ? part
        : part
            .replaceAll('fold returned', '`run` returned')
            .replaceAll('the same state', 'the same outputs')
            .replaceAll('its state and the event', 'its inputs, arguments and variables')
            .replaceAll('once for each event', 'once')
            .replaceAll('a list; the state is a map at the top', 'a list, not an object')
            .replace(/\bfold\b/g, 'quickjs job'),
    )
    .join('');
}

/** Advice that is about folds. */
const FOLD_ADVICE = /\b(event|events|state|fold|fold\.json|payload)\b/;

function jobAlternative(alternative: string): string {
  return FOLD_ADVICE.test(alternative) ? 'take what it needs from `inputs`, `args` or `env`' : alternative;
}

function resultPath(path: string): string {
  return path === 'state'
    ? 'what `run` returned has no form in JSON'
    : `\`${path.replace(/^state/, 'result')}\` has no form in JSON`;
}
