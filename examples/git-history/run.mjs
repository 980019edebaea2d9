// The history of a repository as signed events: import it, prove that nothing was lost, fold it into figures that agree with git's own,
// and search it by halving. Run it with: node examples/git-history/run.mjs [REPOSITORY]
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, realpathSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, explain, openStage, ROOT, requireBuild, run } from '../../tools/example/story.mjs';
import { commitId, rebuild } from './rebuild.mjs';
import { makeSmallHistory } from './small-history.mjs';

requireBuild();
const HERE = fileURLToPath(new URL('.', import.meta.url));
const stage = openStage('git-history');
const lab = join(stage.folder, 'lab');
const inLab = { cwd: lab };
const quiet = { ...inLab, show: 0 };

try {
  // Whoever owns the repository: we only read it.
  writeFileSync(stage.env.GIT_CONFIG_GLOBAL, '[safe]\n\tdirectory = *\n');
  const source = chooseRepository();
  const git = askGit(source);

  explain(`1. A new repository, to hold the history of ${source}.`);
  run(stage, ['git', 'gatos', 'init', lab, '--actor', 'user:historian']);

  explain('2. Every commit of its branches and tags becomes a signed event under its id, parents before children.');
  const importing = ['git', 'gatos', 'import', '--format', 'git', source, '--ns', 'history'];
  run(stage, importing, inLab);
  const again = JSON.parse(run(stage, [...importing, '--json'], quiet));
  expect(
    again.recorded === 0 && again.existed === git.commits,
    `importing it again records nothing: all ${git.commits} commits are there`,
  );

  explain('3. Nothing was lost: rebuilt from its event, each commit hashes to its own id.');
  const cut = checkEvents(
    run(stage, ['git', 'gatos', 'log', '--ns', 'history', '--reverse', '--jsonl'], { ...inLab, show: 1 }),
  );
  expect(
    cut < git.commits,
    `${git.commits - cut} commits are in their events byte for byte${cut > 0 ? `, ${cut} were too large` : ''}`,
  );

  explain('4. A deterministic fold makes figures of them, and records a checkpoint with its Proof-of-Fold.');
  cpSync(join(HERE, 'gatos'), join(lab, 'gatos'), { recursive: true });
  run(stage, ['git', 'gatos', 'fold', 'lint', 'history'], inLab);
  run(stage, ['git', 'gatos', 'fold', 'run', 'history'], inLab);
  const state = JSON.parse(run(stage, ['git', 'gatos', 'state', 'show', 'history', '--json'], quiet));
  tell(state);
  expect(state.commits === git.commits, `git counts ${git.commits} commits too`);
  if (!git.shallow) expect(state.merges === git.merges, `git counts ${git.merges} merges too`);

  explain('5. Every signature, every link and the fold itself, checked from the bytes.');
  run(stage, ['git', 'gatos', 'verify', '--all'], { ...inLab, show: 40 });

  explain('6. Which event was it that first …? Found by halving, not by reading.');
  if (state.merges > 0) {
    const merge = bisect('state.merges > 0');
    expect(
      merge.payload.parents.length > 1,
      `the first merge is ${merge.payload.commit}, by ${merge.payload.author.name} (event ${merge.index})`,
    );
  }
  const half = Math.ceil(state.commits / 2);
  const middle = bisect(`state.commits >= ${half}`);
  expect(
    middle.index === half - 1,
    `commit number ${half} is ${middle.payload.commit}, by ${middle.payload.author.name}`,
  );
  console.log('\nThat is the whole story. Yours: node examples/git-history/run.mjs REPOSITORY');
} finally {
  stage.close();
}

/** The repository that was named, else the one that this example stands in, else a small one made for the purpose. */
function chooseRepository() {
  const named = process.argv.slice(2).find((word) => !word.startsWith('-'));
  if (named !== undefined) return resolve(named);
  const ask = (...args) => spawnSync('git', ['-C', ROOT, ...args], { env: stage.env, encoding: 'utf8' });
  const top = ask('rev-parse', '--show-toplevel');
  const isOurs = top.status === 0 && realpathSync(top.stdout.trimEnd()) === realpathSync(ROOT);
  if (isOurs && ask('rev-parse', '--verify', '--quiet', 'HEAD').status === 0) return realpathSync(ROOT);
  console.log('There is no history here, so a small one is made.');
  return makeSmallHistory(stage.folder, stage.env);
}

/** What git itself says about the repository. */
function askGit(source) {
  const ask = (...args) =>
    execFileSync('git', ['--no-replace-objects', '-C', source, ...args], { env: stage.env, encoding: 'utf8' }).trim();
  const head =
    spawnSync('git', ['-C', source, 'rev-parse', '--verify', '--quiet', 'HEAD'], { env: stage.env }).status === 0
      ? ['HEAD']
      : [];
  const count = (...args) => Number(ask('rev-list', '--count', ...args, ...head, '--branches', '--remotes', '--tags'));
  return {
    commits: count(),
    merges: count('--merges'),
    shallow: ask('rev-parse', '--is-shallow-repository') === 'true',
  };
}

/** Rebuilds every commit; returns how many were cut. */
function checkEvents(jsonl) {
  let cut = 0;
  for (const line of jsonl.split('\n')) {
    if (line === '') continue;
    const { payload } = JSON.parse(line);
    const bytes = rebuild(payload);
    if (bytes === null) cut += 1;
    else if (commitId(bytes, payload.commit.length) !== payload.commit)
      throw new Error(`the event of ${payload.commit} is of another commit`);
  }
  return cut;
}

function bisect(bad) {
  return JSON.parse(run(stage, ['git', 'gatos', 'bisect', '--state', 'history', '--bad', bad, '--json'], quiet));
}

function tell({ commits, merges, roots, signed, undated, authors, months, first, last, largest_gap: gap }) {
  const day = (seconds) => {
    const date = new Date(seconds * 1000);
    return Number.isNaN(date.getTime()) ? `second ${seconds}` : date.toISOString().slice(0, 10);
  };
  const top = Object.entries(authors).sort(([, a], [, b]) => b.commits - a.commits);
  const busiest = Object.entries(months).sort(([, a], [, b]) => b - a)[0];
  console.log(
    `${commits} commits by ${top.length} authors, ${merges} merges, ${roots} roots, ${signed} signed, ${undated} without a date`,
  );
  for (const [address, { name, commits: count }] of top.slice(0, 3))
    console.log(`  ${String(count).padStart(6)}  ${name} ${address}`);
  if (first !== null)
    console.log(`from ${day(first.time)} to ${day(last.time)}; the busiest month was ${busiest[0]} with ${busiest[1]}`);
  if (gap !== null) console.log(`the longest silence: ${gap.days} days from ${day(gap.from * 86_400)} on`);
}
