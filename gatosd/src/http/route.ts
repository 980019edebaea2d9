/** What a route says about itself. Dispatch, checks, the OpenAPI document and the documentation are derived from this data. */
import type { Parameters } from './parameters.js';
import type { Scope } from './scopes.js';

export type Method = 'GET' | 'PUT' | 'POST';

/** Names of components of the OpenAPI document, or raw bytes. */
export type Content = { readonly component: string } | 'binary';

/** What a request or an answer may be, by media type. */
export type Media = Readonly<Record<string, Content>>;

export interface BodyDeclaration {
  readonly does: string;
  readonly media: Media;
  /** Most bytes. */
  readonly most: number;
  /** Bytes of memory for each byte of it, with what is made of it; 1 when absent. */
  readonly weight?: number;
}

export interface AnswerDeclaration {
  readonly status: number;
  readonly does: string;
  /** Absent: without a body. */
  readonly media?: Media;
  /** Headers of the answer beside those of every answer: a line for people each. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Route {
  /** `operationId`. */
  readonly id: string;
  readonly method: Method;
  /** Fixed parts and parameters: `/v1/chunks/{hex}`. */
  readonly path: string;
  readonly summary: string;
  readonly does: string;
  /** The scope that a token needs; `any`: a token, whatever its scopes; `open`: no token. */
  readonly access: Scope | 'any' | 'open';
  readonly params?: Parameters;
  readonly query?: Parameters;
  readonly headers?: Parameters;
  readonly body?: BodyDeclaration;
  readonly answers: readonly AnswerDeclaration[];
  /** Statuses of problems that this route has beside those that follow from the rest. */
  readonly problems?: Readonly<Record<number, string>>;
}
