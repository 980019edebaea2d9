import { errorArea } from 'gatos-core';
import { describe, expect, it, vi } from 'vitest';
import { fakePlatform, run } from '../testing/platform.js';
import { runCli } from './cli.js';
import { type Command, defineCommand, type Table } from './command/index.js';
import type { Context } from './context.js';
import type { Outcome } from './output/outcome.js';

const fault = errorArea('test', {
  no: { kind: 'input', message: (_: object) => 'it will not do', hint: () => 'try another' },
});

function tableOf(...commands: Command[]): Table {
  return [
    {
      title: 'all',
      entries: commands.map((command) => ({
        name: command.name,
        summary: command.summary,
        load: async () => ({ command }),
      })),
    },
  ];
}

/** A table with the one command `go`. */
function go(body: (context: Context) => Outcome | Promise<Outcome>): Table {
  return tableOf(defineCommand({ name: 'go', summary: 'goes', description: 'It goes.', run: body }));
}

const answer: Outcome = {
  exit: 'waiting',
  value: { b: 1, a: new Uint8Array([1]) },
  text: ['one', 'two'],
  next: ['`git gatos on`'],
};

describe('an answer', () => {
  it('is text on standard output, and what comes next on standard error', async () => {
    expect(
      await run(
        go(() => answer),
        ['go'],
      ),
    ).toEqual({ exit: 17, out: 'one\ntwo\n', err: 'next: `git gatos on`\n' });
  });

  it('is one JSON document with --json, indented on a terminal', async () => {
    expect(
      await run(
        go(() => answer),
        ['go', '--json'],
      ),
    ).toEqual({ exit: 17, out: '{"a":"AQ","b":1}\n', err: '' });
    const shown = await run(
      go(() => answer),
      ['--json', 'go'],
      { terminal: true },
    );
    expect(shown.out).toBe('{\n  "a": "AQ",\n  "b": 1\n}\n');
  });

  it('is only its status with --quiet', async () => {
    expect(
      await run(
        go(() => answer),
        ['go', '-q'],
      ),
    ).toEqual({ exit: 17, out: '', err: '' });
    expect(
      (
        await run(
          go(() => answer),
          ['go', '-q', '--json'],
        )
      ).out,
    ).toBe('{"a":"AQ","b":1}\n');
  });

  it('cannot drive the terminal, but for its own colours', async () => {
    const table = go(({ colour }) => ({ value: null, text: `${colour.red('bad')} \u001b[2J` }));
    expect((await run(table, ['go'], { terminal: true })).out).toBe('\u001b[31mbad\u001b[39m \\u001b[2J\n');
    expect((await run(table, ['go', '--color', 'never'], { terminal: true })).out).toBe('bad \\u001b[2J\n');
    expect((await run(table, ['go'], { terminal: true, env: { NO_COLOR: '1' } })).out).toBe('bad \\u001b[2J\n');
    expect((await run(table, ['go', '--color=always'])).out).toContain('\u001b[31m');
  });
});

describe('a fault', () => {
  const table = go(() => {
    throw fault('no', {});
  });
  it('is text on standard error', async () => {
    expect(await run(table, ['go'])).toEqual({ exit: 1, out: '', err: 'error: it will not do\nhint: try another\n' });
  });

  it('is a document on standard output with --json, even where the arguments are wrong', async () => {
    const { exit, out, err } = await run(table, ['go', '--json']);
    expect({ exit, err }).toEqual({ exit: 1, err: '' });
    expect(JSON.parse(out)).toEqual({
      error: { code: 'test/no', kind: 'input', message: 'it will not do', hint: 'try another', data: {}, exit: 1 },
    });
    for (const argv of [['goo', '--json'], ['--json'], ['go', '--json', '--nope'], ['--json', '--color=x', 'go']]) {
      const run_ = await run(table, argv);
      expect(run_.exit, argv.join(' ')).toBe(129);
      expect(JSON.parse(run_.out).error.exit).toBe(129);
      expect(run_.err).toBe('');
    }
  });

  it('is not looked for after --', async () => {
    expect((await run(table, ['goo', '--', '--json'])).out).toBe('');
  });
});

