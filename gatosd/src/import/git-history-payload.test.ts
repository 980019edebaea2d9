import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { encode, type JsonValue, LIMITS } from 'gatos-core';
import { describe, expect, it } from 'vitest';
import { type Binary, parseIdent } from './git-history-commit.js';
import { commitPayload } from './git-history-payload.js';
import { CLEAN, rebuild, ScratchHistory } from './git-history-scratch.js';

const TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
const WHO = 'A U Thor <author@example.com> 1700000000 +0100';
const PARENT = 'ce013625030ba8dba906f756967f9e9ca394464a';

/** A commit with one line or part replaced. */
function commit({
  author = WHO,
  committer = WHO,
  headers = '',
  message = 'Title\n\nBody\n',
  parents = '',
} = {}): Binary {
  return `tree ${TREE}\n${parents}author ${author}\ncommitter ${committer}\n${headers}\n${message}`;
}

function utf8(text: string): Binary {
  return Buffer.from(text, 'utf8').toString('latin1');
}

const who = { name: 'A U Thor', email: 'author@example.com', time: 1_700_000_000, zone: '+0100' };
const author = (line: Binary) => commit({ author: line });

describe('a commit of any bytes', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '\n',
      '\n\n',
      ' ',
      '\n ',
      'tree ',
      `tree ${TREE}\n`,
      'parent ',
      `parent ${PARENT}\n`,
      'author ',
      'committer ',
      WHO,
      '<',
      '>',
      '\0',
      '\r',
    ),
    fc.constantFrom(
      'encoding ISO-8859-15\n',
      'encoding utf-16\n',
      'gpgsig ',
      utf8('\ufeff'),
      utf8('é😀'),
      '\xff',
      '-1',
      '+9999',
      '0',
    ),
    fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)), maxLength: 8 }),
  );
  const binary = fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join(''));

  it('has a payload that fits our values and can be turned back into it (seed 20201)', () => {
    const check = (content: Binary) => {
      const payload = commitPayload(PARENT, Buffer.from(content, 'latin1'), 'sha1');
      encode(payload);
      expect(rebuild(payload)?.toString('latin1')).toBe(content);
    };
    const wrapped = binary.chain((text) =>
      fc.constantFrom(text, commit({ author: text }), commit({ headers: `${text}\n` }), commit({ message: text })),
    );
    fc.assert(fc.property(wrapped, check), { seed: 20201, numRuns: 3000 });
  });
});

describe('names and addresses', () => {
  it('are those that git shows, whatever the line (seed 20202)', () => {
    const source = new ScratchHistory();
    const word = fc.constantFrom('A', ' ', '  ', '<', '>', 'b@x', '1 +0000', '-5 -0100', '\t', '"', '.', ',', '\r');
    const lines = [
      ...new Set(
        fc.sample(
          fc.array(word, { minLength: 3, maxLength: 10 }).map((words) => words.join('')),
          { seed: 20202, numRuns: 2000 },
        ),
      ),
    ];
    // Git shows nothing at all where it finds no brackets; those lines have their own cases above.
    const bracketed = lines.filter(
      (line) => line.indexOf('>', line.indexOf('<')) > line.indexOf('<') && line.includes('<'),
    );
    const oids = bracketed.map((line) => source.write(commit({ author: line })));
    const shown = execFileSync('git', ['log', '--no-walk=unsorted', '--stdin', '-z', '--format=%H%x01%an%x01%ae'], {
      cwd: source.path,
      env: CLEAN,
      input: `${[...new Set(oids)].join('\n')}\n`,
    });
    const byGit = new Map(
      shown
        .toString('latin1')
        .split('\0')
        .map((each) => [each.slice(0, 40), each.slice(41)]),
    );
    source.dispose();
    expect(bracketed.length).toBeGreaterThan(100);
    bracketed.forEach((line, i) => {
      const { name, email } = parseIdent(line);
      expect(`${name}\x01${email}`, JSON.stringify(line)).toBe(byGit.get(oids[i] ?? ''));
    });
  });

  it('are found in time that grows with the line, whatever it says', () => {
    for (const unit of [' ', '1', ' 1', '<', '>', '> 1 ', '\t 1 +', '+0']) {
      const line = unit.repeat(2_000_000 / unit.length);
      for (const each of [line, `${line}x`, `<${line}`, `a${line}<b>${line}x`]) parseIdent(each);
    }
  });
});

