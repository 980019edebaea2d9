import { report, runCheck, verifyProof } from 'gatos-core';
import { loadEngine } from 'gatos-core/node';
import { defineCommand } from '../../command/index.js';
import { reportOutcome } from '../../output/report.js';
import { checkpointValue, findCheckpoint } from '../../view/checkpoint.js';
import { previousState } from '../../view/previous.js';

export const command = defineCommand({
  name: 'verify',
  summary: 'recompute a Proof-of-Fold',
  description: `
Folds the events that a checkpoint names with the definition it names, from the first one on, and compares every field: state root, history root, gas. On a mismatch it says
which field differs, with both values.
`,
  positionals: [{ name: 'state', kind: 'text', summary: 'name of the state, NAME~N, or its ref', complete: 'states' }],
  options: { full: { kind: 'flag', summary: 'ignore every cache; the default as long as there is none' } },
  examples: [{ command: 'git gatos fold verify sum', note: 'recompute the newest checkpoint' }],
  exits: ['missing', 'mismatch', 'untrusted', 'unchecked'],
  seeAlso: ['verify', 'fold run'],
  run: async (context, { state }) => {
    const { repository } = await context.openRepository();
    const { backend } = repository;
    const checkpoint = await findCheckpoint(repository, state);
    const { progress, signal } = context;
    const { body } = checkpoint;
    const subject = `state/${body.name}`;
    const prevState = await previousState(repository, checkpoint);
    const chain = await repository.verify({
      only: [subject, ...body.windows.map((window) => window.chain)],
      proofs: false,
      signal,
      progress,
    });
    const proof = await runCheck('proof-of-fold', subject, async () => {
      await verifyProof(
        { backend, sandbox: loadEngine },
        { checkpoint, previous: null, prevState },
        { progress, signal },
      );
      return `${body.events} events fold to ${body.state_root}`;
    });
    const checks = report(subject, [...chain.report.checks, proof]);
    return reportOutcome(checks, {
      style: context.colour,
      value: { ...checks, checkpoint: checkpointValue(checkpoint) },
    });
  },
});
