/** `verify`, whatever it is asked about. */
import type { Context } from '../context.js';
import type { Answer } from '../output/outcome.js';
import { reportOutcome } from '../output/report.js';
import { counted } from './count.js';
import { type Subject, subjectOf } from './subject.js';

/** Verifies what these names stand for, with all that it rests on; everything when there are none. Throws as `subjectOf`. */
export async function verifySubjects(context: Context, names: readonly string[]): Promise<Answer> {
  const { repository } = await context.openRepository();
  const { progress, signal } = context;
  const subjects: Subject[] = [];
  for (const name of names) subjects.push(await subjectOf(repository, name, signal));
  const only = subjects.length === 0 ? undefined : subjects.flatMap((subject) => subject.chains);
  const { report, totals } = await repository.verify({ only, progress, signal });
  const told = subjects.map(({ what }) => what);
  const outcome = reportOutcome(report, { style: context.colour, value: { subjects: told, totals } });
  const { chains, envelopes, records, bytes } = totals;
  const summary = [
    counted(chains, 'chain'),
    counted(envelopes, 'envelope'),
    counted(records, 'record'),
    counted(bytes, 'signed byte'),
  ].join(', ');
  return { ...outcome, text: [...told, ...[outcome.text].flat(), summary] };
}