describe('help', () => {
  const table = go(() => answer);
  it.each([[['go', '-h']], [['-h', 'go']], [['go', '--nope', '-h']], [['go', 'too', 'many', '--help']]])(
    '%j explains instead of running',
    async (argv) => {
      const { exit, out } = await run(table, argv);
      expect(exit).toBe(0);
      expect(out).toMatch(/^git gatos go: goes\n\nSYNOPSIS\n {4}git gatos go\n/);
    },
  );

  it('is short for -h and long for --help', async () => {
    expect((await run(table, ['go', '-h'])).out).not.toContain('It goes.');
    expect((await run(table, ['go', '--help'])).out).toContain('It goes.');
  });

  it('comes on standard error with 129 when no command is named', async () => {
    const { exit, out, err } = await run(table, []);
    expect({ exit, out }).toEqual({ exit: 129, out: '' });
    expect(err).toMatch(/go {2}goes/);
  });

  it('does not hide a wrong option', async () => {
    expect((await run(table, ['--nope'])).err).toContain('`git gatos` has no option `--nope`');
  });
});

describe('-C', () => {
  const table = go(({ cwd }) => ({ value: cwd, text: cwd }));
  it.each([
    [['-C', '/a', 'go'], '/a'],
    [['go', '-C', '/a', '-C', 'b'], '/a/b'],
    [['-C', '', 'go'], '/start'],
    [['--directory=x', 'go'], '/start/x'],
  ])('%j runs in %s', async (argv, cwd) => {
    expect((await run(table, argv)).out).toBe(`${cwd}\n`);
  });

  it('is a usage error where there is no such directory', async () => {
    expect(await run(table, ['-C', 'missing', 'go'])).toMatchObject({
      exit: 129,
      err: 'error: cannot change to `missing`: it does not exist\n',
    });
  });

  it('is where relative paths start', async () => {
    const paths = tableOf(
      defineCommand({
        name: 'go',
        summary: 's',
        description: '',
        positionals: [{ kind: 'path', name: 'file', summary: 's' }],
        run: (_, { file }) => ({ value: file, text: file }),
      }),
    );
    expect((await run(paths, ['go', 'f', '-C', '/a'])).out).toBe('/a/f\n');
  });
});

describe('streams', () => {
  it('print lines as they come, and their status at the end', async () => {
    let seen = 0;
    const table = go(() => ({
      lines: (async function* () {
        for (; seen < 3; seen++) yield `line ${seen}`;
      })(),
      exit: () => (seen === 3 ? 'no' : 'ok'),
    }));
    expect(await run(table, ['go', '--json'])).toEqual({ exit: 1, out: 'line 0\nline 1\nline 2\n', err: '' });
  });

  it('are not held back while the source waits', async () => {
    const platform = fakePlatform();
    let release: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const table = go(() => ({
      lines: (async function* () {
        yield 'early';
        await gate;
        yield 'late';
      })(),
    }));
    const running = runCli(table, { argv: ['go'], platform });
    await vi.waitFor(() => expect(platform.out()).toBe('early\n'));
    release();
    expect(await running).toBe(0);
    expect(platform.out()).toBe('early\nlate\n');
  });

  it('end with 141 when the reader leaves, and let the source clean up', async () => {
    let cleaned = false;
    let made = 0;
    const table = go(() => ({
      lines: (function* () {
        try {
          for (;;) yield `line ${made++} ${'x'.repeat(1000)}`;
        } finally {
          cleaned = true;
        }
      })(),
    }));
    expect(await run(table, ['go'], { readerLeavesAfter: 2 })).toMatchObject({ exit: 141, err: '' });
    expect(cleaned).toBe(true);
    expect(made).toBeLessThan(1000);
  });

  it('pass a fault of the source on, after the lines before it', async () => {
    const table = go(() => ({
      lines: (async function* () {
        yield 'one';
        throw fault('no', {});
      })(),
    }));
    expect(await run(table, ['go'])).toEqual({
      exit: 1,
      out: 'one\n',
      err: 'error: it will not do\nhint: try another\n',
    });
  });

  it('write bytes as they are', async () => {
    const table = go(() => ({ bytes: [new Uint8Array([104, 105]), new Uint8Array([27])] }));
    expect((await run(table, ['go'])).out).toBe('hi\u001b');
  });

  it.each([[['go']], [['go', '--json']]])('say why output could not be written: %j', async (argv) => {
    expect(
      await run(
        go(() => answer),
        argv,
        { outputFault: 'ENOSPC' },
      ),
    ).toMatchObject({
      exit: 75,
      out: '',
      err: 'error: could not write the output: no space left on the device\nhint: what the command had to do is done; only its answer is lost\n',
    });
  });
});

