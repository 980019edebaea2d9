// How much fuel does a car use? Two jobs answer it, a Proof-of-Experiment holds how, and somebody else checks it and runs it again in a
// clean room: identical. With another version of one library: not identical, and told why. Run it with:
// node examples/pox-research/run.mjs
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { enter, expect, explain, openStage, ROOT, requireBuild, run } from '../../tools/example/story.mjs';
import { alterStored } from './tamper.mjs';

requireBuild();
const HERE = fileURLToPath(new URL('.', import.meta.url));
const stage = openStage('pox-research');
const LIBRARY = 'node_modules/tiny-scaler';
const OUTPUTS = ['model.json', 'metrics.json', 'plot.svg'];
const alice = { ...enter(stage, 'alice'), place: join(stage.folder, 'lab') };
const bob = { ...enter(stage, 'bob'), place: join(stage.folder, 'clean-room') };
const offline = withoutNetwork();

try {
  explain(
    '1. Alice has 406 cars of the years 1970 to 1982, a program that fits a model, and version 1.0.0 of a library that it uses.',
  );
  run(alice, ['git', 'gatos', 'init', alice.place, '--actor', 'user:alice'], { show: 1 });
  prepareLab();

  explain(
    '2. Two jobs: train on three quarters of the cars, evaluate on the rest. Each leaves a signed Proof-of-Execution.',
  );
  const train = ['-i', 'cars.json', '-p', 'study.mjs', '--library', LIBRARY, '-o', 'model.json'];
  gatos(alice, 'run', ...train, '--', 'node', 'train.mjs', 'cars.json', 'model.json');
  const evaluate = ['-i', 'cars.json', '-i', 'model.json', '-o', 'metrics.json', '-o', 'plot.svg'];
  gatos(alice, 'run', ...evaluate, '-p', 'study.mjs', '--', 'node', 'evaluate.mjs', 'cars.json', ...OUTPUTS);
  const metrics = JSON.parse(run(alice, ['cat', 'metrics.json'], { cwd: alice.place }));
  expect(
    metrics.rows.held_out === 98 && metrics.explained_variance.toFixed(2) === '0.91',
    'it explains 91 % of the variance of 98 cars that it has not seen (plot.svg shows them)',
  );

  explain('3. One id stands for all of it: data, programs, environment, outputs. It is what goes into a paper.');
  const experiment = createExperiment('Fuel use of cars');

  explain(
    '4. The same study in the sandbox: a pure function, on another JavaScript engine, without node and libraries.',
  );
  const before = outputsOf(alice);
  gatos(alice, 'run', '--runner', 'quickjs', '-i', 'cars.json', '-o', 'model.json', '--', 'study.mjs', 'train');
  gatos(alice, 'run', '--runner', 'quickjs', ...evaluate, '--', 'study.mjs', 'evaluate');
  expect(outputsOf(alice).equals(before), 'model, metrics and plot are the same, byte for byte');
  const sandboxed = createExperiment('Fuel use of cars, in the sandbox');

  explain('5. Bob has only the repository and the id. In a clean room, with keys of his own, he checks every byte.');
  console.log(
    offline.length > 0 ? '(There is no network in it.)' : '(This machine does not let us take the network away.)',
  );
  run(bob, [...offline, 'git', 'gatos', 'clone', alice.place, bob.place], { show: 2 });
  gatos(bob, { only: (line) => / (trust|audit\/proofs\/.*): |verified/.test(line) }, 'verify', experiment);

  explain(
    '6. He installs the library and runs the jobs again, in fresh folders: identical, and a signed receipt says so.',
  );
  install(bob, '1.0.0');
  const told = gatos(bob, { only: first(3) }, 'reproduce', experiment);
  expect(told.startsWith('✓ identical: 2 jobs run again'), 'another person, another folder, the same bytes');
  gatos(bob, 'verify', '--proof', /^receipt: (.+)$/m.exec(told)[1]);

  explain('7. Later the library is at 1.1.0, which package.json allows. The outputs drift, and the report says why.');
  install(bob, '1.1.0');
  const keepIn = (name) => ['--keep', join(stage.folder, name)];
  const telling = (line, i) => i < 7 || line.includes('deviation');
  gatos(bob, { status: 19, only: telling }, 'reproduce', experiment, ...keepIn('drifted'));
  const { drift } = json(bob, { status: 19 }, 'reproduce', experiment, '--no-receipt', ...keepIn('again'));
  checkDrift(drift);

  explain('8. The sandboxed form rests on nothing that is installed, so nothing of it drifts.');
  const again = gatos(bob, { only: first(1) }, 'reproduce', sandboxed);
  expect(again.startsWith('✓ identical: 2 jobs run again'), 'identical, whatever is installed');

  explain('9. Someone alters what is stored, and repairs what git would notice: an input, a program, an output.');
  for (const change of alterations(json(bob, {}, 'pox', 'show', experiment))) {
    const restore = alterStored({ repository: bob.place, env: bob.env }, change);
    const found = gatos(bob, { status: 13, only: (line) => /^ {4}(path|why):/.test(line) }, 'verify', experiment);
    gatos(bob, { status: 13, only: (line) => line.startsWith('the record') }, 'reproduce', experiment);
    expect(found.includes(`path: ${change.path}`), `${change.path} is named, and the exit status is 13`);
    restore();
  }
  console.log('\nThat is the whole story. Your turn: git gatos run -i INPUT -o OUTPUT -- COMMAND');
} finally {
  stage.close();
}

