import { issueCapability } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { made } from './made.js';
import { LIMIT_OPTIONS, scopeOfArguments, TARGET_OPTIONS } from './scope.js';
import { agentNamed, TERMS_OPTIONS, windowOf } from './terms.js';

export const command = defineCommand({
  name: 'issue',
  summary: 'allow somebody one kind of thing, within limits',
  description: `
Signs a capability and records it. One option says what it is for, others how far it goes, from when, and until when. Authority is kept apart by domain: blobs are
for members of the group \`cap-blob\`, tools, cells and compute for \`cap-tool\`, training and evaluation for \`cap-train\`, promotion for \`cap-deploy\`.

What is counted is counted from the log: no more than the limit goes through, whoever races. A constraint names a place in the request and what has to stand there:
an exact text, number or truth value, or the beginning of one followed by \`*\`.
`,
  options: { ...TERMS_OPTIONS, ...TARGET_OPTIONS, ...LIMIT_OPTIONS },
  examples: [
    {
      command: 'git gatos cap issue --subject user:bob --tool echo --max-calls 5 --for 7d',
      note: 'five calls, within a week',
    },
    {
      command:
        "git gatos cap issue --subject user:bob --tool fetch --max-calls unlimited --constraint 'body.url=https://example.org/*' --for 1d --delegable",
      note: 'any number of calls, to one site; bob may pass on a part',
    },
    {
      command:
        'git gatos cap issue --subject user:bob --blob 1f3a09c21f3a09c21f3a09c21f3a09c21f3a09c21f3a09c21f3a09c21f3a09c2 --range 0..100 --for 12h',
      note: 'the first hundred bytes',
    },
  ],
  exits: ['no', 'untrusted', 'missing', 'conflict', 'denied', 'temporary'],
  seeAlso: ['cap attenuate', 'cap verify', 'trust set-group'],
  run: async (context, given) => {
    const { repository } = await context.openRepository();
    const writer = await repository.writer();
    const now = Math.floor(repository.ports.clock.now());
    const scope = await scopeOfArguments(repository, given);
    const subject = agentNamed(writer.trust, given.subject, now);
    const terms = { subject, scope, ...windowOf(given, { now }), delegable: given.delegable };
    return made(context, await issueCapability(repository.ports, writer, terms), given.out);
  },
});
