/** What differs between two runs: named, in order, once. */
import { describe, expect, it } from 'vitest';
import {
  contentCid,
  environmentOf,
  evaluateRun,
  executionOf,
  HOSTILE,
  jobFile,
  jobInput,
  manifestOf,
  trainRun,
} from '../../../testing/experiment-world.js';
import type { Environment, Manifest } from '../../jobs/index.js';
import { LIMITS } from '../../kernel/index.js';
import { compareExperiment, compareRuns, DIFFERENCE, type Difference, explain, type Run } from './index.js';

const recorded = trainRun();
const { job } = recorded.execution;
const model = (text: string) => [jobFile('model.json', text)];

const compare = (reproduced: Run): readonly Difference[] => compareRuns({ job, recorded, reproduced });
const onMachine = (change: Partial<Environment>, output = '{"weights":[1,2]}'): readonly Difference[] =>
  compare({
    ...recorded,
    execution: executionOf(recorded.manifest, model(output), { environment: environmentOf(change) }),
  });
const withManifest = (change: Partial<Manifest>): readonly Difference[] => {
  const manifest = manifestOf(change);
  return compare({ manifest, execution: executionOf(manifest, model('{"weights":[1,2]}')) });
};
const brief = (differences: readonly Difference[]) =>
  differences.map(({ where, name, recorded: a, reproduced: b }) => [where, name, a, b]);
const digest = (text: string): Uint8Array => contentCid(text).digest;

