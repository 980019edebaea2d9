/** Faults of the audit plane: what is recorded of refused pushes. */
import { EXIT, errorArea } from '../kernel/index.js';

export const auditError = errorArea('audit', {
  'no-denial': {
    kind: 'missing',
    message: (d: { id: string }) => `there is no denial \`${d.id}\``,
    hint: () => 'bring the audit here first: `git gatos sync`',
  },
  misplaced: {
    kind: 'integrity',
    message: (d: { chain: string; why: string }) => `the record on \`${d.chain}\` does not belong there: ${d.why}`,
  },
  'not-a-service': {
    kind: 'denied',
    exit: EXIT.untrusted,
    message: (d: { actor: string; chain: string }) =>
      `\`${d.actor}\` cannot write to \`${d.chain}\`: denials are recorded by whoever runs the gate, a \`service:\` actor`,
  },
  'bad-denial': {
    kind: 'integrity',
    message: (d: { chain: string; why: string }) => `the denial on \`${d.chain}\` contradicts itself: ${d.why}`,
  },
});
