/** `verify` finds out what an id or a file is: every kind, in full and by its last characters, and what nobody knows. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  DATA,
  type ExperimentStage,
  jobIn,
  openExperimentStage,
  printed,
  type Room,
  TRAIN,
} from './experiment-stage.js';

let stage: ExperimentStage;
let room: Room;
let message: string;
const ids: Record<string, string> = {};

/** The CID of the envelope at the end of a chain. */
function envelopeOf(chain: string, at: Room = room): string {
  const message = stage.git(['log', '-1', '--format=%B', `refs/gatos/${chain}`], { cwd: at.path });
  return /^Envelope-CID: (\w+)$/m.exec(message)?.[1] ?? '';
}

const json = <T>(args: readonly string[], cwd = room.path): T => stage.json(args, { cwd }) as T;
const gatos = (...args: string[]): string => stage.gatos(args, { cwd: room.path });

const LAW = `deny "no-secrets" message "no" when {
  update in input.updates
  commit in update.commits
  change in commit.changes
  glob.match("secret/**", change.path)
}
`;

/** A server with a law, and a push that it denied. */
function deny(): void {
  const server = stage.at('server.git');
  stage.git(['init', '-q', '--bare', '-b', 'main', server]);
  stage.git(['remote', 'add', 'origin', server], { cwd: room.path });
  const installed = stage.run(['git', 'gatos', 'hooks', 'install'], { cwd: server });
  const add = /(git gatos trust add service:gate \S+)$/m.exec(installed.stderr)?.[1] ?? '';
  expect(stage.run(['sh', '-c', add], { cwd: room.path }).status).toBe(0);
  mkdirSync(join(room.path, 'policies'));
  room.write({ 'policies/secrets.rgs': LAW });
  gatos('policy', 'adopt', 'policies');
  gatos('sync');
  mkdirSync(join(room.path, 'secret'));
  room.write({ 'secret/x': '1' });
  stage.git(['add', '-A'], { cwd: room.path });
  stage.git(['commit', '-qm', 'y'], { cwd: room.path });
  const refused = stage.run(['git', 'push', 'origin', 'HEAD:main'], { cwd: room.path });
  expect(refused.status).toBe(1);
  gatos('sync');
}

beforeAll(() => {
  stage = openExperimentStage();
  room = stage.founded('repo', { 'data.csv': DATA, 'train.mjs': TRAIN });
  gatos('trust', 'set-group', 'leads', 'user:a');
  ids.event = json<{ cid: string }>(['emit', '--type', 'add', '--payload', '{"n":1}']).cid;
  const [journal = ''] = stage
    .git(['for-each-ref', '--format=%(refname:lstrip=2)', 'refs/gatos/journal/'], { cwd: room.path })
    .split('\n');
  ids.envelope = envelopeOf(journal);
  gatos('fold', 'new', 'sum');
  gatos('fold', 'run', 'sum');
  ids.checkpoint = envelopeOf('state/sum');
  ids.job = jobIn(
    room.run(['run', '-i', 'data.csv', '-o', 'model.json', '--', 'node', 'train.mjs', 'data.csv', 'model.json']),
  );
  ids.poe = envelopeOf(`audit/jobs/${ids.job}`);
  ids.result = envelopeOf(`jobs/${ids.job}/result`);
  ids.pox = printed(room.run(['pox', 'create', '--title', 'x', '--job', ids.job, '--state', 'sum']));
  ids.proof = envelopeOf(`audit/proofs/experiments/${ids.pox}`);
  ids.receipt = json<{ receipt: { id: string } }>(['reproduce', ids.pox]).receipt.id;
  const ask = ['propose', '--action', 'a', '--target', 'refs/heads/main', '--quorum', '1 of @leads'];
  ids.proposal = json<{ id: string }>(ask).id;
  ids.grant = json<{ id: string }>(ask).id;
  gatos('approve', ids.grant);
  gatos('grant', ids.grant);
  ids.consensus = envelopeOf(`audit/proofs/governance/${ids.grant}`);
  // A segment has to end before its messages can be proved.
  const publish = (): string =>
    JSON.stringify(json(['bus', 'publish', 'readings', '--payload', '1', '--max-messages', '1']));
  message = /"cid":"(\w+)"/.exec(publish())?.[1] ?? '';
  publish();
  deny();
  const [denied = ''] = stage
    .git(['for-each-ref', '--format=%(refname:lstrip=-1)', 'refs/gatos/audit/policy/deny/'], { cwd: room.path })
    .split('\n');
  ids.denial = denied;
  ids.adoption = envelopeOf('policies/active');
}, 120_000);
afterAll(() => stage.close());

