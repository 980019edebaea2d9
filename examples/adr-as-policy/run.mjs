// A decision in Markdown becomes law: a push that breaks it is refused with a link to the decision, two of three leads let the same push
// pass, one of them takes his word back and the next one is refused again. A stranger judges the refusals once more from a clone.
// Run it with: node examples/adr-as-policy/run.mjs
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { enter, expect, explain, openStage, requireBuild, run } from '../../tools/example/story.mjs';

requireBuild();
const HERE = fileURLToPath(new URL('.', import.meta.url));
const stage = openStage('adr-as-policy');
const [server, alice, bob, carol, stranger] = ['server', 'alice', 'bob', 'carol', 'stranger'].map(enterAt);
const LINK = 'gatos/policies/0042-public-api.md';
const MAIN = 'refs/heads/main';

try {
  explain('1. An ordinary bare repository, and Alice, who founds the trust chain in her clone of it.');
  run(stage, ['git', 'init', '-q', '--bare', '--initial-branch=main', server.place]);
  run(stage, ['git', 'clone', '-q', server.place, alice.place]);
  gatos(alice, 'init', '--actor', 'user:alice');
  write(alice, 'src/api/users.ts', 'export const users = () => [];\n');
  commit(alice, 'A service with a public API');
  push(alice, MAIN);
  gatos(alice, 'sync');

  explain('2. Bob and Carol clone it. Alice says whose keys they have, and that the three of them are the leads.');
  for (const person of [bob, carol]) arrive(person);
  for (const person of [bob, carol]) gatos(alice, 'trust', 'add', `user:${person.name}`, keyOf(person));
  gatos(alice, 'trust', 'set-group', 'leads', 'user:alice', 'user:bob', 'user:carol');

  explain(
    '3. The gate: one command on the server. It signs what it records with a key of its own, which Alice lets speak.',
  );
  gatos(server, 'hooks', 'install', '--server');
  gatos(alice, 'trust', 'add', 'service:gate', json(server, 'hooks', 'install', '--server').gate.key);

  explain(`4. The decision: ${LINK}. Its \`rgs\` blocks are tested, and adopted they are law.`);
  cpSync(join(HERE, 'gatos'), join(alice.place, 'gatos'), { recursive: true });
  gatos(alice, 'policy', 'test');
  gatos(alice, 'policy', 'adopt', '--note', 'as decided on Monday');
  commit(alice, 'Decide: API changes need 2 of 3 leads');
  push(alice, MAIN);
  gatos(alice, 'sync');
  expect(true, 'a push that changes nothing of the API passes as before');

  explain(
    '5. Carol changes the API and pushes. She reads what is refused, by which rule, why, and what would make it pass.',
  );
  gatos(carol, 'sync');
  run(carol, ['git', 'pull', '-q'], { cwd: carol.place });
  write(carol, 'src/api/users.ts', 'export const users = (page) => [];\n');
  commit(carol, 'Page the users');
  const first = refused(carol, MAIN);
  expect(
    first.includes('policy/api-needs-two-leads') && first.includes(LINK),
    'the denial names the rule and links to the decision',
  );
  const denial = denialIn(first);
  expect(denial !== null, `the denial is a record: ${denial}`);

  explain(
    '6. She asks for a grant and approves it herself. One voice of two: no grant. The same refusal within a minute is one record.',
  );
  const proposal = propose(carol, '2 of @leads', 'clients need pages');
  gatos(carol, 'approve', proposal);
  gatos(carol, 'sync');
  gatos(carol, { status: 17 }, 'grant', proposal);
  const second = refused(carol, MAIN);
  expect(denialIn(second) !== null, 'one approval is not enough');

  explain('7. A grant by a quorum of her own is one, but no two leads: the law counts who approved.');
  const alone = propose(carol, 'user:carol', 'I know what I do');
  gatos(carol, 'approve', alone);
  gatos(carol, 'grant', alone);
  gatos(carol, 'sync');
  expect(refused(carol, MAIN).includes('1 more approval of @leads'), 'one more lead is asked for');

  explain('8. Bob reads the proposal and approves. The quorum is met, and the same push passes.');
  gatos(bob, 'sync');
  gatos(bob, 'proposals', proposal);
  gatos(bob, 'approve', proposal);
  gatos(bob, 'grant', proposal);
  gatos(bob, 'sync');
  push(carol, MAIN);
  expect(headOf(server) === headOf(carol), 'main is where Carol pushed it');

  explain('9. Bob takes his approval back. The grant falls with it, and the next change of the API is refused.');
  gatos(bob, 'sync');
  gatos(bob, 'revoke', proposal, '--what', 'approval', '--reason', 'the clients were never asked');
  gatos(bob, 'sync');
  write(carol, 'src/api/users.ts', 'export const users = (page, size) => [];\n');
  commit(carol, 'Size the pages');
  refused(carol, MAIN);
  expect(headOf(server) !== headOf(carol), 'main did not move');

  explain('10. The law itself cannot be undone by force either, although this server would let git do it.');
  const law = 'refs/gatos/policies/active';
  expect(refused(carol, `:${law}`).includes('gate/no-deletion'), 'nobody deletes the law');
  const other = refused(carol, `+${MAIN}:${law}`);
  expect(other.includes('gate/'), 'nobody puts another history in its place');

  explain('11. A stranger clones the repository, checks every byte of it, and judges the first denial again.');
  run(stranger, ['git', 'gatos', 'clone', server.place, stranger.place], { show: 40 });
  gatos(stranger, { show: 60 }, 'verify', '--all');
  gatos(stranger, { show: 40 }, 'policy', 'explain', denial);
  const again = json(stranger, 'policy', 'explain', denial);
  expect(again.outcome === 'same', 'the same decision, byte for byte');
  console.log('\nThat is the whole story. Your turn: git gatos policy new --adr 0001-my-decision');
} finally {
  stage.close();
}

