/** The one place where a thrown thing becomes text, JSON and an exit status. */
import { EXIT, type ExitCode, GatosError } from 'gatos-core';
import { formatJsonOutput } from './output/json.js';
import { type Style, visible } from './output/style.js';

export interface RenderedError {
  readonly exit: ExitCode;
  /** Lines for standard error. */
  readonly lines: readonly string[];
  /** The document that `--json` prints on standard output. */
  readonly value: unknown;
}

interface Facts {
  readonly code: string;
  readonly kind: string;
  readonly message: string;
  readonly hint: string | undefined;
  readonly data: unknown;
  readonly exit: ExitCode;
}

const REPORT_IT =
  'this is a bug of ours: please report it with the command you ran; GATOS_DEBUG=1 shows where it happened';

/** Faults of the system that no adapter has translated but that are no bug: the disk or the permissions. */
const SYSTEM: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files in the system',
};

function factsOf(error: unknown): Facts {
  if (error instanceof GatosError) {
    const { code, kind, message, hint, data, exit } = error;
    return { code, kind, message, hint, data, exit };
  }
  const message = error instanceof Error ? error.message : String(error);
  const { code, path } = (error ?? {}) as NodeJS.ErrnoException;
  const known = typeof code === 'string' ? SYSTEM[code] : undefined;
  if (known !== undefined) {
    const where = path === undefined ? '' : ` \`${path}\``;
    return {
      code: 'cli/system',
      kind: 'unavailable',
      message: `${known}${where}`,
      hint: undefined,
      data: { errno: code, path },
      exit: EXIT.temporary,
    };
  }
  return {
    code: 'cli/bug',
    kind: 'internal',
    message: message || 'unknown error',
    hint: REPORT_IT,
    data: {},
    exit: EXIT.bug,
  };
}

/** The error and what caused it, outermost first. Bounded, since a chain may be a ring. */
function chainOf(error: unknown): unknown[] {
  const chain = [error];
  while (chain.length < 8) {
    const last = chain.at(-1);
    if (!(last instanceof Error) || last.cause === undefined) break;
    chain.push(last.cause);
  }
  return chain;
}

/** The messages of the causes, without those that only repeat what is already said. */
function causesOf(error: unknown, said: string): string[] {
  const messages = chainOf(error)
    .slice(1)
    .map((cause) => (cause instanceof Error ? cause.message : String(cause)));
  return [...new Set(messages)].filter((message) => message !== '' && !said.includes(message));
}

function stacksOf(error: unknown): string[] {
  const errors = [...new Set(chainOf(error))].filter((link) => link instanceof Error);
  return errors.map((link) => link.stack ?? link.message);
}

export function renderError(error: unknown, { style, debug }: { style: Style; debug: boolean }): RenderedError {
  const facts = factsOf(error);
  const causes = causesOf(error, facts.message);
  const lines = [`${style.red(style.bold('error:'))} ${visible(facts.message)}`];
  for (const cause of causes) lines.push(`  ${style.dim('caused by:')} ${visible(cause)}`);
  if (facts.hint !== undefined) lines.push(`${style.cyan('hint:')} ${visible(facts.hint)}`);
  if (debug) lines.push(...stacksOf(error).map((stack) => style.dim(visible(stack))));
  const { code, kind, message, hint, data, exit } = facts;
  return {
    exit,
    lines,
    value: { error: { code, kind, message, hint, data, exit, causes: causes.length === 0 ? undefined : causes } },
  };
}

/** The document of a rendered error as text. */
export function errorDocument({ value }: RenderedError, { indent }: { indent: number }): string {
  return formatJsonOutput(value, { indent });
}
