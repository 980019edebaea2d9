// The first build of MYTHOS: a signed packet with one task runs under lent capabilities. It calls a tool, once however often it is run,
// stores a blob and checks a chunk of it against its root. Somebody else checks all of it in a clone, without a network. The same tool in
// WebAssembly, Node and Python is asked the same bytes and answers the same bytes. Run it with:
// node examples/first-build/run.mjs
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { enter, expect, explain, openStage, requireBuild, run } from '../../tools/example/story.mjs';

requireBuild();
const TOOLS = fileURLToPath(new URL('tools', import.meta.url));
const CHUNK = 256 * 1024;
const stage = openStage('first-build');
const place = (name) => ({ place: join(stage.folder, name) });
const alice = { ...enter(stage, 'alice'), ...place('alice') };
const bob = { ...enter(stage, 'bob'), ...place('bob') };
const offline = withoutNetwork();

try {
  explain('1. One tool, four ways to run it. Its id follows from what it does, so all four are the same tool.');
  const { tool, cid } = lookAhead();
  expect(true, `echo is ${short(tool)}, and story.txt will be the blob ${short(cid)}`);

  explain('2. Alice founds a repository. Who may issue capabilities is kept apart by domain: tools, blobs.');
  run(alice, ['git', 'gatos', 'init', alice.place, '--actor', 'user:alice'], { show: 1 });
  for (const group of ['cap-tool', 'cap-blob']) gatos(alice, 'trust', 'set-group', group, 'user:alice');

  explain(
    '3. She allows herself three things and nothing else: three calls of echo, blobs of a kind, reading one blob.',
  );
  const caps = {
    call: issue('--tool', tool, '--max-calls', '3'),
    write: issue('--blob-write', 'demo', '--max-size', '1M', '--media', 'text/plain'),
    read: issue('--blob', cid),
  };
  const elsewhere = ['node', 'python'].map(cloneOfAlice);

  explain('4. A packet: a program of eleven operations, one task with a budget, signed with her key.');
  gatos(alice, 'tool', 'declare', join(TOOLS, 'wasm', 'tool.json'));
  const packet = buildPacket(caps);
  gatos(alice, { show: 20 }, 'ir', 'show', packet);
  gatos(alice, 'ir', 'check', packet);

  explain('5. It runs: pure operations, one call of the tool, one blob stored, one chunk of it checked.');
  const lent = Object.values(caps).flatMap((id) => ['--cap', id]);
  const first = runPacket(alice, packet, lent);
  expect(first.outcome.value === 'hello', 'the tool answered what it was asked');
  expect(first.effects[0].status === 'invoked' && first.receipts.length === 3, 'three effects, three signed receipts');

  explain(
    '6. The same packet again: the ledger knows the answer. Nothing is invoked, and the receipt is the same one.',
  );
  gatos(alice, { show: 16 }, 'ir', 'run', packet, ...lent);
  const again = runPacket(alice, packet, lent);
  expect(again.effects[0].status === 'replayed', 'the tool was not invoked again');
  expect(again.receipts[0].receipt === first.receipts[0].receipt, `the receipt is ${first.receipts[0].receipt}`);
  const { used } = json(alice, 'cap', 'show', caps.call);
  expect(used.calls === 1, 'one of the three calls is used, after three runs');

  explain('7. What was not allowed does not happen.');
  refused(alice, 12, 'execute/not-lent', 'ir', 'run', packet, '--cap', caps.write, '--cap', caps.read);
  expect(true, 'without the capability to call, nothing is called');
  const forged = alter(packet);
  gatos(alice, { status: 11, show: 6 }, 'ir', 'run', forged, ...lent);
  expect(true, 'one letter changed in the packet, and nothing of it runs');
  const poor = buildPacket(caps, { id: 'poor', budget: { io_count: 0 } });
  refused(alice, 1, 'ir/budget', 'ir', 'run', poor, ...lent);
  expect(true, 'with a budget of no effects, the first one is not made');

  explain(
    '8. Bob has a clone and no network. One chunk and its proof is all that he is sent, and he checks it by itself.',
  );
  console.log(
    offline.length > 0 ? '(There is no network in it.)' : '(This machine does not let us take the network away.)',
  );
  gatos(alice, 'blob', 'proof', cid, '--chunk', '1', '-o', 'chunk.proof', '--chunk-bytes', 'chunk.bin');
  run(bob, [...offline, 'git', 'gatos', 'clone', alice.place, bob.place], { show: 2 });
  for (const name of ['chunk.proof', 'chunk.bin']) send(name, bob);
  const verify = ['blob', 'verify', cid, '--proof', 'chunk.proof', '--chunk-bytes', 'chunk.bin'];
  gatos(bob, ...verify);
  const told = json(bob, 'blob', 'stat', cid);
  expect(told.chunks === 3, 'it is chunk 1 of 3; the other two he does not need');
  flip(join(bob.place, 'chunk.bin'));
  gatos(bob, { status: 13, show: 4 }, ...verify);
  expect(true, 'one bit of the chunk flipped is noticed');

  explain('9. The chunks themselves he does not have yet, and is told so. Then he fetches them, and everything holds.');
  const telling = (line) => /^. (issued|used|effects\/.: order|chunks|repository)/.test(line);
  gatos(bob, { status: 21, only: telling }, 'verify', '--all');
  gatos(bob, 'blob', 'sync', 'origin');
  gatos(bob, { only: telling }, 'verify', '--all');
  expect(true, 'every receipt, every capability and every chunk, from a clone, without a network');

  explain('10. The same packet in other clones, where the tool is a Node and a Python program.');
  for (const clone of elsewhere) {
    if (clone.name === 'python' && !has('python3')) {
      console.log('(There is no python3 on this machine: passed over.)');
      continue;
    }
    gatos(clone, 'tool', 'declare', join(TOOLS, clone.name, 'tool.json'));
    send(packet, clone);
    const there = runPacket(clone, packet, lent);
    expect(
      there.effects[0].status === 'invoked',
      `${there.effects[0].tool} was invoked: this clone knew nothing of it`,
    );
    compare(first.receipts[0], there.receipts[0], clone.name);
  }
  console.log('\nThat is the whole story. Your turn: git gatos ir build --help');
} finally {
  stage.close();
}

