/** From an outcome to bytes on standard output. */
import { EXIT } from 'gatos-core';
import { cliError } from '../errors.js';
import { formatJsonOutput } from './json.js';
import type { Answer, Lines, Outcome } from './outcome.js';
import type { ProgressLine } from './progress.js';
import { type Style, visible, visibleStyled } from './style.js';
import { BrokenPipe, type Writer } from './writer.js';

export interface Printer {
  readonly stdout: Writer;
  readonly stderr: Writer;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly errorStyle: Style;
  readonly progress: ProgressLine;
}

/** Bytes gathered before they are written, while more is at hand. */
const BATCH = 64 * 1024;

/** Readable on a terminal, one line for a program. */
export const indentFor = (stdout: Writer): number => (stdout.isTerminal ? 2 : 0);

function write(writer: Writer, chunk: string | Uint8Array): void {
  try {
    writer.write(chunk);
  } catch (error) {
    if (error instanceof BrokenPipe) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (typeof code !== 'string') throw error;
    throw cliError('output', { why: code === 'ENOSPC' ? 'no space left on the device' : code });
  }
}

function printAnswer(answer: Answer, printer: Printer): void {
  const { stdout, stderr, json, quiet, errorStyle } = printer;
  if (json) {
    write(stdout, `${formatJsonOutput(answer.value, { indent: indentFor(stdout) })}\n`);
    return;
  }
  if (quiet) return;
  const text = typeof answer.text === 'string' ? answer.text : answer.text.join('\n');
  if (text !== '') write(stdout, `${visibleStyled(text)}\n`);
  for (const step of answer.next ?? []) write(stderr, `${errorStyle.dim(`next: ${visible(step)}`)}\n`);
}

/**
 * Lines are gathered while the source has them at hand and written when it pauses, so that a long log is fast and a live
 * stream is prompt. A reader that leaves makes the source return.
 */
async function printLines({ lines }: Lines, { stdout, progress }: Printer): Promise<void> {
  let batch = '';
  let fault: unknown;
  let scheduled: NodeJS.Immediate | undefined;
  const flush = (): void => {
    const text = batch;
    batch = '';
    if (text === '') return;
    progress.clear();
    write(stdout, visibleStyled(text));
  };
  const flushSoon = (): void => {
    scheduled = undefined;
    try {
      flush();
    } catch (error) {
      // Nobody awaits this: the loop below throws it when the source gives its next line.
      fault = error;
    }
  };
  try {
    for await (const line of lines) {
      if (fault !== undefined) throw fault;
      batch += `${line}\n`;
      if (batch.length >= BATCH) flush();
      else scheduled ??= setImmediate(flushSoon);
    }
  } finally {
    if (scheduled !== undefined) clearImmediate(scheduled);
    // Also when the source has failed: what it gave before is part of the answer.
    flush();
  }
  if (fault !== undefined) throw fault;
}

/** Prints and returns the exit status. Throws `cli/output` and `BrokenPipe`. */
export async function printOutcome(outcome: Outcome, printer: Printer): Promise<number> {
  printer.progress.clear();
  if ('lines' in outcome) await printLines(outcome, printer);
  else if ('bytes' in outcome) for await (const chunk of outcome.bytes) write(printer.stdout, chunk);
  else printAnswer(outcome, printer);
  if (outcome.relayed !== undefined) return outcome.relayed;
  const exit = typeof outcome.exit === 'function' ? outcome.exit() : (outcome.exit ?? 'ok');
  return EXIT[exit];
}
