/** What was said of a blob after its manifest was recorded: that it was removed, that somebody needs it. */
import {
  BLOB_MANIFEST_KIND,
  type ChainEntry,
  type Repository as Core,
  formatTime,
  GatosError,
  livePins,
  readBlobShard,
  recordBody,
} from 'gatos-core';

export interface Placed {
  readonly entry: ChainEntry;
  readonly index?: number | undefined;
}

type Fact = readonly [label: string, value: string];

/** Facts such as `pinned by user:alice`; none when this is no manifest of a blob. */
export async function factsSince(
  { backend, ports }: Core,
  { placed: { entry, index }, signal }: { readonly placed: Placed; readonly signal: AbortSignal },
): Promise<readonly Fact[]> {
  const { kind, chain } = entry.envelope;
  if (index === undefined || kind !== BLOB_MANIFEST_KIND.kind) return [];
  try {
    const { cid } = recordBody(entry.envelope, index, BLOB_MANIFEST_KIND);
    const held = (await readBlobShard(backend, { chain }, { signal })).blobs.get(cid);
    if (held === undefined) return [];
    const { removal } = held;
    const removed = removal === null ? '' : `by ${removal.actor} at ${formatTime(removal.time)}: ${removal.reason}`;
    const pins = livePins(held, ports.clock.now());
    return [
      ...(removal === null ? [] : [['removed', removed] as const]),
      ...pins.map(({ who, until, why }) => {
        const end = until === null ? 'for ever' : `until ${formatTime(until)}`;
        return [`pinned by ${who}`, why === '' ? end : `${end}: ${why}`] as const;
      }),
    ];
  } catch (error) {
    // The checks of the chain say what is wrong with it.
    if (error instanceof GatosError) return [];
    throw error;
  }
}