/** Ids follow from content, so they are known before anything is recorded where it counts: from a repository that is thrown away. */
function lookAhead() {
  const scratch = { ...enter(stage, 'scratch'), ...place('scratch') };
  run(scratch, ['git', 'gatos', 'init', scratch.place, '--actor', 'user:scratch'], { only: () => false });
  const ids = ['builtin', 'wasm', 'node', 'python'].map((kind) => {
    const declared = json(scratch, 'tool', 'declare', join(TOOLS, kind, 'tool.json'));
    console.log(`${declared.name.padEnd(12)} ${declared.tool_id}`);
    return declared.tool_id;
  });
  expect(new Set(ids).size === 1, 'four programs, one id');
  writeStory(scratch);
  const blob = json(scratch, 'blob', 'put', 'story.txt', '--media', 'text/plain', '--chunk-size', '256KiB');
  return { tool: ids[0].replace('sha256:', ''), cid: blob.cid };
}

/** Three chunks of text, the same on every machine. */
function writeStory({ place }) {
  let text = '';
  for (let i = 0; text.length < 2.5 * CHUNK; i++) text += `${i} times the tool was asked, and once it was invoked\n`;
  writeFileSync(join(place, 'story.txt'), text);
}

function issue(...what) {
  const { id } = json(alice, 'cap', 'issue', '--subject', 'user:alice', '--for', '1d', ...what);
  gatos(alice, { show: 5 }, 'cap', 'show', id);
  return id;
}

/** A clone of hers, made before any tool was declared. */
function cloneOfAlice(name) {
  const clone = { ...alice, name, place: join(stage.folder, name) };
  run(clone, ['git', 'gatos', 'clone', alice.place, clone.place], { only: () => false });
  gatos(clone, { only: () => false }, 'init', '--actor', 'user:alice');
  return clone;
}

