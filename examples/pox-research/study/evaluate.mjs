// node evaluate.mjs DATA MODEL METRICS PLOT: the `process` form of the evaluation.
import { readFileSync, writeFileSync } from 'node:fs';
import { evaluate } from './study.mjs';

const [data, model, metricsFile, plotFile] = process.argv.slice(2);
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
const { metrics, plot } = evaluate(read(data), read(model));
writeFileSync(metricsFile, metrics);
writeFileSync(plotFile, plot);
