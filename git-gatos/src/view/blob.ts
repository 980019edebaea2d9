/** Blobs in words and as data. */
import { type Blob, formatTime, type HeldBlob, livePins } from 'gatos-core';
import { BLOB_REF, structJson } from 'gatos-core/mythos';
import type { Style } from '../output/style.js';
import { counted } from './count.js';
import { formatSize } from './size.js';

const CODECS = ['raw', 'zstd', 'gzip', 'jpeg', 'png', 'jsoncbor', 'parquet'] as const;

export function codecName({ ref }: Pick<Blob, 'ref'>): string {
  return CODECS[ref.codec] ?? String(ref.codec);
}

/** For programs: what the manifest says. */
export function blobValue(blob: Blob) {
  const { cid, manifest, ref, record, chunks } = blob;
  return {
    cid,
    size: manifest.plain_size,
    stored: Number(ref.size),
    media: ref.media,
    codec: codecName(blob),
    chunks,
    chunk_bytes: manifest.plain_chunk,
    name: manifest.name ?? null,
    inline: manifest.inline !== undefined,
    record: String(record),
    ref: structJson(BLOB_REF, ref),
  };
}

/** `1.2 GiB, 300 chunks, zstd, text/csv`. */
export function blobFacts(blob: Blob): string {
  const { manifest, ref, chunks } = blob;
  const where = chunks === 0 ? 'in its manifest' : counted(chunks, 'chunk');
  const codec = ref.codec === 0 ? [] : [`${codecName(blob)} ${formatSize(Number(ref.size))}`];
  return [formatSize(manifest.plain_size), where, ...codec, ref.media].join(', ');
}

/** For programs: all that is known of it, at a time in µs since the epoch. */
export function heldValue(held: HeldBlob, time: number) {
  const { cid, blob, removal } = held;
  return {
    ...(blob === null ? { cid } : blobValue(blob)),
    state: blob === null ? 'unfinished' : removal === null ? 'live' : 'removed',
    recorded: blob === null ? null : { by: blob.actor, time: formatTime(blob.time) },
    removed: removal === null ? null : { by: removal.actor, time: formatTime(removal.time), reason: removal.reason },
    pins: livePins(held, time).map(({ who, until, why }) => ({
      who,
      until: until === null ? null : formatTime(until),
      why,
    })),
  };
}

/** One line of a list. */
export function heldLine(held: HeldBlob, { time, style }: { readonly time: number; readonly style: Style }): string {
  const { cid, blob, removal } = held;
  const id = style.cyan(cid.slice(0, 16));
  if (blob === null) return `${id}  ${style.dim('no manifest')}`;
  const name = blob.manifest.name === undefined ? '' : `  ${blob.manifest.name}`;
  const pins = livePins(held, time);
  const marks = [
    ...(removal === null ? [] : [style.red('removed')]),
    ...(pins.length === 0 ? [] : [style.green(`pinned by ${pins.map(({ who }) => who).join(', ')}`)]),
  ];
  return `${id}  ${blobFacts(blob)}${name}${marks.length === 0 ? '' : `  ${marks.join(', ')}`}`;
}

/** A blob to its last line. */
export function heldText(held: HeldBlob, time: number): readonly string[] {
  const { cid, blob, removal, pins } = held;
  if (blob === null) return [`blob ${cid}`, 'no manifest is recorded'];
  const { manifest } = blob;
  const live = new Set(livePins(held, time).map(({ who }) => who));
  return [
    `blob ${cid}`,
    `  what      ${blobFacts(blob)}`,
    ...(manifest.name === undefined ? [] : [`  name      ${manifest.name}`]),
    `  bytes     ${manifest.plain_size} plain, ${blob.ref.size} stored`,
    ...(blob.chunks === 0 ? [] : [`  chunks    ${blob.chunks} of ${manifest.plain_chunk} plain bytes`]),
    `  recorded  by ${blob.actor} at ${formatTime(blob.time)}, record ${blob.record}`,
    ...(removal === null ? [] : [`  removed   by ${removal.actor} at ${formatTime(removal.time)}: ${removal.reason}`]),
    ...[...pins].map(
      ([who, { until, why }]) =>
        `  pin       ${who}, ${until === null ? 'for ever' : `until ${formatTime(until)}`}${live.has(who) ? '' : ' (over)'}${why === '' ? '' : `: ${why}`}`,
    ),
  ];
}