function buildPacket({ call, write, read }, { id = 'hello-1', budget = {} } = {}) {
  writeStory(alice);
  const source = {
    module: 'first-build',
    notes: 'asks the echo, keeps a story, reads a chunk of it',
    ops: [
      ['NOP'],
      ['CONST', 'r0', { text: 'hello' }],
      ['REQUIRE_CAP', call],
      ['EFFECT', 'echo-wasm', 'r0', 'r1', 'r2'],
      ['CONST', 'r3', { file: 'story.txt' }],
      ['REQUIRE_CAP', write],
      ['BLOB_PUT', 'r3', { blob: { media: 'text/plain', namespace: 'demo', chunk_size: CHUNK } }, 'r4', 'r5'],
      ['CONST', 'r6', { unsigned: 1 }],
      ['REQUIRE_CAP', read],
      ['BLOB_CHUNK_GET', 'r4', 'r6', 'r7', 'r8'],
      ['RET', 'r1'],
    ],
    tasks: [{ id, budget: { cpu_us: 10_000, io_count: 3, state_writes: 1, deadline_us: 60_000_000, ...budget } }],
  };
  writeFileSync(join(alice.place, `${id}.json`), JSON.stringify(source, null, 2));
  gatos(alice, 'ir', 'build', `${id}.json`, '-o', `${id}.mythos`);
  return `${id}.mythos`;
}

/** Runs it once, and says what came of it. */
function runPacket(person, packet, lent) {
  const told = json(person, 'ir', 'run', packet, ...lent).run;
  for (const { tool, status } of told.effects) console.log(`${tool}: ${status}`);
  for (const { receipt, request_hash, response_hash } of told.receipts)
    console.log(`receipt ${short(receipt)}  request ${short(request_hash)}  response ${short(response_hash)}`);
  console.log(`returned ${JSON.stringify(told.outcome.value)}, spent ${JSON.stringify(told.spent)}`);
  return told;
}

function short(id) {
  return `${id.slice(0, 16)}…`;
}

function send(name, person) {
  copyFileSync(join(alice.place, name), join(person.place, name));
}

/** Bytes that two programs in two languages were sent, and sent back. */
function compare(ours, theirs, language) {
  for (const [name, hash] of [
    ['request', 'request_hash'],
    ['response', 'response_hash'],
  ]) {
    console.log(`${name.padEnd(9)} wasm ${ours[hash]}\n${''.padEnd(9)} ${language.padEnd(4)} ${theirs[hash]}`);
    expect(ours[hash] === theirs[hash], `the same ${name}, byte for byte`);
  }
}

/** A packet in which one letter of what the tool is asked is another one. */
function alter(packet) {
  const bytes = readFileSync(join(alice.place, packet));
  bytes.write('jello', bytes.indexOf('hello'));
  writeFileSync(join(alice.place, 'forged.mythos'), bytes);
  return 'forged.mythos';
}

function flip(path) {
  const bytes = readFileSync(path);
  bytes[1000] ^= 1;
  writeFileSync(path, bytes);
}

/** A run that ends with this status, for this reason. */
function refused(person, status, code, ...args) {
  gatos(person, { status, show: 12 }, ...args);
  const { run: told } = json(person, { status }, ...args);
  expect(told.outcome.error.code === code, `refused as ${code}`);
}

function has(program) {
  return spawnSync(program, ['--version']).status === 0;
}

/** `git gatos` where this person works; Bob has no network. */
function gatos(person, ...args) {
  const options = typeof args[0] === 'object' ? args.shift() : { only: (line) => !line.startsWith('next: ') };
  const prefix = person === bob ? offline : [];
  return run(person, [...prefix, 'git', 'gatos', ...args], { cwd: person.place, ...options });
}

function json(person, ...args) {
  const options = typeof args[0] === 'object' ? args.shift() : {};
  return JSON.parse(gatos(person, { only: () => false, ...options }, ...args, '--json'));
}

/** How a command is run without a network, where this machine allows it. */
function withoutNetwork() {
  const ways = [
    ['unshare', '-n'],
    ['unshare', '-rn'],
  ];
  return ways.find(([program, ...args]) => spawnSync(program, [...args, 'true']).status === 0) ?? [];
}