describe('a commit that is too large for an event', () => {
  const payloadOf = (content: Binary) =>
    commitPayload(PARENT, Buffer.from(content, 'latin1'), 'sha1') as Record<string, JsonValue>;
  const fits = (payload: JsonValue) => expect(encode(payload).length).toBeLessThan(LIMITS.recordBytes - 1000);
  const digestOf = (content: Binary) =>
    `sha256:${execFileSync('sha256sum', { input: Buffer.from(content, 'latin1') })
      .toString()
      .slice(0, 64)}`;

  it('is whole as long as it fits', () => {
    const message = 'x'.repeat(LIMITS.recordBytes - 2048);
    const payload = payloadOf(commit({ message }));
    expect(payload.message === message).toBe(true);
    expect(payload).not.toHaveProperty('message_cut');
    fits(payload);
  });

  it('keeps the beginning of its message, and size and digest of the whole', () => {
    const message = utf8('aé'.repeat(LIMITS.recordBytes / 2));
    const payload = payloadOf(commit({ message, headers: 'gpgsig x\n' }));
    expect(payload.message_cut).toEqual({ bytes: message.length, digest: digestOf(message) });
    const kept = Buffer.from(payload.message as string, 'utf8').toString('latin1');
    expect(512 * 1024 - kept.length).toBeLessThan(4);
    expect(message.startsWith(kept)).toBe(true);
    expect(payload).toMatchObject({ author: who, signed: true, headers: [{ name: 'gpgsig', value: 'x' }] });
    expect(payload).not.toHaveProperty('message_base64');
    fits(payload);
  });

  it('never cuts through a character', () => {
    const payload = payloadOf(commit({ message: utf8(`x${'é'.repeat(LIMITS.recordBytes)}`) }));
    expect(payload).not.toHaveProperty('message_base64');
    expect((payload.message as string).endsWith('é')).toBe(true);
  });

  it.each<[string, Binary]>([
    ['a message that is no text', commit({ message: '\xff'.repeat(1_500_000) })],
    ['a message just too long with its bytes', commit({ message: '\xe9'.repeat(240_000) })],
    ['a signature', commit({ headers: `gpgsig ${'a\n '.repeat(700_000)}\n` })],
    ['headers', commit({ headers: '\xff \n'.repeat(500_000) })],
    ['headers of one byte', commit({ headers: '\xff\n'.repeat(30_000) })],
    ['a name', author(`${'\xff'.repeat(3_000_000)} <a@x> 1 +0000`)],
    ['an address', author(`A <${'a'.repeat(3_000_000)}> 1 +0000`)],
    ['a zone', author(`A <a@x> 1 +${'0'.repeat(3_000_000)}`)],
    ['a time', author(`A <a@x> ${'1'.repeat(3_000_000)} +0000`)],
    ['an encoding', commit({ headers: `encoding ${'\xff'.repeat(2_000_000)}\n` })],
    ['bytes of no commit', '\xff\n'.repeat(1_000_000)],
    [
      'all of it',
      commit({
        author: '\xff'.repeat(2_000_000),
        committer: '\xfe'.repeat(2_000_000),
        headers: '\xff\n'.repeat(500_000),
        message: '\xff'.repeat(2_000_000),
      }),
    ],
  ])('fits: %s', (_, content) => fits(payloadOf(content)));

  it('says how many parents and headers there were', () => {
    const payload = payloadOf(
      commit({ parents: `parent ${PARENT}\n`.repeat(40_000), headers: 'a b\n'.repeat(300_000) }),
    );
    expect(payload).toMatchObject({ parents_cut: { count: 40_000 }, headers_cut: { count: 300_000 } });
    expect((payload.parents as string[]).length).toBeGreaterThan(100);
    fits(payload);
  });

  it('has room for an octopus', () => {
    const parents = Array.from({ length: 100 }, (_, i) => i.toString(16).padStart(40, '0'));
    const payload = payloadOf(commit({ parents: parents.map((parent) => `parent ${parent}\n`).join('') }));
    expect(payload.parents).toEqual(parents);
  });
});
