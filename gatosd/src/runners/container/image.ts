/** Images are named by the digest of their manifest, so that the name is the content: `name@sha256:…`, or the id of a local image. */
const IMAGE = /^(?:[a-z0-9][a-z0-9._\-/:]*@)?sha256:([0-9a-f]{64})$/;

/** The digest in hex; null for a name with a tag, or with none. */
export function imageDigest(ref: string): string | null {
  return IMAGE.exec(ref)?.[1] ?? null;
}
