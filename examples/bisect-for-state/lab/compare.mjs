// node compare.mjs PUBLISHED < STATE: ends with 0 (bad) when the rain of the state is not that of as many published days, else with 1.
import { readFileSync } from 'node:fs';

const { days, rain_mm: rain } = JSON.parse(readFileSync(0, 'utf8'));
const rows = readFileSync(process.argv[2], 'utf8')
  .trimEnd()
  .split('\n')
  .slice(1, 1 + days);
const published = rows.reduce((sum, row) => sum + Number(row.split(',')[1]), 0);
process.exit(Math.abs(rain - published) > 0.05 ? 0 : 1);
