import { serveGate } from 'gatosd';
import { defineCommand } from '../../command/index.js';
import { counted } from '../../view/count.js';
import { parseDuration } from '../../view/duration.js';

export const command = defineCommand({
  name: 'serve',
  summary: 'keep a gate ready, so that pushes are judged quickly',
  description: `
Stays, with the repository open and what it has verified at hand; the \`pre-receive\` hook hands it pushes over a socket that only its owner may use, and decides by itself
when no gate answers. The verdicts are the same, byte for byte. It ends on SIGTERM and SIGINT after answering what it has taken.
`,
  options: {
    socket: {
      kind: 'path',
      placeholder: 'PATH',
      summary: 'where to listen; default: gatos/gate.sock in the git directory, where the hook looks',
      complete: 'files',
    },
    idle: {
      kind: 'parsed',
      placeholder: 'TIME',
      summary: 'end after so long without a push, such as 30m; default: never',
      parse: parseIdle,
    },
  },
  examples: [{ command: 'git gatos gate serve --idle 8h', note: 'for the day' }],
  exits: ['no', 'missing', 'temporary'],
  seeAlso: ['gate pre-receive', 'hooks install'],
  run: async (context, { socket, idle }) => {
    const { cwd, env, signal } = context;
    let pushes = 0;
    const gate = await serveGate({
      cwd,
      env,
      socket,
      idleMs: idle,
      onPush: ({ verdict, ms, audit }) => {
        pushes += 1;
        context.note(`${verdict} in ${Math.round(ms)} ms${audit === null ? '' : `, recorded as ${audit}`}`);
      },
    });
    context.note(`a gate is ready on ${gate.socket}`);
    const close = (): void => void gate.close();
    if (signal.aborted) close();
    else signal.addEventListener('abort', close, { once: true });
    await gate.ended;
    return {
      value: { socket: gate.socket, pushes },
      text: `the gate has ended after ${counted(pushes, 'push', 'pushes')}`,
    };
  },
});

function parseIdle(text: string): number {
  const micros = parseDuration(text);
  if (micros === undefined || micros === 0) throw new Error('it takes a length of time such as 30m or 8h');
  return micros / 1000;
}
