/** Faults of publishing many messages, and of handling them. */
import { EXIT, errorArea } from 'gatos-core';

export const subscriberError = errorArea('subscriber', {
  handler: {
    kind: 'unavailable',
    exit: EXIT.temporary,
    message: (d: { command: string; ulid: string; why: string; attempts: number }) =>
      `\`${d.command}\` did not handle message \`${d.ulid}\` in ${d.attempts} ${d.attempts === 1 ? 'attempt' : 'attempts'}: ${d.why}`,
    hint: () => 'the message is not acknowledged: it comes again when you subscribe again',
  },
  'no-command': {
    kind: 'unavailable',
    exit: EXIT.temporary,
    message: (d: { command: string; why: string }) => `\`${d.command}\` cannot be started: ${d.why}`,
    hint: () => 'nothing was handled with it, and nothing is acknowledged',
  },
  'bad-line': {
    kind: 'input',
    message: (d: { line: number; why: string }) => `line ${d.line} cannot be published: ${d.why}`,
    hint: () => 'every line is looked at first: nothing was recorded',
  },
});
