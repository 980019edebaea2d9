// Four years of weather in Seattle: observations become signed events, a fold makes a climatology of them, a stranger checks every
// byte of it from a clone, and one altered byte is found. A server with a gate takes the work, and refuses the altered one. A forecast becomes an
// experiment that somebody else verifies and runs again. Run it with: npm run quickstart
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { enter, expect, explain, openStage, ROOT, requireBuild, run } from '../../tools/example/story.mjs';

requireBuild();
const HERE = fileURLToPath(new URL('.', import.meta.url));
const DATA = join(ROOT, 'node_modules', 'vega-datasets', 'data', 'seattle-weather.csv');
const stage = openStage('climatology');
const lab = join(stage.folder, 'lab');
const copy = join(stage.folder, 'copy');
const server = join(stage.folder, 'server.git');
const JOURNAL = 'refs/gatos/journal/seattle/user-alice';
const AUTHOR = ['-c', 'user.name=Alice', '-c', 'user.email=alice@example.org'];
const inLab = { cwd: lab };
const inCopy = { cwd: copy };

try {
  explain('1. A repository, a key and the trust chain, in one step.');
  run(stage, ['git', 'gatos', 'init', lab, '--actor', 'user:alice']);

  explain('2. 1,461 daily observations become signed events; each row is recorded once, however often this is run.');
  run(stage, ['git', 'gatos', 'import', DATA, '--type', 'observation', '--ns', 'seattle', '--key', 'date'], inLab);
  const again = JSON.parse(
    run(
      stage,
      ['git', 'gatos', 'import', DATA, '--type', 'observation', '--ns', 'seattle', '--key', 'date', '--json'],
      { ...inLab, show: 0 },
    ),
  );
  expect(again.recorded === 0 && again.existed === 1461, 'importing the same file again records nothing');

  explain(
    '3. A deterministic fold turns the events into a climatology, and a checkpoint with its Proof-of-Fold is recorded.',
  );
  cpSync(join(HERE, 'gatos'), join(lab, 'gatos'), { recursive: true });
  run(stage, ['git', 'gatos', 'fold', 'lint', 'climate'], inLab);
  run(stage, ['git', 'gatos', 'fold', 'run', 'climate'], inLab);
  run(stage, ['git', 'gatos', 'state', 'get', 'climate', 'records'], { ...inLab, show: 20 });
  const state = JSON.parse(run(stage, ['git', 'gatos', 'state', 'show', 'climate', '--json'], { ...inLab, show: 0 }));
  expect(
    state.days === 1461 && state.months['07'].days === 124,
    `${state.days} days were folded, July is ${state.months['07'].mean_max} °C on average at its warmest hour`,
  );

  explain(
    '4. A stranger clones it, and checks every byte without trusting anyone: signatures, links, trust, and the fold itself.',
  );
  run(stage, ['git', 'gatos', 'clone', lab, copy]);
  run(stage, ['git', 'gatos', 'verify', '--all'], { ...inCopy, show: 40 });
  const there = JSON.parse(run(stage, ['git', 'gatos', 'state', 'show', 'climate', '--json'], { ...inCopy, show: 0 }));
  expect(JSON.stringify(there) === JSON.stringify(state), 'the clone holds the same state');

  explain('5. One value and its proof in a small file, which is checked without any repository.');
  run(stage, ['git', 'gatos', 'state', 'get', 'climate', 'records', '--proof', join(stage.folder, 'records.proof')], {
    ...inLab,
    show: 0,
  });
  run(stage, ['git', 'gatos', 'verify', '--proof', join(stage.folder, 'records.proof')], { cwd: stage.folder });

  explain('6. Someone alters one byte of one observation in the clone, and repairs what git would notice.');
  tamper(copy);
  run(stage, ['git', 'gatos', 'verify', '--all'], { ...inCopy, status: 13, show: 60 });
  expect(true, 'the altered byte was found, and named');

  explain('7. A server with a gate: it takes the work that verifies, in one push.');
  run(stage, ['git', 'init', '-q', '--bare', server]);
  run(stage, ['git', 'gatos', 'hooks', 'install', '--server'], { cwd: server });
  const gate = JSON.parse(
    run(stage, ['git', 'gatos', 'hooks', 'install', '--server', '--json'], { cwd: server, show: 0 }),
  );
  run(stage, ['git', 'gatos', 'trust', 'add', gate.gate.actor, gate.gate.key], { ...inLab, show: 0 });
  run(stage, ['git', 'remote', 'add', 'origin', server], inLab);
  run(stage, ['git', 'gatos', 'sync'], inLab);

  explain('8. And it refuses the altered history, although git finds nothing wrong with it and the push is forced.');
  const told = run(stage, ['git', 'push', '--force', server, JOURNAL], { ...inCopy, status: 1, show: 20, all: true });
  const denial = /denial ([0-9A-Z]{26})/.exec(told)?.[1];
  expect(told.includes('rule: gate/') && denial !== undefined, 'the push is refused, and the refusal is on record');
  run(stage, ['git', 'for-each-ref', '--format=%(refname)', 'refs/gatos/audit', JOURNAL], { cwd: server });

  explain(
    '9. An experiment on the same data: a command is run in a folder of its own, and what makes it checkable is recorded.',
  );
  cpSync(DATA, join(lab, 'weather.csv'));
  cpSync(join(HERE, 'forecast.mjs'), join(lab, 'forecast.mjs'));
  run(stage, ['git', 'add', 'weather.csv', 'forecast.mjs'], inLab);
  run(stage, ['git', ...AUTHOR, 'commit', '-qm', 'the data and the method'], inLab);
  run(
    stage,
    [
      'git',
      'gatos',
      'run',
      '-i',
      'weather.csv',
      '-o',
      'forecast.json',
      '--',
      'node',
      'forecast.mjs',
      'weather.csv',
      'forecast.json',
    ],
    inLab,
  );
  const { model, mean_error: error } = JSON.parse(readFileSync(join(lab, 'forecast.json'), 'utf8'));
  expect(
    error.forecast < 0.6 * error.always_the_mean,
    `the yearly wave around ${model.level} °C nearly halves the error`,
  );

  explain(
    '10. The run and the state become one Proof-of-Experiment, whose id is all that another person needs. It goes through the gate.',
  );
  const id = run(stage, ['git', 'gatos', 'pox', 'create', '--title', 'one wave forecasts Seattle'], inLab).trim();
  run(stage, ['git', 'gatos', 'sync'], { ...inLab, show: 4 });

  explain(
    '11. Somebody else, in a clean room: verify needs no network and trusts nobody; reproduce runs it again and compares every bit.',
  );
  const room = join(stage.folder, 'room');
  const stranger = { ...enter(stage, 'stranger'), name: undefined };
  run(stranger, ['git', 'gatos', 'clone', server, room], { show: 3 });
  run(stranger, ['git', 'gatos', 'verify', id], { cwd: room, show: 30 });
  const again_ = run(stranger, ['git', 'gatos', 'reproduce', id], { cwd: room, all: true });
  expect(again_.includes('identical'), 'what came out is identical, and a receipt is signed');
  console.log(`\nThat is the whole story. The experiment is ${id}. Your turn: git gatos help`);
} finally {
  stage.close();
}