/** What a laboratory has: data, programs, a library that is installed, and a commit. */
function prepareLab() {
  cpSync(join(HERE, 'study'), alice.place, { recursive: true });
  copyFileSync(join(ROOT, 'node_modules', 'vega-datasets', 'data', 'cars.json'), join(alice.place, 'cars.json'));
  writeFileSync(join(alice.place, '.gitignore'), 'node_modules/\n');
  install(alice, '1.0.0');
  run(alice, ['git', 'add', '--all'], { cwd: alice.place, only: () => false });
  run(alice, ['git', 'commit', '-m', 'Data and programs of the study'], { cwd: alice.place, show: 2 });
}

/** As `npm install` would. */
function install({ place }, version) {
  rmSync(join(place, LIBRARY), { recursive: true, force: true });
  cpSync(join(HERE, 'packages', `tiny-scaler-${version}`), join(place, LIBRARY), { recursive: true });
  console.log(`installed tiny-scaler ${version}`);
}

function createExperiment(title) {
  return gatos(alice, { only: first(1) }, 'pox', 'create', '--title', title).trim();
}

function outputsOf({ place }) {
  return Buffer.concat(OUTPUTS.map((path) => readFileSync(join(place, path))));
}

/** One fact of the environment differs, and it comes first; then what it led to, with its place and both numbers. */
function checkDrift({ differences, contents }) {
  const [cause, ...others] = differences;
  expect(
    cause.name === `library ${LIBRARY}` &&
      /^1\.0\.0 sha256:/.test(cause.recorded) &&
      /^1\.1\.0 sha256:/.test(cause.reproduced),
    'the first difference is the library, with both versions and both digests',
  );
  expect(
    others.every(({ where }) => where !== 'environment' && where !== 'program'),
    'nothing else is blamed',
  );
  const [place] = contents.find(({ path }) => path === 'model.json').items;
  expect(
    place.place === 'features[0].deviation' &&
      place.recorded.startsWith('839.7') &&
      place.reproduced.startsWith('841.1'),
    'in model.json the standard deviations differ: 1.1.0 divides by n - 1',
  );
}

/** A digit of an input, a constant of a program, a digit of an output. */
function alterations({ jobs: [training, evaluation] }) {
  const given = `refs/gatos/jobs/${training.job}/job`;
  return [
    { ref: given, path: 'inputs/cars.json', from: '3504', to: '3505' },
    { ref: given, path: 'program/study.mjs', from: 'PENALTY = 1', to: 'PENALTY = 2' },
    { ref: `refs/gatos/audit/jobs/${evaluation.job}`, path: 'outputs/metrics.json', from: '0.907', to: '0.987' },
  ];
}

/** Picks the first lines. */
function first(count) {
  return (_, i) => i < count;
}

/** `git gatos` where this person works; Bob has no network. */
function gatos(person, ...args) {
  const options = typeof args[0] === 'object' ? args.shift() : { only: (line) => !line.startsWith('next: ') };
  const prefix = person === bob ? offline : [];
  return run(person, [...prefix, 'git', 'gatos', ...args], { cwd: person.place, ...options });
}

function json(person, options, ...args) {
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
