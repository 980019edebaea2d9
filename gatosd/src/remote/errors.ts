/** Faults of writing to a remote first. */
import { EXIT, errorArea } from 'gatos-core';

export const remoteError = errorArea('remote', {
  refused: {
    kind: 'denied',
    message: (d: { remote: string; refs: readonly string[]; why: string; said: readonly string[] }) =>
      `\`${d.remote}\` refused ${nameOf(d.refs)}: ${d.why}`,
    hint: (d: { said: readonly string[] }) =>
      d.said.length === 0 ? 'ask whoever runs the remote; nothing was recorded' : d.said.join('\n'),
  },
  unreachable: {
    kind: 'unavailable',
    exit: EXIT.temporary,
    message: (d: { remote: string; why: string }) => `\`${d.remote}\` cannot be reached: ${d.why}`,
    hint: () => 'nothing was recorded here; try again when it answers',
  },
  failed: {
    kind: 'unavailable',
    exit: EXIT.temporary,
    message: (d: { remote: string; refs: readonly string[]; why: string }) =>
      `${nameOf(d.refs)} could not be pushed to \`${d.remote}\`: ${d.why}`,
    hint: () => 'nothing was recorded here; try again: if it arrived after all, that is found then',
  },
  unpushed: {
    kind: 'conflict',
    exit: EXIT.rewritten,
    message: (d: { ref: string; remote: string; expected: string | null; found: string | null }) =>
      `\`${d.ref}\` is at ${d.expected ?? 'nothing'} here, and at ${d.found ?? 'nothing'} in \`${d.remote}\`, which does not go on from it`,
    hint: () => 'something was written here alone; pass it on first: `git gatos sync`',
  },
  diverged: {
    kind: 'conflict',
    exit: EXIT.rewritten,
    message: (d: { ref: string; remote: string; recorded: string; found: string }) =>
      `\`${d.remote}\` took \`${d.ref}\` at ${d.recorded}, and this clone has another history of it, ${d.found}`,
    hint: () => 'something was written here alone meanwhile; `git gatos sync` shows what stands against what',
  },
  'too-many': {
    kind: 'limit',
    message: (d: { refs: number; limit: number }) => `${d.refs} refs cannot move together, no more than ${d.limit} can`,
  },
});

function nameOf(refs: readonly string[]): string {
  const [first = '', ...more] = refs;
  return more.length === 0 ? `\`${first}\`` : `\`${first}\` and ${more.length} more`;
}
