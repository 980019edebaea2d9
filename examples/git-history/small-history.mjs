/** A small repository for where there is none: two years of three people, with merges, and commits as only old tools make them. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const PEOPLE = ['Ada <ada@example.com>', 'Grace <grace@example.com>', 'Linus <linus@example.com>'];
const START = 1_600_000_000;
const WEEK = 7 * 86_400;

export function makeSmallHistory(folder, env) {
  const path = join(folder, 'small-history');
  const git = (args, input = '') =>
    execFileSync('git', ['-C', path, ...args], { env, input })
      .toString()
      .trimEnd();
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', path], { env });
  git(['fast-import', '--quiet'], commits());
  const tree = git(['rev-parse', 'main^{tree}']);
  for (const [i, commit] of oddCommits(tree).entries()) {
    const oid = git(['hash-object', '-t', 'commit', '-w', '--literally', '--stdin'], commit);
    git(['update-ref', `refs/tags/odd-${i + 1}`, oid]);
  }
  return path;
}

/** A main line, and every fifth week a branch that is merged two weeks later. */
function commits() {
  const lines = [];
  for (let week = 1; week <= 100; week += 1) {
    // A long summer in the middle.
    const time = START + week * WEEK + (week > 60 ? 12 * WEEK : 0);
    const who = `${PEOPLE[week % PEOPLE.length]} ${time} +0100`;
    const message = `Week ${week}\n`;
    const onBranch = week % 5 === 0 && week < 100;
    lines.push(
      `commit refs/heads/${onBranch ? `topic-${week}` : 'main'}`,
      `mark :${week}`,
      `author ${who}`,
      `committer ${who}`,
    );
    lines.push(`data ${message.length}`, message);
    if (week > 1) lines.push(`from :${(week - 1) % 5 === 0 && week > 5 ? week - 2 : week - 1}`);
    if (week % 5 === 2 && week > 5) lines.push(`merge :${week - 2}`);
    lines.push(`M 100644 inline week`, `data ${message.length}`, message);
  }
  return lines.join('\n');
}

function oddCommits(tree) {
  const lines = (author, headers, message) =>
    Buffer.from(`tree ${tree}\nauthor ${author}\ncommitter ${author}\n${headers}\n${message}`, 'latin1');
  return [
    lines('J\xf6rg <joerg@example.com> 1600000000 +0200', 'encoding ISO-8859-1\n', 'Gr\xfc\xdfe\n'),
    lines('<> 1600000000 +051800', '', 'no name, an odd zone, no final line feed'),
    lines('Someone <someone@example.com>', 'HG:extra branch:default\n', 'no date \xff\n'),
  ];
}
