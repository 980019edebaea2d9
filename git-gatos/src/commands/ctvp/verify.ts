import { type Check, exitOfReport, report } from 'gatos-core';
import { type PackReport, type VectorResult, verifyPack } from 'gatos-core/mythos';
import { loadZstd, nativeEngine } from 'gatos-core/node';
import { defineCommand } from '../../command/index.js';
import { exitNameOf } from '../../output/report.js';
import { type Style, visible } from '../../output/style.js';
import { counted } from '../../view/count.js';
import { openPackFolder, PACK } from './pack-folder.js';

export const command = defineCommand({
  name: 'verify',
  summary: 'check every vector of a pack',
  description: `
Looks at the digests beside the files, then at every vector: bytes are read strictly, made anew and compared, ids computed, signatures verified. The first byte that
differs is named with its file and offset. A vector of an unknown kind could not be checked, which is not the same as wrong. Where a vector passes and
departs from the specification all the same, a remark says so; so does one that nobody signed.
`,
  positionals: [PACK],
  options: {
    suite: {
      kind: 'text',
      placeholder: 'SUITE',
      summary: 'only the vectors of this suite or folder, such as `can`, or with this id',
    },
  },
  examples: [
    { command: 'git gatos ctvp verify conformance/vectors/mythos', note: 'our own pack' },
    { command: 'git gatos ctvp verify mythos-v0.2-conformance --suite wire', note: 'some of the published one' },
  ],
  exits: ['no', 'untrusted', 'mismatch', 'missing', 'denied', 'unchecked'],
  seeAlso: ['ctvp list', 'verify'],
  run: async (context, { pack, suite }) => {
    const source = await openPackFolder(pack);
    const { progress, signal } = context;
    const ports = { source, engine: nativeEngine(), zstd: await loadZstd() };
    const result = await verifyPack({ ...ports, suite, progress, signal });
    const checks = result.vectors.flatMap((vector) => vector.checks);
    return {
      value: result,
      text: [...result.vectors.flatMap((vector) => linesOf(vector, context.colour)), summary(result)],
      exit: exitNameOf(exitOfReport(report(result.pack, checks))),
    };
  },
});

const MARK = { pass: '✓', fail: '✗', unknown: '?' } as const;
const COLOUR = { pass: 'green', fail: 'red', unknown: 'yellow' } as const;

function linesOf({ id, kind, outcome, checks, remarks }: VectorResult, style: Style): readonly string[] {
  const mark = style[COLOUR[outcome]](MARK[outcome]);
  const wrong = checks.filter((check) => check.outcome !== 'pass');
  return [
    `${mark} ${visible(id)} ${style.dim(kind ?? 'unknown')}`,
    ...wrong.map((check: Check) => `    ${style[COLOUR[check.outcome]](visible(check.detail))}`),
    ...remarks.map((remark) => `    ${style.cyan('remark:')} ${visible(remark)}`),
  ];
}

function summary({ pack, version, vectors }: PackReport): string {
  const count = (outcome: Check['outcome']): number => vectors.filter((vector) => vector.outcome === outcome).length;
  const parts = [`${counted(vectors.length, 'vector')}: ${count('pass')} passed`];
  if (count('fail') > 0) parts.push(`${count('fail')} failed`);
  if (count('unknown') > 0) parts.push(`${count('unknown')} could not be checked`);
  const remarks = vectors.reduce((sum, vector) => sum + vector.remarks.length, 0);
  return `${visible(pack)} ${visible(version)}: ${parts.join(', ')}${remarks > 0 ? `; ${counted(remarks, 'remark')}` : ''}`;
}
