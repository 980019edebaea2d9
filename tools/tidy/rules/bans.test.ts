import { describe, expect, it } from 'vitest';
import { places } from '../probe.js';
import { BANS, bans } from './bans.js';

const at = 'gatos-core/src/chain/planted.ts';

/** One violation for each entry of the table, in its order. */
const PLANTED: readonly string[] = [
  'export const a = Date.now();',
  'export const a = new Date();',
  'export const a = Date.parse(text);',
  'export const a = performance.now();',
  'setTimeout(work, 10);',
  'export const a = Math.random();',
  'crypto.getRandomValues(bytes);',
  'export const a = JSON.stringify(value);',
  'texts.sort((a, b) => a.localeCompare(b));',
  'export const a = new Intl.Collator();',
  'export const a: Buffer = bytes;',
  'console.log(1);',
  'export const a = process.env;',
  'export const a = Function("return 1");',
  'try { work(); } catch { /* never mind */ }',
  "throw new Error('no');",
];

describe('bans', () => {
  it('has a planted violation for every ban', () => {
    expect(PLANTED).toHaveLength(BANS.length);
  });

  it.each(PLANTED.map((text, index) => [BANS[index]?.found ?? '', text]))('finds %s', (_found, text) => {
    expect(places(bans, { [at]: `\n\n${text}` })).toEqual([`${at}:3`]);
  });

  it('accepts the same words as properties, in strings, in comments and in tests', () => {
    const text = [
      '// Date.now() is banned here',
      "export const guest = 'Date.now(); Math.random(); console.log(new Date())';",
      'export const a = thing.console; export const b = { process: 1, Buffer: 2 };',
      'export const c = report.process; export interface D { performance: number }',
      'try { work(); } catch (error) { throw wrap(error); }',
      'export const e = Date.UTC(2000, 1, 1);',
    ].join('\n');
    expect(places(bans, { [at]: text })).toEqual([]);
    expect(places(bans, { 'gatos-core/src/chain/a.test.ts': 'Date.now();', 'gatosd/src/a.ts': 'Date.now();' })).toEqual(
      [],
    );
  });

  it('lets the codec use JSON, and nothing else of it', () => {
    expect(places(bans, { 'gatos-core/src/codec/json.ts': 'JSON.parse(a); Date.now();' })).toHaveLength(1);
  });

  it('finds a second name for the same thing', () => {
    expect(places(bans, { [at]: 'const { log } = console;\nexport const b = { Buffer };' })).toEqual([
      `${at}:1`,
      `${at}:2`,
    ]);
  });
});