describe('compareRuns', () => {
  it('finds nothing between a run and itself, nor in times, attempts, prints and the checkout', () => {
    expect(compare(recorded)).toEqual([]);
    const environment = environmentOf({ checkout: null });
    const change = { started: 5, finished: 9, attempt: 4, stdout: contentCid('other'), environment };
    expect(
      compare({
        ...recorded,
        execution: { ...recorded.execution, ...change, logs: { stdout: 5, stderr: 0, dropped: 1 } },
      }),
    ).toEqual([]);
  });

  const { program } = manifestOf();
  it.each<[string, readonly Difference[], readonly unknown[]]>([
    [
      'an input byte',
      withManifest({ inputs: [jobInput('data.csv', 'x,y\n1,3\n')] }),
      ['input', 'data.csv', String(contentCid('x,y\n1,2\n')), String(contentCid('x,y\n1,3\n'))],
    ],
    [
      'an input that is gone',
      withManifest({ inputs: [] }),
      ['input', 'data.csv', String(contentCid('x,y\n1,2\n')), null],
    ],
    [
      'a file of the program',
      withManifest({ program: { ...program, files: [{ ...jobFile('train.mjs', 'other'), executable: false }] } }),
      ['program', 'file train.mjs', String(contentCid('export {}')), String(contentCid('other'))],
    ],
    [
      'its mode',
      withManifest({ program: { ...program, files: [{ ...jobFile('train.mjs', 'export {}'), executable: true }] } }),
      ['program', 'file train.mjs', String(contentCid('export {}')), `${contentCid('export {}')} (executable)`],
    ],
    [
      'an argument',
      withManifest({ program: { ...program, args: ['train.mjs', 'data.csv'] } }),
      ['program', 'argument 3', 'model.json', null],
    ],
    [
      'a given variable',
      withManifest({ program: { ...program, env: { SEED: '7' } } }),
      ['program', 'variable SEED', null, '7'],
    ],
    ['the network', withManifest({ network: true }), ['program', 'network', 'none', 'allowed']],
    [
      'an interpreter',
      onMachine({ tools: [{ name: 'node', version: 'v20.20.2', digest: digest('v20') }] }),
      [
        'environment',
        'tool node',
        expect.stringMatching(/^v22\.1\.0 sha256:[0-9a-f]{64}$/),
        expect.stringMatching(/^v20\.20\.2 sha256:[0-9a-f]{64}$/),
      ],
    ],
    [
      'a library',
      onMachine({ libraries: [{ path: 'node_modules/matrix', version: '1.1.0', digest: digest('1.1') }] }),
      [
        'environment',
        'library node_modules/matrix',
        expect.stringMatching(/^1\.0\.0 /),
        expect.stringMatching(/^1\.1\.0 /),
      ],
    ],
    ['the system', onMachine({ os: 'darwin 24' }), ['environment', 'os', 'linux 6.1.0', 'darwin 24']],
    ['the processor', onMachine({ arch: 'arm64' }), ['environment', 'arch', 'x64', 'arm64']],
    ['the engine', onMachine({ engine: 'quickjs@1' }), ['environment', 'engine', null, 'quickjs@1']],
    ['the runner', onMachine({ runner: 'process/2' }), ['environment', 'runner', 'process/1', 'process/2']],
    [
      'the sandbox',
      onMachine({ sandbox: { kind: 'none', network: 'none', files: 'confined' } }),
      ['environment', 'sandbox', 'bubblewrap', 'none'],
    ],
    [
      'a variable',
      onMachine({ variables: { LC_ALL: 'C', TZ: 'UTC' } }),
      ['environment', 'variable LC_ALL', 'C.UTF-8', 'C'],
    ],
    [
      'a variable passed on',
      onMachine({ passed: ['TOKEN'] }),
      ['environment', 'passed variable TOKEN', null, 'value not recorded'],
    ],
    [
      'a lock file',
      onMachine({ lockfiles: [] }),
      ['environment', 'lockfile package-lock.json', expect.stringMatching(/^sha256:/), null],
    ],
  ])('names %s, and nothing else', (_, differences, want) => {
    expect(brief(differences)).toEqual([want]);
    for (const difference of differences) DIFFERENCE.read(difference);
  });

  it('names a drifted, a missing and a new output, and how the job ended', () => {
    const execution = executionOf(recorded.manifest, [jobFile('other.json', '1')], { status: 'failed', exit: 3 });
    expect(brief(compare({ ...recorded, execution }))).toEqual([
      ['output', 'end of the job', 'succeeded, exit 0', 'failed, exit 3'],
      ['output', 'model.json', String(contentCid('{"weights":[1,2]}')), null],
      ['output', 'other.json', null, String(contentCid('1'))],
    ]);
    const drifted = compare({ ...recorded, execution: executionOf(recorded.manifest, model('{}')) });
    expect(drifted[0]).toMatchObject({ where: 'output', name: 'model.json', detail: '17 bytes → 2 bytes' });
  });

  it('tells inputs, program, environment and outputs apart in that order', () => {
    const manifest = manifestOf({ inputs: [], network: true });
    const execution = executionOf(manifest, [], { environment: environmentOf({ arch: 'arm64' }) });
    expect(compare({ manifest, execution }).map(({ where }) => where)).toEqual([
      'input',
      'program',
      'environment',
      'output',
    ]);
  });

  it('keeps whatever a machine says within a record', () => {
    const long = 'é'.repeat(LIMITS.jobArgumentBytes / 2);
    const variables = { A: HOSTILE, B: long };
    for (const difference of onMachine({ variables })) {
      DIFFERENCE.read(difference);
      expect(difference.reproduced ?? '').not.toMatch(/[\p{C}\u2028\u2029]/u);
    }
  });

  it('is not fooled by a file named as something else, nor by names that stand there twice', () => {
    const name = 'end of the job';
    const run = (text: string): Run => ({
      ...recorded,
      execution: executionOf(recorded.manifest, [jobFile(name, text)]),
    });
    expect(compareRuns({ job, recorded: run('a'), reproduced: run('b') }).map(({ name: of }) => of)).toEqual([name]);
    const twice = (first: string): Partial<Environment> => ({
      tools: ['node', 'node'].map((of, i) => ({ name: of, version: i === 0 ? first : '2', digest: digest('x') })),
    });
    const machine = (first: string): Run => ({
      ...recorded,
      execution: executionOf(recorded.manifest, [], { environment: environmentOf(twice(first)) }),
    });
    const found = compareRuns({ job, recorded: machine('1'), reproduced: machine('3') });
    expect(brief(found)).toEqual([
      ['environment', 'tool node', expect.stringMatching(/^1 /), expect.stringMatching(/^3 /)],
    ]);
  });

  it.each([
    ['long values that differ at their end', `${'x'.repeat(5000)}a`, `${'x'.repeat(5000)}b`],
    ['a control and how it is written', '\u001b', '\\u{1b}'],
  ])('tells %s apart', (_, a, b) => {
    const machine = (value: string): Run => ({
      ...recorded,
      execution: executionOf(recorded.manifest, [], { environment: environmentOf({ variables: { A: value } }) }),
    });
    const [difference] = compareRuns({ job, recorded: machine(a), reproduced: machine(b) });
    expect(difference?.recorded).toMatch(/ sha256:[0-9a-f]{64}$/);
    expect(difference?.recorded).not.toBe(difference?.reproduced);
    DIFFERENCE.read(difference);
  });

  it('lists no more than a record has room for', () => {
    const inputs = Array.from({ length: 500 }, (_, i) => jobInput(`f${1000 + i}`, String(i)));
    expect(withManifest({ inputs })).toHaveLength(LIMITS.driftDifferences);
  });
});

