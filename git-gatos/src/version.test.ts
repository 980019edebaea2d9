import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { RELEASED, VERSION } from './version.js';

it.each(['gatos-core', 'gatosd', 'git-gatos'])('is that of %s', (name) => {
  const manifest = JSON.parse(readFileSync(new URL(`../../${name}/package.json`, import.meta.url), 'utf8'));
  expect(manifest.version).toBe(VERSION);
});

it('has a day', () => {
  expect(RELEASED).toMatch(/^\d{4}-\d\d-\d\d$/);
});
