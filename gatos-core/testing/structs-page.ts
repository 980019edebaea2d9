/** docs/mythos-structs.md, made from the one table that also drives encoding, decoding and the view. */
import {
  type AnyStruct,
  baselineCodebook,
  encodeCodebook,
  FANOUT,
  SCOPE_KIND,
  SCOPE_STRUCTS,
  STRUCTS,
} from '../src/mythos/index.js';

const GROUPS: readonly (readonly [title: string, first: string])[] = [
  ['Who, signed how, about what', 'AgentID'],
  ['What happened, and who says so', 'Receipt'],
  ['Who may do what', 'Capability'],
  ['Effects', 'EffectRegister'],
  ['Merkle lists and chunk trees', 'MerkleNode'],
  ['Traces, datasets, models', 'TraceRef'],
  ['The intermediate representation', 'IRBundle'],
  ['Packets', 'SigBlockEntry'],
];

const escaped = (text: string): string => text.replaceAll('|', '\\|');

function idLine({ name, members, identified }: AnyStruct): string | undefined {
  const { id, signature, signer, nameless } = identified;
  if (id === undefined && signature === undefined && nameless === undefined) return undefined;
  const number = (field: string): string =>
    `field ${members.find((member) => member.name === field)?.number} (\`${field}\`)`;
  const without = [id, signature].filter((field) => field !== undefined).map(number);
  if (nameless !== undefined) without.push('the names');
  const signed =
    signature === undefined
      ? ''
      : ` The signature is over the raw 32 bytes of it, by ${signer === undefined ? 'a key that the struct does not name' : `\`${signer}\``}.`;
  return `Id: SHA-256 of the canonical bytes of ${name} without ${without.join(' and ')}.${signed}`;
}

function section(struct: AnyStruct): readonly string[] {
  const rows = struct.members.map(
    ({ number, name, type, optional, does }) =>
      `| ${number} | \`${name}\` | ${escaped(type)} | ${optional ? 'optional' : ''} | ${escaped(does)} |`,
  );
  const id = idLine(struct);
  return [
    `### ${struct.name}`,
    '',
    '| field | name | type | | what it says |',
    '|---|---|---|---|---|',
    ...rows,
    '',
    ...(id === undefined ? [] : [id, '']),
  ];
}

const HEAD = `# MYTHOS structs

Every struct of the MYTHOS layer with its field numbers. This page is made from the table in \`gatos-core/src/mythos\` by \`npm run schema:update\`; the same table
drives encoding, decoding, ids, signatures and what \`git gatos inspect\` shows.

A struct is a MYTHOS-CAN map whose keys are field numbers as unsigned integers, sorted by their *encoded* bytes (127, 128, 256, 129, 300, 255). An optional field
that is absent is not there: absent is not empty. Fields that a table does not have are kept, written again and ignored, and they are part of ids.
\`Hash\` is the closed struct \`{1: 1, 2: 32 bytes}\`, SHA-256. \`u8\` to \`u64\` are unsigned integers of so many bits, \`i64\` is a signed one; a time is an \`i64\` of
microseconds since 1970 UTC.
`;

function scopes(): readonly string[] {
  const rows = Object.entries(SCOPE_KIND).map(([name, kind]) => `| ${kind} | ${name} | ${SCOPE_STRUCTS[kind].name} |`);
  return ['### Kinds of scope', '', '| kind | name | payload |', '|---|---|---|', ...rows, ''];
}

function notes(): readonly string[] {
  return [
    '## Trees and codebook',
    '',
    `A leaf has 1 to ${FANOUT} entries and an internal node 2 to ${FANOUT} children. Where grouping by ${FANOUT} leaves one node alone, it goes up to the next layer as it is:`,
    'no node has a single child. The empty blob has no chunk and so no tree: it is unchunked (`BlobRef.chunks` = 0), and its cid is SHA-256 of nothing.',
    '',
    `The baseline codebook has ${baselineCodebook().length} entries, ${encodeCodebook(baselineCodebook()).length} bytes.`,
  ];
}

/** The whole page. */
export function structsPage(): string {
  const lines: string[] = [HEAD];
  for (const struct of STRUCTS) {
    const group = GROUPS.find(([, first]) => first === struct.name);
    if (group !== undefined) lines.push(`## ${group[0]}`, '');
    lines.push(...section(struct));
    if (struct.name === 'CapScope') lines.push(...scopes());
  }
  return `${[...lines, ...notes()].join('\n')}\n`;
}
