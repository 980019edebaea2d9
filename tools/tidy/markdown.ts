/** What the rules ask of a Markdown text. */

export interface MarkdownLine {
  readonly text: string;
  readonly line: number;
}

/** The lines outside fenced blocks, with inline code blanked out. */
export function proseOf(text: string): readonly MarkdownLine[] {
  let fence: string | undefined;
  const lines: MarkdownLine[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const mark = /^\s*(`{3,}|~{3,})/.exec(raw)?.[1];
    if (mark !== undefined && (fence === undefined || mark.startsWith(fence))) {
      fence = fence === undefined ? mark : undefined;
    } else if (fence === undefined) {
      lines.push({ text: raw.replace(/`[^`]*`/g, (code) => ' '.repeat(code.length)), line: index + 1 });
    }
  }
  return lines;
}

export interface Heading {
  readonly level: number;
  readonly text: string;
  readonly line: number;
}

export function headingsOf(text: string): readonly Heading[] {
  const raw = text.split('\n');
  return proseOf(text).flatMap(({ text: prose, line }) => {
    const match = /^(#{1,6})\s+\S/.exec(prose) ?? /^(#{1,6})\s+ /.exec(prose);
    if (match?.[1] === undefined) return [];
    const level = match[1].length;
    return [{ level, text: (raw[line - 1] ?? '').slice(level).trim(), line }];
  });
}

/** The anchors of a text as forges make them: lower case, spaces to hyphens, other punctuation gone, repeats numbered. */
export function anchorsOf(text: string): ReadonlySet<string> {
  const seen = new Map<string, number>();
  const anchors = new Set<string>();
  for (const heading of headingsOf(text)) {
    const slug = heading.text
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-');
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    anchors.add(before === 0 ? slug : `${slug}-${before}`);
  }
  return anchors;
}

/** The links and images of a text: inline ones and reference definitions. */
export function linksOf(text: string): readonly { readonly target: string; readonly line: number }[] {
  return proseOf(text).flatMap(({ text: prose, line }) => {
    const inline = [...prose.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)];
    const defined = [...prose.matchAll(/^\s*\[[^\]]+\]:\s*<?([^\s>]+)>?/g)];
    return [...inline, ...defined].flatMap(([, target]) => (target === undefined ? [] : [{ target, line }]));
  });
}

/** The cells of the rows of every table, without head and rule. */
export function tableRowsOf(text: string): readonly { readonly cells: readonly string[]; readonly line: number }[] {
  const lines = text.split('\n');
  const isRule = (line: string | undefined): boolean =>
    line !== undefined && /^\s*\|?[\s:|-]+\|?\s*$/.test(line) && line.includes('-');
  return lines.flatMap((raw, index) => {
    if (!raw.trim().startsWith('|') || isRule(raw) || isRule(lines[index + 1])) return [];
    const cells = raw
      .trim()
      .replace(/^\||\|$/g, '')
      .split('|');
    return [{ cells: cells.map((cell) => cell.trim()), line: index + 1 }];
  });
}
