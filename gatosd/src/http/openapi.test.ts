/** The OpenAPI document: valid by a validator that is not ours, written down as it is, and told by every route. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Validator } from '@seriousme/openapi-schema-validator';
import { formatJson, type JsonValue } from 'gatos-core';
import { describe, expect, it } from 'vitest';
import { HANDLERS } from './handlers.js';
import { openApiDocument } from './openapi.js';
import { faultOf } from './parameters.js';
import { withRouteTable } from './route-table.js';
import { ROUTES } from './routes.js';
import { SCOPES } from './scopes.js';

/** As the validator wants it: plain objects of its own, which it may change. */
function documentOf(value: JsonValue): Record<string, unknown> {
  return JSON.parse(formatJson(value)) as Record<string, unknown>;
}

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(documentOf(openApiDocument()));
    expect([errors, valid, validator.version]).toEqual([undefined, true, '3.1']);
  });

  it('is refused when it is broken, so that the validator is one', async () => {
    const { paths: _, ...broken } = openApiDocument();
    expect((await new Validator().validate(documentOf({ ...broken, paths: { x: 1 } }))).valid).toBe(false);
  });

  it('stands in docs/openapi.json as it is: `npm run schema:update`', () => {
    const path = fileURLToPath(new URL('../../../docs/openapi.json', import.meta.url));
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(JSON.parse(formatJson(openApiDocument())));
  });

  it('is told for people in docs/http-api.md: `npm run schema:update`', () => {
    const path = fileURLToPath(new URL('../../../docs/http-api.md', import.meta.url));
    const page = readFileSync(path, 'utf8');
    expect(page).toBe(withRouteTable(page));
    for (const { path: route } of ROUTES) expect(page).toContain(`\`${route}\``);
  });

  it('leads to every component that it names', () => {
    const text = formatJson(openApiDocument());
    const { components } = openApiDocument() as { components: { schemas: object } };
    const named = [...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name as string);
    expect([...new Set(named)].sort()).toEqual(Object.keys(components.schemas).sort());
  });
});

describe('the table of routes', () => {
  it('has a handler for each, and one name for each', () => {
    expect(ROUTES.map(({ id }) => id).sort()).toEqual(Object.keys(HANDLERS).sort());
  });

  it('asks for scopes that there are, and all of them for something', () => {
    const asked = new Set(ROUTES.map(({ access }) => access));
    asked.delete('open');
    asked.delete('any');
    expect([...asked].sort()).toEqual(Object.keys(SCOPES).sort());
  });

  it('declares the parameters of its paths, with examples that fit', () => {
    for (const { path, params = {}, query = {}, headers = {} } of ROUTES) {
      expect([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)).toEqual(Object.keys(params));
      for (const [name, { schema, example }] of Object.entries({ ...params, ...query, ...headers }))
        expect([name, faultOf(schema, example)]).toEqual([name, null]);
    }
  });
});