const KINDS: readonly (readonly [id: string, told: RegExp, checked: RegExp])[] = [
  ['pox', /^Proof-of-Experiment \w{26}$/, /experiment, roots, policy, states/],
  ['proof', /^Proof-of-Experiment \w{26}$/, /proof-of-fold/],
  ['receipt', /^reproduction receipt \w{26}$/, /reproduction/],
  ['job', /^job baf\w+ and its Proof-of-Execution$/, /manifest, claims, execution, result/],
  ['poe', /^job baf\w+ and its Proof-of-Execution$/, /manifest, claims, execution, result/],
  ['result', /^job baf\w+ and its Proof-of-Execution$/, /manifest, claims, execution, result/],
  ['checkpoint', /^Proof-of-Fold baf\w+ of `state\/sum`$/, /state\/sum/],
  ['event', /^event of `journal\/default\/\S+`$/, /journal\/default/],
  ['envelope', /^envelope baf\w+ of `journal\/default\/\S+`$/, /journal\/default/],
  ['proposal', /^proposal \w{26}$/, /proposals\//],
  ['grant', /^grant \w{26}$/, /audit\/proofs\/governance[\s\S]*grants\//],
  ['consensus', /^Proof-of-Consensus \w{26}$/, /audit\/proofs\/governance/],
  ['denial', /^denial `audit\/policy\/deny\/\S+`$/, /audit\/policy\/deny/],
  ['adoption', /^envelope baf\w+ of `policies\/active`$/, /policies\/active/],
];

describe('verify', () => {
  it.each(KINDS)('knows a %s, whole and by its last characters', (kind, told, checked) => {
    const id = ids[kind] ?? '';
    expect(id).toMatch(/^\w{26,}$/);
    for (const name of [id, id.slice(-12)]) {
      const { status, stdout } = room.run(['verify', name]);
      expect([name, status]).toEqual([name, 0]);
      expect(stdout.split('\n')[0]).toMatch(told);
      expect(stdout).toMatch(checked);
    }
  });

  it('knows a blob, whole and by its first digits, and only as many as do for it', () => {
    room.write({ 'a.bin': 'a blob' });
    const cid = gatos('blob', 'put', 'a.bin');
    for (const name of [cid, cid.slice(0, 8), cid.slice(0, 20)]) {
      const { status, stdout } = room.run(['verify', name]);
      expect([name, status, stdout.split('\n')[0]]).toEqual([name, 0, `blob ${cid}`]);
      expect(stdout).toContain(`blobs/${cid[0]}`);
    }
    const other = `${cid.slice(0, 9)}${cid[9] === '0' ? '1' : '0'}`;
    for (const name of [cid.slice(0, 7), other, 'f'.repeat(64)]) expect(room.run(['verify', name]).status).toBe(20);
  });

  it('knows chains, the start of chains, refs, and several at once', () => {
    for (const name of ['state/sum', 'journal/', 'journal', 'refs/gatos/trust', 'mbus', `jobs/${ids.job}`])
      expect([name, room.run(['verify', name]).status]).toEqual([name, 0]);
    const { subjects } = json<{ subjects: string[] }>(['verify', ids.pox ?? '', ids.grant ?? '']);
    expect(subjects.map((what) => what.split(' ')[0])).toEqual(['Proof-of-Experiment', 'grant']);
    expect(room.run(['verify']).status).toBe(0);
  });

  it.each(['foo', 'state/su', '01HF7YAT00000000000000000A', `bafyrei${'a'.repeat(52)}`, 'abcdefgh', '..', ''])(
    'ends with 20 and helps for `%s`, which nobody knows',
    (name) => {
      const { status, stdout, stderr } = room.run(['verify', name]);
      expect([status, stdout]).toEqual([20, '']);
      expect(stderr).toMatch(/^error: .*\nhint: chains here: /);
    },
  );

  it('without a repository, or before there is anything, says so', () => {
    expect(stage.run(['git', 'gatos', 'verify', ids.pox ?? ''], { cwd: stage.folder }).status).not.toBe(0);
    expect(room.run(['pox', 'verify', 'x'])).toMatchObject({ status: 1, stdout: '' });
    expect(room.run(['pox', 'verify', '01HF7YAT00000000000000000A'])).toMatchObject({ status: 20, stdout: '' });
  });
});

function stateKey(): string {
  const tree = stage.git(['ls-tree', '-r', '--name-only', 'refs/gatos/state/sum'], { cwd: room.path });
  return /^state\/(.*)\.json$/m.exec(tree)?.[1] ?? '';
}

describe('verify --proof finds out what a file is', () => {
  const check = (file: string, cwd = stage.folder) => stage.run(['git', 'gatos', 'verify', '--proof', file], { cwd });

  /** A stranger reproduces it in a clone, with a key that is made for it. */
  function strangersReceipt(): { readonly file: string; readonly clone: Room } {
    const clone = stage.cloned(room, 'of-a-stranger');
    const env = { HOME: stage.at('stranger'), XDG_CONFIG_HOME: stage.at('stranger') };
    mkdirSync(env.HOME);
    const { status, stdout } = clone.run(['reproduce', ids.pox ?? ''], { env });
    expect(status).toBe(0);
    expect(stdout).toContain('a key that was made for it');
    const file = stage.at('receipt.json');
    copyFileSync(/^receipt: (.*)$/m.exec(stdout)?.[1] ?? '', file);
    return { file, clone };
  }

  it('a receipt of a stranger, in and out of a repository, and nothing of it can be changed', () => {
    const { file, clone } = strangersReceipt();
    const alone = check(file);
    expect(alone.status).toBe(0);
    expect(alone.stdout).toContain(`reproduction receipt of experiment ${ids.pox}: identical`);
    expect(alone.stdout).toContain('there is no repository here');
    const beside = check(file, clone.path);
    expect(beside.status).toBe(0);
    expect(beside.stdout).toContain('receipt: form, signature, proof');
    expect(beside.stdout).toContain('this repository holds it');
    expect(clone.run(['pox', 'show', ids.pox ?? '']).stdout).not.toContain(`reproduced by user:stranger`);
    const other = stage.founded('other', { 'x.txt': '1' });
    expect(check(file, other.path)).toMatchObject({ status: 0, stdout: expect.stringContaining('does not hold it') });
    const receipt = JSON.parse(readFileSync(file, 'utf8')) as {
      payload: string;
      payloadType: string;
      signatures: { keyid: string; sig: string }[];
    };
    const bytes = Buffer.from(receipt.payload, 'base64');
    // The last byte of the time at which it started.
    const at = bytes.indexOf('started') + 'started'.length + 8;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    const [signature] = receipt.signatures;
    const sig = `${signature?.sig.startsWith('A') ? 'B' : 'A'}${signature?.sig.slice(1)}`;
    const changes: readonly (readonly [number, object])[] = [
      [11, { signatures: [{ ...signature, sig }] }],
      [11, { payload: bytes.toString('base64') }],
      [10, { signatures: [] }],
      [1, { payloadType: 'text/plain' }],
      [1, { payload: 'AAAA' }],
    ];
    for (const [status, change] of changes) {
      writeFileSync(stage.at('forged.json'), JSON.stringify({ ...receipt, ...change }));
      expect([Object.keys(change), check(stage.at('forged.json'), clone.path).status]).toEqual([
        Object.keys(change),
        status,
      ]);
    }
  });

  it('a proof of a state, of an event, or of a message', () => {
    const file = (name: string): string => stage.at(name);
    gatos('prove', 'event', ids.event ?? '', '--in', 'sum', '--out', file('event.proof'));
    gatos('state', 'prove', 'sum', stateKey(), '--out', file('key.proof'));
    for (const name of ['event.proof', 'key.proof']) expect(check(file(name))).toMatchObject({ status: 0 });
    const binary = stage.run(['sh', '-c', `git gatos bus prove readings ${message} > ${file('message.proof')}`], {
      cwd: room.path,
    });
    expect(binary).toMatchObject({ status: 0, stderr: '' });
    expect(check(file('message.proof'), room.path).stdout).toContain('message-root');
    expect(check(file('message.proof')).status).not.toBe(0);
    const forged = Buffer.from(readFileSync(file('message.proof')));
    forged[forged.indexOf('payload') + 'payload'.length] = 2;
    writeFileSync(file('forged.proof'), forged);
    expect(check(file('forged.proof'), room.path).status).toBe(13);
  });

  it.each([
    ['nothing', ''],
    ['text', 'hello'],
    ['other JSON', '{"a":1}'],
    ['other CBOR', Buffer.from([0xa1, 0x61, 0x61, 1])],
    ['noise', Buffer.from([0xff, 0xfe, 0])],
  ])('%s is no proof', (_, content) => {
    writeFileSync(stage.at('no.proof'), content);
    const { status, stdout, stderr } = check(stage.at('no.proof'));
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain('no.proof` is not a proof file');
  });
});
