/** What gatos-core/src may not say, each with what it says instead (docs/TECH-SPEC.md, "Ports"). */
import ts from 'typescript';
import { isPortable } from '../paths.js';
import type { Rule } from '../rule.js';
import { isFreeName, isProperty, lineOf, walk } from '../syntax.js';

interface Ban {
  readonly found: string;
  readonly instead: string;
  readonly matches: (node: ts.Node) => boolean;
  /** Path prefixes where it is allowed after all. */
  readonly except?: readonly string[];
}

const property =
  (object: string, ...names: readonly string[]) =>
  (node: ts.Node): boolean =>
    names.some((name) => isProperty(node, object, name));

const name =
  (...names: readonly string[]) =>
  (node: ts.Node): boolean =>
    names.some((each) => isFreeName(node, each));

const method =
  (...names: readonly string[]) =>
  (node: ts.Node): boolean =>
    ts.isPropertyAccessExpression(node) && names.includes(node.name.text);

const made =
  (...names: readonly string[]) =>
  (node: ts.Node): boolean =>
    (ts.isNewExpression(node) || ts.isCallExpression(node)) && names.some((each) => isFreeName(node.expression, each));

function isEmptyCatch(node: ts.Node): boolean {
  return ts.isCatchClause(node) && node.block.statements.length === 0;
}

export const BANS: readonly Ban[] = [
  { found: 'the clock: Date.now', instead: 'the Clock port (kernel/ports.ts)', matches: property('Date', 'now') },
  {
    found: 'the clock: Date',
    instead: 'the Clock port (kernel/ports.ts), formatTime and parseTime (codec)',
    matches: made('Date'),
  },
  {
    found: 'Date.parse, which accepts malformed times',
    instead: 'parseTime (codec)',
    matches: property('Date', 'parse'),
  },
  { found: 'the clock: performance', instead: 'the Clock port (kernel/ports.ts)', matches: name('performance') },
  {
    found: 'a timer',
    instead: 'Clock.sleep (kernel/ports.ts)',
    matches: made('setTimeout', 'setInterval', 'setImmediate'),
  },
  {
    found: 'randomness: Math.random',
    instead: 'the Random port (kernel/ports.ts)',
    matches: property('Math', 'random'),
  },
  {
    found: 'randomness of the platform',
    instead: 'the Random port (kernel/ports.ts)',
    matches: method('getRandomValues', 'randomUUID', 'randomBytes'),
  },
  {
    found: 'JSON.stringify or JSON.parse',
    instead: 'formatJson, parseJson, encode, decode (codec)',
    matches: property('JSON', 'stringify', 'parse'),
    except: ['gatos-core/src/codec/'],
  },
  {
    found: 'an order or text that depends on the locale',
    instead: 'compareText or compareBytes (kernel/bytes.ts)',
    matches: method('localeCompare', 'toLocaleString', 'toLocaleLowerCase', 'toLocaleUpperCase', 'toLocaleDateString'),
  },
  { found: 'the locale: Intl', instead: 'byte order and our own text forms (codec)', matches: name('Intl') },
  {
    found: 'Buffer',
    instead: 'Uint8Array and kernel/bytes.ts',
    matches: name('Buffer'),
    // isomorphic-git asks for the global; this one file gives it to it.
    except: ['gatos-core/src/git/isomorphic/buffer.ts'],
  },
  { found: 'console', instead: 'a returned report, or the Progress callback', matches: name('console') },
  { found: 'process', instead: 'a parameter or a port', matches: name('process') },
  { found: 'code made at run time', instead: 'a function', matches: made('eval', 'Function') },
  {
    found: 'an empty catch',
    instead: 'handle it, turn it into an error of the area, or let it pass',
    matches: isEmptyCatch,
  },
  {
    found: 'an error without a code',
    instead: 'throw from the errors.ts of the area, or invariant() for a bug',
    matches: (node) => ts.isNewExpression(node) && name('Error', 'TypeError', 'RangeError')(node.expression),
  },
];

export const bans: Rule = {
  name: 'bans',
  check: (tree) =>
    tree.paths.filter(isPortable).flatMap((file) => {
      const source = tree.source(file);
      const active = BANS.filter(({ except }) => !(except ?? []).some((prefix) => file.startsWith(prefix)));
      const findings: { file: string; line: number; found: string; instead: string }[] = [];
      walk(source, (node) => {
        for (const { found, instead, matches } of active) {
          if (matches(node)) findings.push({ file, line: lineOf(source, node), found, instead });
        }
      });
      return findings;
    }),
};
