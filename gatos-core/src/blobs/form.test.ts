/** What an id does not tell apart is told apart by the record: stored bytes that are read in two ways, and words that trick whoever reads them. */
import { describe, expect, it } from 'vitest';
import { BLOB_AUTHOR, BLOB_OTHER, blobPorts, chunkedBlob, inlineBlob, testBytes } from '../../testing/blob-world.js';
import type { GitBackend } from '../git/index.js';
import { isGatosError, LIMITS } from '../kernel/index.js';
import { blobChain, mediaFault, nameFault, pinBlob, readShard, recordBlob, removeBlob } from './index.js';

async function faultOf(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (isGatosError(error)) return error.code;
    throw error;
  }
}

describe('the same stored bytes', () => {
  it('recorded as a frame are not recorded as a file: whoever puts that file would get another one back', async () => {
    const ports = blobPorts();
    const raw = chunkedBlob(testBytes(300_000), 262_144);
    const { blob } = await recordBlob(ports, BLOB_AUTHOR, {
      ...raw,
      codec: 1,
      plainSize: 500_000,
      plainChunk: 260_096,
    });
    expect(await faultOf(recordBlob(ports, BLOB_OTHER, raw))).toBe('blobs/other-form');
    // What was recorded wrongly can be withdrawn, and then it is put.
    await removeBlob(ports, BLOB_OTHER, { cid: blob.cid, reason: 'it is no frame' });
    const again = await recordBlob(ports, BLOB_OTHER, raw);
    expect([again.status, again.blob.cid, again.blob.ref.codec]).toEqual(['recorded', blob.cid, 0]);
  });

  it('of a small one too, and of one with another number of plain bytes', async () => {
    const ports = blobPorts();
    const bytes = testBytes(100);
    await recordBlob(ports, BLOB_AUTHOR, { ...inlineBlob(bytes), codec: 1, plainSize: 9999 });
    expect(await faultOf(recordBlob(ports, BLOB_AUTHOR, inlineBlob(bytes)))).toBe('blobs/other-form');
    expect(await faultOf(recordBlob(ports, BLOB_AUTHOR, { ...inlineBlob(bytes), codec: 1, plainSize: 9998 }))).toBe(
      'blobs/other-form',
    );
  });

  it('under another name or media type are the same blob', async () => {
    const ports = blobPorts();
    await recordBlob(ports, BLOB_AUTHOR, { ...inlineBlob(testBytes(100)), name: 'one' });
    const again = await recordBlob(ports, BLOB_OTHER, { ...inlineBlob(testBytes(100)), name: 'two', media: 'a/b' });
    expect([again.status, again.blob.manifest.name]).toEqual(['exists', 'one']);
  });
});

describe('words of a manifest', () => {
  it.each(['text/csv\nx', 'a\u001b[31m', 'a\u202eb', '\u0000', 'é/x', 'x'.repeat(LIMITS.mediaBytes + 1)])(
    'a media type %j is refused',
    async (media) => {
      expect(mediaFault(media)).toBeDefined();
      expect(await faultOf(recordBlob(blobPorts(), BLOB_AUTHOR, { ...inlineBlob(testBytes(9)), media }))).toBe(
        'codec/schema',
      );
    },
  );

  it.each(['a\nb', '\u001b]0;x', 'a\u2028b', '\ud800', 'x'.repeat(LIMITS.fileNameBytes + 1)])(
    'a name %j is refused',
    (name) => expect(nameFault(name)).toBeDefined(),
  );

  it.each(['genome.fa', '', '漢字 файл.txt', '../../etc/passwd'])(
    'a name %j is one: it is shown, never opened',
    (name) => expect(nameFault(name)).toBeUndefined(),
  );
});

describe('a pin and a removal at once', () => {
  it('a removal that comes between is told: a pin on it would keep nothing', async () => {
    const ports = blobPorts();
    const { blob } = await recordBlob(ports, BLOB_AUTHOR, chunkedBlob(testBytes(600_000), 262_144));
    const { cid } = blob;
    // The removal is recorded after the pin has looked, before it writes.
    let between = true;
    const { refs } = ports.backend;
    const backend: GitBackend = {
      ...ports.backend,
      refs: {
        read: (name) => refs.read(name),
        list: (...args) => refs.list(...args),
        transaction: async (edits) => {
          if (between) {
            between = false;
            await removeBlob(ports, BLOB_AUTHOR, { cid, reason: 'old' });
          }
          return refs.transaction(edits);
        },
      },
    };
    const pin = pinBlob({ ...ports, backend }, BLOB_OTHER, { cid, until: null, why: 'mine' });
    expect(await faultOf(pin)).toBe('blobs/removed');
    const held = (await readShard(ports.backend, { chain: blobChain(cid) })).blobs.get(cid);
    expect([held?.pins.size, held?.removal?.reason]).toEqual([0, 'old']);
  });
});
