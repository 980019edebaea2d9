/** A comment that cites the specification (`design 2.3`) or a decision (`ADR-0006`) cites something that is there. */
import { headingsOf } from '../markdown.js';
import { isSource } from '../paths.js';
import type { Finding, Rule } from '../rule.js';
import { commentsOf } from '../syntax.js';
import type { Tree } from '../tree.js';

const SPECIFICATIONS = ['docs/SPEC.md', 'docs/TECH-SPEC.md'] as const;
/** `design 2.3`, `design 1.6, 2.3`, `spec 2.4` */
const SECTIONS = /\b(?:design|spec) ((?:\d+\.\d+(?:, | and )?)+)/gi;
const DECISION = /\bADR[- ](\d{4})\b/g;
const VECTORS = /^conformance\/vectors\/.*\.json$/;

interface Citation {
  readonly kind: 'section' | 'decision';
  readonly number: string;
  readonly line: number;
}

function citationsIn(text: string, line: number): readonly Citation[] {
  const sections = [...text.matchAll(SECTIONS)].flatMap(([, list = '']) => list.match(/\d+\.\d+/g) ?? []);
  const decisions = [...text.matchAll(DECISION)].map(([, number = '']) => number);
  return [
    ...sections.map((number) => ({ kind: 'section', number, line }) as const),
    ...decisions.map((number) => ({ kind: 'decision', number, line }) as const),
  ];
}

/** The sections that the vectors of a file ask for: a `requirement` starts with the number, or has it after SPEC. */
function citationsOfVectors(text: string): readonly Citation[] {
  const seen = new Set<string>();
  return text.split('\n').flatMap((row, index): readonly Citation[] => {
    const number = /"requirement": ?"(?:[^"]*\bSPEC )?(\d+\.\d+)/.exec(row)?.[1];
    if (number === undefined || seen.has(number)) return [];
    seen.add(number);
    return [{ kind: 'section', number, line: index + 1 }];
  });
}

function citationsOf(tree: Tree, file: string): readonly Citation[] {
  if (VECTORS.test(file)) return citationsOfVectors(tree.text(file));
  return commentsOf(tree.source(file)).flatMap(({ text, line }) => citationsIn(text, line));
}

export const citations: Rule = {
  name: 'citations',
  check: (tree) => {
    const texts = SPECIFICATIONS.filter((file) => tree.has(file)).map((file) => tree.text(file));
    const sections = new Set(texts.flatMap(headingsOf).map(({ text }) => text.split(' ')[0]));
    const decisions = new Set(tree.paths.flatMap((path) => /^spec\/adr\/(\d{4})-/.exec(path)?.[1] ?? []));
    const files = tree.paths.filter(
      (path) => (isSource(path) && !path.startsWith('tools/tidy/')) || VECTORS.test(path),
    );
    return files.flatMap((file) =>
      citationsOf(tree, file).flatMap(({ kind, number, line }): readonly Finding[] => {
        if ((kind === 'section' ? sections : decisions).has(number)) return [];
        const place = kind === 'section' ? `a section of ${SPECIFICATIONS.join(' or ')}` : 'a file in spec/adr';
        return [{ file, line, found: `${kind} ${number} is not there`, instead: place }];
      }),
    );
  },
};
