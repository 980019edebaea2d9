/** What S3 says in XML, as far as it is needed: refusals, and pages of a listing (Amazon S3 API Reference, ListObjectsV2). */

export interface S3Refusal {
  readonly code: string;
  readonly message: string;
}

export interface S3Entry {
  readonly key: string;
  readonly size: number;
  readonly modifiedMs: number;
}

export interface S3Page {
  readonly entries: readonly S3Entry[];
  /** Undefined for the last page. */
  readonly next: string | undefined;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  return text.replaceAll(/&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|([a-z]+));/g, (whole, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

function textOf(xml: string, name: string): string | undefined {
  const found = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  return found === undefined ? undefined : unescapeXml(found);
}

export function readRefusal(xml: string): S3Refusal {
  return { code: textOf(xml, 'Code') ?? '', message: textOf(xml, 'Message') ?? '' };
}

/** Null for what is no such page. */
export function readPage(xml: string): S3Page | null {
  if (!/<ListBucketResult[\s>]/.test(xml) || !xml.includes('</ListBucketResult>')) return null;
  const entries: S3Entry[] = [];
  for (const [, part = ''] of xml.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
    const [key, size, modified] = [textOf(part, 'Key'), textOf(part, 'Size'), textOf(part, 'LastModified')];
    const entry = { key: key ?? '', size: Number(size), modifiedMs: Date.parse(modified ?? '') };
    if (key === undefined || !Number.isSafeInteger(entry.size) || Number.isNaN(entry.modifiedMs)) return null;
    entries.push(entry);
  }
  const truncated = textOf(xml, 'IsTruncated') === 'true';
  const next = truncated ? textOf(xml, 'NextContinuationToken') : undefined;
  return truncated && next === undefined ? null : { entries, next };
}
