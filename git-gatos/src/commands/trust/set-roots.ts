import { defineCommand } from '../../command/index.js';
import { makeChange, OUT_OPTION } from './change.js';

export const command = defineCommand({
  name: 'set-roots',
  summary: 'say who may change trust',
  description:
    'Sets the roots, and how many of them must sign every later change. Each root needs a key in the trust chain.',
  positionals: [{ name: 'roots', kind: 'rest', of: 'text', min: 1, summary: 'actors' }],
  options: {
    threshold: { kind: 'int', min: 1, max: 64, default: 1, placeholder: 'N', summary: 'how many must sign' },
    out: OUT_OPTION,
  },
  examples: [
    { command: 'git gatos trust set-roots user:alice user:bob user:carol --threshold 2', note: 'two of three' },
  ],
  exits: ['no', 'untrusted', 'conflict'],
  seeAlso: ['trust sign', 'trust apply'],
  run: (context, { roots, threshold, out }) =>
    makeChange(context, { changes: [{ op: 'set-roots', roots, threshold }], out }),
});