describe('the context', () => {
  it('aborts on a signal, and the command that stops ends with 130', async () => {
    const platform = fakePlatform();
    const table = go(async ({ signal }) => {
      setImmediate(() => platform.send('SIGINT'));
      await new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(new Error('AbortError of some library'))),
      );
      return answer;
    });
    expect(await runCli(table, { argv: ['go'], platform })).toBe(130);
    expect(platform.err()).toBe('error: interrupted by SIGINT\n');
    expect(platform.send('SIGINT')).toBe(false);
  });

  it('leaves signals to the system while a command does not look at its signal', async () => {
    const platform = fakePlatform();
    const table = go(() => {
      expect(platform.send('SIGTERM')).toBe(false);
      return answer;
    });
    expect(await runCli(table, { argv: ['go'], platform })).toBe(17);
  });

  it('ends at once on a second signal', async () => {
    const platform = fakePlatform();
    const table = go(({ signal }) => {
      expect(signal.aborted).toBe(false);
      platform.send('SIGTERM');
      expect(signal.aborted).toBe(true);
      expect(platform.exits).toEqual([]);
      platform.send('SIGTERM');
      return answer;
    });
    await runCli(table, { argv: ['go'], platform });
    expect(platform.exits).toEqual([130]);
  });

  it('reads arguments from their place, standard input and files, within bounds', async () => {
    const table = tableOf(
      defineCommand({
        name: 'go',
        summary: 's',
        description: '',
        options: { payload: { kind: 'json', required: true, summary: 's' } },
        async run({ readSource }, { payload }) {
          const text = new TextDecoder().decode(await readSource(payload, { maxBytes: 1000 }));
          return { value: text, text: text.slice(0, 10) };
        },
      }),
    );
    const read = (payload: string, stdin = '') => run(table, ['go', '--payload', payload], { stdin });
    expect((await read('{"n":1}')).out).toBe('{"n":1}\n');
    expect((await read('-', 'from stdin')).out).toBe('from stdin\n');
    expect((await read(`@${import.meta.dirname}/version.ts`)).out).toBe('/** The ve\n');
    expect(await read('x'.repeat(1001))).toMatchObject({
      exit: 1,
      err: 'error: the argument has more than 1000 bytes, the limit here\n',
    });
    expect(await read('-', 'x'.repeat(1001))).toMatchObject({
      exit: 1,
      err: 'error: standard input has more than 1000 bytes, the limit here\n',
    });
    expect((await read(`@${import.meta.dirname}/cli.test.ts`)).err).toMatch(/has more than 1000 bytes/);
    expect(await read('@/no/such/file')).toMatchObject({ exit: 20, err: 'error: no file `/no/such/file`\n' });
    expect(await read('@/')).toMatchObject({ exit: 1, err: 'error: `/` is a directory, and a file is wanted\n' });
  });

  it('draws progress on a terminal only, and takes it off before anything else', async () => {
    const table = go(({ progress, note }) => {
      progress({ task: 'count', done: 1, unit: 'things' });
      note('half way');
      return answer;
    });
    expect((await run(table, ['go'])).err).toBe('half way\nnext: `git gatos on`\n');
    const { err } = await run(table, ['go', '--color=never'], { terminal: true });
    expect(err).toBe('\r\u001b[2Kcount  1 things\r\u001b[2Khalf way\nnext: `git gatos on`\n');
    expect((await run(table, ['go', '-q'], { terminal: true })).err).toBe('');
  });

  it('opens the repository once and closes it, whatever happens', async () => {
    const closed = vi.fn(async () => {});
    const opened = vi.fn(async () => ({ close: closed }));
    vi.doMock('./repository.js', () => ({ openRepository: opened }));
    try {
      const table = go(async ({ openRepository }) => {
        expect(await openRepository()).toBe(await openRepository());
        throw fault('no', {});
      });
      expect((await run(table, ['go'])).exit).toBe(1);
      expect(opened).toHaveBeenCalledTimes(1);
      expect(closed).toHaveBeenCalledTimes(1);
      opened.mockRejectedValue(fault('no', {}));
      expect(
        (
          await run(
            go(async ({ openRepository }) => ({ value: await openRepository(), text: '' })),
            ['go'],
          )
        ).err,
      ).toContain('it will not do');
      expect(closed).toHaveBeenCalledTimes(1);
    } finally {
      vi.doUnmock('./repository.js');
    }
  });
});
