/** The policy in force: is there one, does it pass its own tests, and does the bundle hold the decisions that it names? */
import type { NewFile } from '../chain/index.js';
import type { GitBackend } from '../git/index.js';
import { type LongCall, utf8 } from '../kernel/index.js';
import { type ActivePolicy, openPolicy, testPolicies } from '../policy/index.js';
import type { Finding } from './finding.js';
import { finding } from './symptoms.js';

const SUBJECT = 'refs/gatos/policies/active';
/** One is enough to know that something is to be done; the rest is in `policy test`. */
const SHOWN = 3;

/** Throws as `openPolicy` and `testPolicies`. */
export async function examinePolicy(backend: GitBackend, options: LongCall = {}): Promise<readonly Finding[]> {
  const policy = await openPolicy(backend);
  if (policy === null) return [finding('no-policy', { subject: SUBJECT, data: {} })];
  return [...missingDecisions(policy), ...failingTests(policy, options)];
}

/** A reason that names a decision (by its number, or a file) should be in the bundle; any other text is about something elsewhere. */
function missingDecisions({ program, body }: ActivePolicy): readonly Finding[] {
  return program.heads.flatMap(({ id, because }) => {
    if (because === null || isHeld(body.adrs, because)) return [];
    return [finding('policy-adr-missing', { subject: id, data: { rule: id, because } })];
  });
}

const NUMBERED = /^(?:adr)?[- ]?0*(\d+)(?!\w)/i;

function isHeld(held: readonly string[], because: string): boolean {
  if (/^[a-z]+:\/\//i.test(because)) return true;
  // By its path in the bundle, or by the end of it: the bundle may be a folder of what the reason names.
  if (because.endsWith('.md'))
    return held.some((path) => path === because || path.endsWith(`/${because}`) || because.endsWith(`/${path}`));
  const number = /^adr/i.test(because) ? NUMBERED.exec(because)?.[1] : undefined;
  return (
    number === undefined || held.some((path) => NUMBERED.exec(path.slice(path.lastIndexOf('/') + 1))?.[1] === number)
  );
}

function failingTests({ sources }: ActivePolicy, options: LongCall): readonly Finding[] {
  const files = [...sources].map(([path, text]): NewFile => ({ path, bytes: utf8(text) }));
  const failing = testPolicies(files, options).tests.filter(({ failures }) => failures.length > 0);
  return failing.slice(0, SHOWN).map(({ name, file, line }) => {
    return finding('policy-tests-fail', { subject: file, data: { test: name, place: `${file}:${line}` } });
  });
}
