/** The frame with commands that only wait, ask and pour out: what tests run as a real process. See build-program.ts. */
import { setTimeout as sleep } from 'node:timers/promises';
import { runCli } from '../src/cli.js';
import { defineCommand, type Entry } from '../src/command/index.js';
import { exitWhenDone } from '../src/exit-when-done.js';
import { nodePlatform } from '../src/node-platform.js';

const base = { summary: 'for tests', description: 'For tests.' };

const ask = defineCommand({
  ...base,
  name: 'ask',
  options: { confirm: { kind: 'flag', summary: 'ask twice' } },
  async run({ prompt }, { confirm }) {
    const secret = await prompt.passphrase('the passphrase of a key', { confirm });
    return { value: secret, text: `${[...secret].length} characters: ${Buffer.from(secret).toString('hex')}` };
  },
});

const wait = defineCommand({
  ...base,
  name: 'wait',
  async run({ signal, stdout }) {
    void signal.aborted;
    stdout.write('waiting\n');
    await sleep(60_000, undefined, { signal });
    return { value: null, text: 'not interrupted' };
  },
});

/** Looks at its signal but never stops. */
const stubborn = defineCommand({
  ...base,
  name: 'stubborn',
  async run({ signal, stdout }) {
    void signal.aborted;
    stdout.write('waiting\n');
    await sleep(60_000);
    return { value: null, text: 'not interrupted' };
  },
});

const pour = defineCommand({
  ...base,
  name: 'pour',
  options: { count: { kind: 'int', default: Number.MAX_SAFE_INTEGER, summary: 'how many lines' } },
  run: (_, { count }) => ({
    lines: (function* () {
      for (let i = 0; i < count; i++) yield `line ${i}`;
    })(),
  }),
});

const crunch = defineCommand({
  ...base,
  name: 'crunch',
  async run({ progress }) {
    for (let done = 0; done <= 20; done++) {
      progress({ task: 'crunch', done, total: 20, unit: 'numbers' });
      await sleep(20);
    }
    return { value: null, text: 'crunched' };
  },
});

/** Waits for what can never happen, with nothing left that could wake it. */
const lost = defineCommand({ ...base, name: 'lost', run: () => new Promise<never>(() => undefined) });

const commands = [ask, wait, stubborn, pour, crunch, lost];
const entries = commands.map(
  (command): Entry => ({ name: command.name, summary: command.summary, load: async () => ({ command }) }),
);

const table = [{ title: 'all', entries }];
exitWhenDone(runCli(table, { argv: process.argv.slice(2), platform: nodePlatform() }), process);
