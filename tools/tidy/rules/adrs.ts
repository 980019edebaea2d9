/** Decisions: numbered without a gap, each with the same sections, each in the index. */
import { headingsOf } from '../markdown.js';
import type { Finding, Rule } from '../rule.js';
import type { Tree } from '../tree.js';

const FOLDER = 'spec/adr/';
const INDEX = `${FOLDER}README.md`;
const SECTIONS = ['Context', 'Decision', 'Alternatives', 'Security', 'Compatibility'] as const;
const STATUS = /^Status: (template|proposed|accepted|rejected|superseded by \[\d{4}\]\([\w.-]+\))$/m;

function numberOf(file: string): number | undefined {
  const digits = /^spec\/adr\/(\d{4})-[a-z0-9]+(-[a-z0-9]+)*\.md$/.exec(file)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function inspect(tree: Tree, file: string): readonly Finding[] {
  const text = tree.text(file);
  const headings = headingsOf(text);
  const findings: Finding[] = [];
  const number = file.slice(FOLDER.length, FOLDER.length + 4);
  if (headings[0]?.level !== 1 || !headings[0].text.startsWith(`${number}: `)) {
    findings.push({ file, line: 1, found: 'a title without the number', instead: `# ${number}: what was decided` });
  }
  if (!STATUS.test(text)) {
    const instead = 'a line `Status: proposed`, accepted, rejected, or superseded by a link';
    findings.push({ file, found: 'no status, or one that is not known', instead });
  }
  const found = headings.filter(({ level }) => level === 2).map((heading) => heading.text);
  const wanted = found.filter((title) => (SECTIONS as readonly string[]).includes(title));
  if (wanted.join() !== SECTIONS.join()) {
    const instead = `the sections ${SECTIONS.join(', ')}, once each, in this order`;
    findings.push({ file, found: `the sections ${wanted.join(', ') || 'none'}`, instead });
  }
  const empty = headings.find(({ level, line }) => level === 2 && isEmptyAfter(text, line));
  if (empty !== undefined) {
    findings.push({
      file,
      line: empty.line,
      found: `nothing under \`${empty.text}\``,
      instead: 'say it, or say why there is nothing to say',
    });
  }
  return findings;
}

function isEmptyAfter(text: string, line: number): boolean {
  const next = text
    .split('\n')
    .slice(line)
    .find((each) => each.trim() !== '');
  return next === undefined || /^#{1,2}\s/.test(next);
}

export const adrs: Rule = {
  name: 'adrs',
  check: (tree) => {
    const files = tree.paths.filter((file) => file.startsWith(FOLDER) && file !== INDEX);
    const misnamed = files
      .filter((file) => numberOf(file) === undefined)
      .map((file) => ({
        file,
        found: 'a name that is not NNNN-some-words.md',
        instead: 'the next free number and a few words',
      }));
    const numbered = files.filter((file) => numberOf(file) !== undefined);
    const outOfLine = numbered
      .filter((file, index) => numberOf(file) !== index)
      .slice(0, 1)
      .map((file) => ({
        file,
        found: 'a gap, or a number used twice, before this file',
        instead: 'consecutive numbers from 0000',
      }));
    const index = tree.has(INDEX) ? tree.text(INDEX) : '';
    const unlisted = numbered
      .filter((file) => !index.includes(`(${file.slice(FOLDER.length)})`))
      .map((file) => ({ file, found: 'not in the index', instead: `a line with a link in ${INDEX}` }));
    return [...misnamed, ...outOfLine, ...unlisted, ...numbered.flatMap((file) => inspect(tree, file))];
  },
};
