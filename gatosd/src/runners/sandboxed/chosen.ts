/** Which of the files that a job left are its outputs. */
import { compareText, LIMITS, pathFault } from 'gatos-core';
import { parseGlob } from '../glob.js';
import { Ending, type GivenBytes, type Outcome, overLimit, type Verdict } from './messages.js';

/** The outcome of a job that ended with this verdict and left these files, none of which it was given. */
export function outcomeOf(verdict: Verdict, files: readonly GivenBytes[], patterns: readonly string[]): Outcome {
  const globs = patterns.map(parseGlob);
  const chosen = files.filter(({ path }) => globs.some((glob) => glob.matches(path)));
  const outputs = chosen.sort((a, b) => compareText(a.path, b.path));
  const refused = verdict.status === 'succeeded' ? faultOf(outputs) : undefined;
  if (refused !== undefined) return { ...refused.verdict, outputs: [] };
  const usable = outputs.filter((_, i) => i < LIMITS.jobFiles).filter(isUsable);
  const missing = globs.find((glob) => !usable.some(({ path }) => glob.matches(path)));
  if (missing === undefined || verdict.status !== 'succeeded') return { ...verdict, outputs: usable };
  const what = missing.literal
    ? `the output \`${missing.pattern}\` is`
    : `no file that matches \`${missing.pattern}\` is`;
  return { status: 'no-output', exit: verdict.exit, failure: `${what} there`, outputs: usable };
}

const isUsable = ({ path, bytes }: GivenBytes): boolean =>
  pathFault(path) === undefined && bytes.length <= LIMITS.jobFileBytes;

function faultOf(outputs: readonly GivenBytes[]): Ending | undefined {
  if (outputs.length > LIMITS.jobFiles)
    return overLimit(`it gives ${outputs.length} outputs, the limit is ${LIMITS.jobFiles}`);
  for (const { path, bytes } of outputs) {
    const why = pathFault(path);
    if (why !== undefined)
      return new Ending({
        status: 'failed',
        exit: 0,
        failure: `the output \`${path}\` cannot be recorded: its path ${why}`,
      });
    if (bytes.length > LIMITS.jobFileBytes)
      return overLimit(`the output \`${path}\` has ${bytes.length} bytes, the limit is ${LIMITS.jobFileBytes}`);
  }
  return undefined;
}
