// node train.mjs DATA MODEL: the `process` form of the training, with the scaler of a library.
import { readFileSync, writeFileSync } from 'node:fs';
import { fitScaler } from 'tiny-scaler';
import { train } from './study.mjs';

const [data, model] = process.argv.slice(2);
writeFileSync(model, train(JSON.parse(readFileSync(data, 'utf8')), fitScaler));
