import { spawn } from 'node:child_process';
import { bisect, formatJson, type Predicate, type State, statePredicate } from 'gatos-core';
import { loadEngine } from 'gatos-core/node';
import { defineCommand } from '../command/index.js';
import { viewError } from '../view/errors.js';
import { eventLine, eventValue, placeEvent } from '../view/event.js';

export const command = defineCommand({
  name: 'bisect',
  summary: 'find the event that made a state bad',
  description: `
Searches the checkpoints of a state, then the events between two of them, for the first after which the state is bad, and names that event and its actor.

\`--bad\` takes a JavaScript expression over \`state\`, judged in the sandbox. \`--bad-command\` takes a shell command that gets the state as JSON on standard input and
ends with 0 when it is bad.
`,
  options: {
    state: { kind: 'text', required: true, placeholder: 'NAME', summary: 'name of the state', complete: 'states' },
    bad: { kind: 'text', placeholder: 'EXPRESSION', summary: 'such as state.sum > 100' },
    badCommand: { kind: 'text', placeholder: 'COMMAND', summary: 'run by sh' },
  },
  examples: [{ command: `git gatos bisect --state sum --bad 'state.sum < 0'`, note: 'who made the sum negative?' }],
  exits: ['no', 'missing', 'unchecked'],
  seeAlso: ['state diff', 'show'],
  run: async (context, { state: name, bad: expression, badCommand }) => {
    const { repository } = await context.openRepository();
    const bad = await predicateOf({ expression, command: badCommand, cwd: context.cwd });
    const { progress, signal } = context;
    const found = await bisect({ backend: repository.backend, sandbox: loadEngine }, { name, bad, progress, signal });
    const event = placeEvent(found.entry.envelope, found.record);
    const { index, judged, checkpoint } = found;
    return {
      value: { ...eventValue(event), index, judged, checkpoint: String(checkpoint.entry.envelope.cid) },
      text: [
        `event ${index} by ${event.actor} made it bad (${judged} states judged)`,
        eventLine(event, context.colour),
        event.cid,
      ],
      next: [`look at it: git gatos show ${event.cid}`],
    };
  },
});

interface Judge {
  readonly expression: string | undefined;
  readonly command: string | undefined;
  readonly cwd: string;
}

async function predicateOf({ expression, command, cwd }: Judge): Promise<Predicate> {
  if ((expression === undefined) === (command === undefined)) throw viewError('one-predicate', {});
  if (expression !== undefined) return statePredicate(await loadEngine(), expression);
  return (state) => judgeByCommand(command ?? '', { state, cwd });
}

/** 0 is bad, 1 is good, anything else ends the search. */
function judgeByCommand(command: string, { state, cwd }: { state: State; cwd: string }): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', command], { cwd, stdio: ['pipe', 'ignore', 'inherit'] });
    child.on('error', reject);
    child.on('close', (status) => {
      if (status === 0 || status === 1) resolve(status === 0);
      else reject(viewError('command-failed', { command, status: String(status) }));
    });
    // A command that does not read its input is free to do so.
    child.stdin.on('error', () => undefined);
    child.stdin.end(formatJson(state));
  });
}