describe('compareExperiment', () => {
  const second = evaluateRun();
  const pairs = (environment: Partial<Environment>, text: string) => {
    const first = executionOf(recorded.manifest, model(text), { environment: environmentOf(environment) });
    const inputs = [second.manifest.inputs[0] ?? jobInput('x', ''), jobInput('model.json', text, job)];
    const manifest = { ...second.manifest, inputs };
    const execution = executionOf(manifest, second.execution.outputs, { environment: environmentOf(environment) });
    return [
      { job, recorded, reproduced: { ...recorded, execution: first } },
      { job: second.execution.job, recorded: second, reproduced: { manifest, execution } },
    ];
  };

  it('follows the order of the jobs, and tells a machine once', () => {
    const tools = [{ name: 'node', version: 'v20.20.2', digest: digest('v20') }];
    const differences = compareExperiment(pairs({ tools }, '{"weights":[1,3]}'));
    expect(differences.map(({ where, name }) => `${where} ${name}`)).toEqual([
      'environment tool node',
      'output model.json',
      'input model.json',
    ]);
    expect(differences[2]?.detail).toContain(`given by job ${job}`);
    expect(explain(differences)).toBe('explained by: node v22.1.0 vs v20.20.2');
  });

  it('finds nothing when nothing changed', () => {
    expect(compareExperiment(pairs({}, '{"weights":[1,2]}'))).toEqual([]);
  });
});

describe('explain', () => {
  it('explains drift only', () => {
    expect(explain([])).toBeNull();
    expect(explain(onMachine({ arch: 'arm64' }))).toBeNull();
    expect(explain(onMachine({}, '{}'))).toBeNull();
  });

  it.each<[string, Partial<Environment>, string]>([
    ['a value', { arch: 'arm64' }, 'explained by: arch x64 vs arm64'],
    [
      'digests when versions are the same',
      { tools: [{ name: 'node', version: 'v22.1.0', digest: digest('rebuilt') }] },
      `explained by: node v22.1.0 sha256:${'[0-9a-f]{12}'}… vs v22.1.0 sha256:${'[0-9a-f]{12}'}…`,
    ],
    ['what is missing', { lockfiles: [] }, 'explained by: lockfile package-lock.json, which is missing'],
    ['what is new', { engine: 'x' }, 'explained by: engine, which was not there'],
    [
      'the first three of many',
      { arch: 'a', os: 'b', runner: 'c', engine: 'd' },
      'explained by: engine, which was not there, os linux 6.1.0 vs b, arch x64 vs a, and 1 more',
    ],
  ])('tells %s', (_, change, want) => {
    expect(explain(onMachine(change, '{}'))).toMatch(new RegExp(`^${want}$`));
  });
});
