/**
 * Compares what was recorded of a job with what came out when it was run again: inputs, program, environment, outputs, in that order.
 * Time is linear in the sizes of the records; each sort of difference is listed up to a bound.
 *
 * Not compared: times, the attempt, what was printed (it may name the time), and the state of the checkout, which a clean room has not.
 */
import type { Cid } from '../../codec/index.js';
import type { Execution, JobInput, Manifest } from '../../jobs/index.js';
import { LIMITS } from '../../kernel/index.js';
import type { Difference, Place } from './difference.js';
import { environmentFacts } from './environment.js';
import { type Fact, isSameFact } from './fact.js';
import { programFacts } from './program.js';
import { formatCount, shownWithin, valueTexts } from './shown.js';

/** One run of a job. */
export interface Run {
  readonly manifest: Manifest;
  readonly execution: Execution;
}

/** A recorded run and its repetition. `job` is the id under which it is recorded. */
export interface RunPair {
  readonly job: Cid;
  readonly recorded: Run;
  readonly reproduced: Run;
}

interface Sides {
  readonly where: Place;
  readonly job: Cid;
  readonly recorded: readonly Fact[];
  readonly reproduced: readonly Fact[];
}

function describe(recorded: Fact | undefined, reproduced: Fact | undefined): string {
  if (reproduced === undefined) return ['missing now', recorded?.detail ?? ''].filter((part) => part !== '').join('; ');
  if (recorded === undefined) return ['not there before', reproduced.detail].filter((part) => part !== '').join('; ');
  const [before, now] = [recorded.detail, reproduced.detail];
  return before === now ? before : `${before || 'nothing'} → ${now || 'nothing'}`;
}

/** Facts by name; of a name that stands there more than once, by its place among its namesakes. */
function keyed(facts: readonly Fact[]): ReadonlyMap<string, Fact> {
  const counts = new Map<string, number>();
  return new Map(
    facts.map((fact) => {
      const count = counts.get(fact.name) ?? 0;
      counts.set(fact.name, count + 1);
      return [`${count}\0${fact.name}`, fact];
    }),
  );
}

/** Facts of one sort, in the order in which the record has them; new ones last. */
function differ({ where, job, recorded, reproduced }: Sides): readonly Difference[] {
  const [before, now] = [keyed(recorded), keyed(reproduced)];
  const found: Difference[] = [];
  for (const key of new Set([...before.keys(), ...now.keys()])) {
    if (found.length === LIMITS.driftDifferences) break;
    const [a, b] = [before.get(key), now.get(key)];
    if (a !== undefined && b !== undefined && isSameFact(a, b)) continue;
    found.push({
      where,
      job,
      name: shownWithin((a ?? b)?.name ?? '', LIMITS.driftValueBytes),
      ...valueTexts(a?.value ?? null, b?.value ?? null),
      detail: shownWithin(describe(a, b), LIMITS.driftDetailBytes),
    });
  }
  return found;
}

const sized = (size: number): string => `${formatCount(size)} bytes`;

function inputFact({ name, cid, size, source }: JobInput): Fact {
  const from = source.state === 'job' && source.job !== undefined ? `, given by job ${source.job}` : '';
  return { name, value: String(cid), detail: sized(size) + from };
}

/** How the job ended is looked at apart from its outputs: a file can have any name. */
function endFacts({ execution: { status, exit, signal } }: Run): readonly Fact[] {
  const end = signal !== null ? `${status}, signal ${signal}` : exit !== null ? `${status}, exit ${exit}` : status;
  return [{ name: 'end of the job', value: end, detail: '' }];
}

function outputFacts({ execution: { outputs } }: Run): readonly Fact[] {
  return outputs.map(({ path, cid, size }) => ({ name: path, value: String(cid), detail: sized(size) }));
}

/** All differences of one job, the first cause first. */
export function compareRuns({ job, recorded, reproduced }: RunPair): readonly Difference[] {
  const sides = (where: Place, facts: (run: Run) => readonly Fact[]): Sides => ({
    where,
    job,
    recorded: facts(recorded),
    reproduced: facts(reproduced),
  });
  return [
    ...differ(sides('input', ({ manifest }) => manifest.inputs.map(inputFact))),
    ...differ(sides('program', ({ manifest }) => programFacts(manifest))),
    ...differ(sides('environment', ({ execution }) => environmentFacts(execution.environment))),
    ...differ(sides('output', endFacts)),
    ...differ(sides('output', outputFacts)),
  ];
}

function key({ where, name, recorded, reproduced }: Difference): string {
  return [where, name, recorded ?? '', reproduced ?? ''].join('\0');
}

/**
 * All differences of an experiment, job by job in the order in which they were run: a drifted output of one is an input of the next. A
 * fact of the machine that differs for each job is listed once. At most `LIMITS.driftDifferences` of each sort.
 */
export function compareExperiment(pairs: readonly RunPair[]): readonly Difference[] {
  const seen = new Set<string>();
  const counts = new Map<Place, number>();
  return pairs.flatMap(compareRuns).filter((difference) => {
    const { where } = difference;
    if (where === 'environment') {
      if (seen.has(key(difference))) return false;
      seen.add(key(difference));
    }
    const count = (counts.get(where) ?? 0) + 1;
    counts.set(where, count);
    return count <= LIMITS.driftDifferences;
  });
}
