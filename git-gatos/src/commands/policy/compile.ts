import { formatDigest } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { writeOutputFile } from '../../output/file.js';
import { counted } from '../../view/count.js';
import { shellWord } from '../../view/shell.js';
import { PATHS } from './files.js';
import { sizeOf, withBundle } from './findings.js';

export const command = defineCommand({
  name: 'compile',
  summary: 'compile a policy to its canonical bytes',
  description: `
Prints \`policy_code_root\`, the SHA-256 of the compiled form: the same sources give the same bytes on every machine. \`-o\` writes them. Adopting a policy compiles it
by itself; this is for comparing and auditing.
`,
  positionals: [PATHS],
  options: { out: { kind: 'path', short: 'o', placeholder: 'FILE', summary: 'where to', complete: 'files' } },
  examples: [{ command: 'git gatos policy compile -o bundle.rgc', note: 'the bytes that evaluators run' }],
  exits: ['no', 'missing', 'temporary'],
  seeAlso: ['policy show', 'policy adopt'],
  run: (context, { paths, out }) =>
    withBundle(context, paths, ({ bundle }) => {
      const { code, codeRoot, files } = bundle;
      if (out !== undefined) writeOutputFile(out, code);
      const root = formatDigest(codeRoot);
      return {
        value: { policy_code_root: root, bytes: code.length, files: files.map(({ path }) => path), file: out ?? null },
        text: [
          `policy_code_root ${root}`,
          sizeOf(bundle),
          `${counted(code.length, 'byte')}${out === undefined ? '' : ` in ${out}`}`,
        ],
        next: out === undefined ? [] : [`read it: git gatos policy show ${shellWord(out)}`],
      };
    }),
});
