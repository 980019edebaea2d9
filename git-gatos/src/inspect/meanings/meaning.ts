/** What a record kind is, and what each of its fields means: what `inspect` tells, beside what the schemas check. */

export interface KindMeaning {
  /** What such a record is, in one line. */
  readonly does: string;
  /** Where its form is specified. */
  readonly spec: string;
  /** By path (`files[].path`), or by the last name of a path where one meaning serves several places. */
  readonly fields: ReadonlyMap<string, string>;
  /** Paths whose bytes are a MYTHOS object, with the name of its struct. */
  readonly objects: ReadonlyMap<string, string>;
}

interface Given {
  readonly does: string;
  readonly spec: string;
  /** A line for each field: `path: meaning`. */
  readonly fields: string;
  readonly objects?: Readonly<Record<string, string>>;
}

export function meaning({ does, spec, fields, objects = {} }: Given): KindMeaning {
  const lines = fields.split('\n').filter((line) => line.trim() !== '');
  const pairs = lines.map((line) => {
    const end = line.indexOf(': ');
    return [line.slice(0, end).trim(), line.slice(end + 2).trim()] as const;
  });
  return { does, spec, fields: new Map(pairs), objects: new Map(Object.entries(objects)) };
}

/** What a path of a record means: by the whole path, else by its last name. */
export function meaningOf({ fields }: KindMeaning, path: string): string | undefined {
  const known = fields.get(path);
  if (known !== undefined) return known;
  const last =
    path
      .replaceAll(/\[\]|\{\}/g, '')
      .split('.')
      .at(-1) ?? path;
  return fields.get(last);
}

export const ATTACHED = `
attachments: files beside the envelope that this record covers
attachments[].path: path of the file in the tree of the commit
attachments[].size: its bytes
attachments[].cid: its digest
`;