function enterAt(name) {
  return { ...enter(stage, name), place: join(stage.folder, name === 'server' ? 'server.git' : name) };
}

/** `git gatos` where this person works. */
function gatos(person, ...args) {
  const options = typeof args[0] === 'object' ? args.shift() : {};
  return run(person, ['git', 'gatos', ...args], { cwd: person.place, ...options });
}

function json(person, ...args) {
  return JSON.parse(gatos(person, { show: 0 }, ...args, '--json'));
}

function arrive(person) {
  run(person, ['git', 'gatos', 'clone', server.place, person.place]);
  gatos(person, 'init', '--actor', `user:${person.name}`);
}

function keyOf(person) {
  return json(person, 'key', 'list').keys[0].key;
}

function propose(person, quorum, reason) {
  const what = ['--action', 'api-change', '--target', MAIN];
  const proposal = json(person, 'propose', ...what, '--quorum', quorum, '--uses', 'any', '--reason', reason);
  return proposal.id;
}

function write({ place }, path, text) {
  const file = join(place, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function commit(person, subject) {
  run(person, ['git', 'add', '--all'], { cwd: person.place });
  run(person, ['git', 'commit', '-q', '-m', subject], { cwd: person.place });
}

function push(person, what) {
  return run(person, ['git', 'push', 'origin', what], { cwd: person.place, all: true });
}

/** A push that the gate refuses; what the pusher reads. */
function refused(person, what) {
  return run(person, ['git', 'push', 'origin', what], { cwd: person.place, all: true, status: 1, show: 24 });
}

function denialIn(text) {
  return /denial ([0-9A-HJKMNP-TV-Z]{26})/.exec(text)?.[1] ?? null;
}

function headOf({ place, env }) {
  return execFileSync('git', ['rev-parse', MAIN], { cwd: place, env, encoding: 'utf8' }).trim();
}