/**
 * Changes `drizzle` to `drazzle` in one stored envelope and rebuilds tree, commit and ref around it with git's own tools, so
 * that git itself sees a perfectly healthy repository.
 */
function tamper(repository) {
  const git = (args, input) =>
    execFileSync('git', args, { cwd: repository, env: stage.env, input }).toString('latin1').trimEnd();
  const commits = git(['rev-list', '--reverse', JOURNAL]).split('\n');
  const first = execFileSync('git', ['cat-file', 'blob', `${commits[0]}:envelope`], {
    cwd: repository,
    env: stage.env,
  });
  const at = first.indexOf('drizzle');
  first[at + 2] = 'a'.charCodeAt(0);
  const file = join(stage.folder, 'altered');
  writeFileSync(file, first);
  let parent = null;
  for (const commit of commits) {
    const blob = parent === null ? git(['hash-object', '-w', file]) : git(['rev-parse', `${commit}:envelope`]);
    const tree = git(['mktree'], `100644 blob ${blob}\tenvelope\n`);
    const lines = git(['cat-file', 'commit', commit])
      .split('\n')
      .filter((line) => !line.startsWith('parent '));
    lines[0] = parent === null ? `tree ${tree}` : `tree ${tree}\nparent ${parent}`;
    parent = git(['hash-object', '-w', '-t', 'commit', '--stdin'], `${lines.join('\n')}\n`);
  }
  git(['update-ref', JOURNAL, parent]);
  run(stage, ['git', 'fsck', '--strict', '--no-dangling'], { cwd: repository });
}
