/** `git gatos run`, whole process: against `datalad run` that does the same, and against the command with nothing around it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { environmentIn, isInstalled, makeRepository, outputOf, skipped } from '../cli.mjs';
import { inFolder, median, milliseconds, paired, processSeconds } from '../measure.mjs';

const COPY = ['cp', 'in.txt', 'out.txt'];
const NAME = '`git gatos run -- cp`, one small input and output';

/** Another input each time, committed before: neither meets a job that it knows, and neither has anything unsaved to look at. */
function change({ path, git }, n) {
  writeFileSync(join(path, 'in.txt'), `input ${n}\n`);
  git('add', 'in.txt');
  git('commit', '-q', '-m', `input ${n}`);
}

/** A dataset in which text files stay in git, which is quicker than the annex. */
function makeDataset(folder) {
  const path = join(folder, 'dataset');
  mkdirSync(path);
  const options = { cwd: path, env: environmentIn(folder) };
  const git = (...args) => outputOf(['git', args], options);
  // The program asks for a name that is configured, whatever the environment says.
  git('config', '--global', 'user.name', 'bench');
  git('config', '--global', 'user.email', 'bench@example.org');
  outputOf(['datalad', ['create', '-c', 'text2git', '--force', '.']], options);
  return { path, git, ...options };
}

export async function runOverhead({ runs = 15 } = {}) {
  return inFolder(async (folder) => {
    const work = makeRepository(folder);
    let n = 0;
    const ours = async () => {
      change(work, n++);
      return work.seconds('run', '-i', 'in.txt', '-o', 'out.txt', '--', ...COPY);
    };
    const first = await ours();
    const rows = [await againstNothing({ work, ours, first, runs })];
    if (!isInstalled('datalad')) rows.unshift(skipped(NAME, '`datalad` is not installed (Debian: datalad)'));
    else rows.unshift(await againstDatalad({ folder, ours, runs }));
    return rows;
  });
}

async function againstDatalad({ folder, ours, runs }) {
  const dataset = makeDataset(folder);
  let n = 0;
  const args = ['run', '-i', 'in.txt', '-o', 'out.txt', ...COPY];
  const limit = async () => {
    change(dataset, n++);
    return processSeconds('datalad', args, dataset);
  };
  const found = await paired({ ours, limit, runs, warmup: 2 });
  return {
    name: NAME,
    ours: milliseconds(found.ours),
    limit: `datalad run ${milliseconds(found.limit)}`,
    ratio: found.ratio,
    target: '≥ 5',
    met: found.ratio >= 5,
  };
}

/** What it adds to starting node and running the command; the very first run, which looks at the machine's programs, by itself. */
async function againstNothing({ work, ours, first, runs }) {
  const added = [];
  const alone = [];
  for (let i = -2; i < runs; i++) {
    const mine = await ours();
    const bare = processSeconds(process.execPath, ['-e', '0'], work) + processSeconds(COPY[0], COPY.slice(1), work);
    if (i < 0) continue;
    added.push(mine - bare);
    alone.push(bare);
  }
  const more = median(added);
  return {
    name: NAME,
    ours: `+ ${milliseconds(more)} (the first + ${milliseconds(first - median(alone))})`,
    limit: `node -e 0 and cp ${milliseconds(median(alone))}`,
    ratio: (more + median(alone)) / median(alone),
    target: '+ ≤ 150 ms',
    met: more <= 0.15,
  };
}
