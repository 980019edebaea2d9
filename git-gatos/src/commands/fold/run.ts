import { defineCommand } from '../../command/index.js';
import { counted } from '../../view/count.js';
import { DIR_OPTION, findBundle } from './bundle.js';

export const command = defineCommand({
  name: 'run',
  summary: 'fold what is new and record a checkpoint',
  description: `
Folds the events that came since the newest checkpoint, and records the state with its Proof-of-Fold on \`refs/gatos/state/NAME\`. The fold itself is recorded
too when it is new, so that a clone holds all that the proof needs. When nothing is new, nothing is written.
`,
  positionals: [{ name: 'name', kind: 'text', summary: 'name of the fold', complete: 'folds' }],
  options: {
    full: { kind: 'flag', summary: 'fold from the first event, whatever checkpoints there are' },
    dir: DIR_OPTION,
  },
  examples: [{ command: 'git gatos fold run sum', note: 'bring the state up to date' }],
  exits: ['no', 'missing', 'untrusted', 'conflict', 'temporary'],
  seeAlso: ['state show', 'fold verify', 'bisect'],
  run: async (context, { name, full, dir }) => {
    const workspace = await context.openRepository();
    const bundle = await findBundle(workspace, { name, dir });
    const { progress, signal } = context;
    const { body, appended, folded, startedAt } = await workspace.repository.fold(bundle, { full, progress, signal });
    const value = {
      name,
      events: body.events,
      folded,
      started_at: startedAt,
      state_root: String(body.state_root),
      gas_used: body.gas_used,
      checkpoint: appended === null ? null : String(appended.envelope.cid),
    };
    const text = [
      `${appended === null ? 'nothing new' : 'checkpoint'}: ${counted(body.events, 'event')}, state root ${body.state_root}`,
      ...(appended !== null && folded > 0
        ? [`folded ${counted(folded, 'event')} from event ${startedAt} on, ${body.gas_used} gas in all`]
        : []),
    ];
    return {
      value,
      text,
      next: [`look at it: git gatos state show ${name}`, `check it: git gatos fold verify ${name}`],
    };
  },
});
