/** What every door answers: the judgement, the lines for whoever pushes, and the status of a process that asked. */
import { EXIT, type ExitCode, formatRefusals, type Judgement } from 'gatos-core';

export interface GateResult {
  /** 0: it may pass. */
  readonly exit: ExitCode;
  /** Plain lines, for standard error. */
  readonly lines: readonly string[];
  readonly judgement: Judgement;
  /** Id of the record of this denial; null: there is none. */
  readonly audit: string | null;
}

/** As a hook answers: git only asks whether it failed. */
export function hookResult(
  judgement: Judgement,
  { audit, notes }: { audit: string | null; notes: readonly string[] },
): GateResult {
  const lines = [...formatRefusals(judgement, { audit }), ...notes.map((note) => plain(note))];
  return { exit: judgement.verdict === 'allow' ? EXIT.ok : EXIT.no, lines, judgement, audit };
}

/** As a door answers at which nothing is recorded: there, nobody is told that nothing was. */
export function unrecordedResult(judgement: Judgement, exit: ExitCode): GateResult {
  const lines = formatRefusals({ ...judgement, verdict: 'allow' }, { audit: null });
  return { exit, lines, judgement, audit: null };
}

const EXITS: readonly (readonly [start: string, exit: ExitCode])[] = [
  ['policy/', EXIT.denied],
  ['gate/append-only', EXIT.rewritten],
  ['gate/create-once', EXIT.rewritten],
  ['gate/no-deletion', EXIT.rewritten],
  ['gate/signature', EXIT.untrusted],
  ['gate/trust', EXIT.untrusted],
  ['gate/threshold', EXIT.untrusted],
  ['gate/genesis', EXIT.untrusted],
  ['gate/proof-of-fold', EXIT.mismatch],
  ['gate/attachments', EXIT.mismatch],
  ['gate/could-not-check', EXIT.unchecked],
  ['gate/malformed', EXIT.no],
  ['gate/limits', EXIT.no],
];

/** For scripts: the status of the first refusal. */
export function exitOf({ verdict, refusals }: Judgement): ExitCode {
  if (verdict === 'allow') return EXIT.ok;
  const rule = refusals[0]?.rule ?? '';
  return EXITS.find(([start]) => rule.startsWith(start))?.[1] ?? EXIT.denied;
}

/** A line of our own, about what the machine said: no control characters, bounded. */
function plain(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, '?');
  return line.length > 400 ? `${line.slice(0, 400)}…` : line;
}
