import { describe, expectTypeOf, it } from 'vitest';
import type { Context } from '../context.js';
import type { TextSource } from '../input.js';
import { type ArgsOf, defineCommand } from './index.js';

const NOTHING = { value: null, text: '' };
const base = { name: 'x', summary: 'x', description: 'x' };

describe('the types of arguments follow from the declaration', () => {
  it('gives options the type of their kind, and undefined where they may be missing', () => {
    defineCommand({
      ...base,
      options: {
        type: { kind: 'text', required: true, summary: 's' },
        note: { kind: 'text', summary: 's' },
        ns: { kind: 'text', default: 'default', summary: 's' },
        limit: { kind: 'int', summary: 's' },
        size: { kind: 'int', default: 5, summary: 's' },
        all: { kind: 'flag', summary: 's' },
        names: { kind: 'list', of: 'text', summary: 's' },
        counts: { kind: 'list', of: 'int', summary: 's' },
        onError: { kind: 'choice', choices: ['stop', 'skip'], default: 'stop', summary: 's' },
        mode: { kind: 'choice', choices: ['a', 'b'], summary: 's' },
        payload: { kind: 'json', required: true, summary: 's' },
        since: { kind: 'parsed', parse: (text) => new Date(text), summary: 's' },
        out: { kind: 'path', summary: 's' },
      },
      run(context, args) {
        expectTypeOf(context).toEqualTypeOf<Context>();
        expectTypeOf(args.type).toEqualTypeOf<string>();
        expectTypeOf(args.note).toEqualTypeOf<string | undefined>();
        expectTypeOf(args.ns).toEqualTypeOf<string>();
        expectTypeOf(args.limit).toEqualTypeOf<number | undefined>();
        expectTypeOf(args.size).toEqualTypeOf<number>();
        expectTypeOf(args.all).toEqualTypeOf<boolean>();
        expectTypeOf(args.names).toEqualTypeOf<readonly string[]>();
        expectTypeOf(args.counts).toEqualTypeOf<readonly number[]>();
        expectTypeOf(args.onError).toEqualTypeOf<'stop' | 'skip'>();
        expectTypeOf(args.mode).toEqualTypeOf<'a' | 'b' | undefined>();
        expectTypeOf(args.payload).toEqualTypeOf<TextSource>();
        expectTypeOf(args.since).toEqualTypeOf<Date | undefined>();
        expectTypeOf(args.out).toEqualTypeOf<string | undefined>();
        return NOTHING;
      },
    });
  });

  it('gives positionals by their names', () => {
    defineCommand({
      ...base,
      positionals: [
        { kind: 'path', name: 'file', summary: 's' },
        { kind: 'int', name: 'count', optional: true, summary: 's' },
        { kind: 'choice', name: 'how', choices: ['fast', 'slow'], default: 'fast', optional: true, summary: 's' },
        { kind: 'rest', name: 'words', of: 'text', summary: 's' },
      ],
      run(_, args) {
        expectTypeOf(args.file).toEqualTypeOf<string>();
        expectTypeOf(args.count).toEqualTypeOf<number | undefined>();
        expectTypeOf(args.how).toEqualTypeOf<'fast' | 'slow'>();
        expectTypeOf(args.words).toEqualTypeOf<readonly string[]>();
        return NOTHING;
      },
    });
  });

  it('knows no argument that was not declared', () => {
    defineCommand({
      ...base,
      options: { one: { kind: 'flag', summary: 's' } },
      run(_, args) {
        // @ts-expect-error `two` is not declared
        void args.two;
        // @ts-expect-error arguments cannot be changed
        args.one = false;
        return NOTHING;
      },
    });
    defineCommand({
      ...base,
      run(_, args) {
        // @ts-expect-error nothing is declared
        void args.anything;
        return NOTHING;
      },
    });
    expectTypeOf<ArgsOf<{ a: { kind: 'flag'; summary: '' } }, []>>().toHaveProperty('a');
  });

  it('refuses declarations that mean nothing', () => {
    // @ts-expect-error there is no such kind
    defineCommand({ ...base, options: { a: { kind: 'number', summary: 's' } }, run: () => NOTHING });
    // @ts-expect-error a choice needs its choices
    defineCommand({ ...base, options: { a: { kind: 'choice', summary: 's' } }, run: () => NOTHING });
    // @ts-expect-error exit statuses go by the names of the kernel's table
    defineCommand({ ...base, exits: ['fine'], run: () => NOTHING });
    // @ts-expect-error an outcome has a value and a text
    defineCommand({ ...base, run: () => ({ text: '' }) });
  });
});
