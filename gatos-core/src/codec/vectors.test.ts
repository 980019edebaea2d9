import { describe, expect, it } from 'vitest';
import { readVectors } from '../../node/scratch-vectors.js';
import { CODEC_AREAS, checkCodecVector } from '../../testing/codec-vectors.js';
import { vectorSuite } from '../../testing/vector-suite.js';

const files = readVectors('codec');

vectorSuite(
  {
    name: 'the codec',
    files,
    areas: CODEC_AREAS,
    fewest: {
      'dag-cbor': [78, 225],
      cid: [6, 22],
      json: [39, 110],
      'json-text': [30, 3],
      hex: [4, 10],
      base32: [8, 11],
      base64url: [9, 11],
      digest: [2, 10],
      key: [2, 9],
      signature: [2, 7],
      time: [13, 40],
      ulid: [5, 13],
    },
    check: checkCodecVector,
  },
  { describe, it, expect },
);
